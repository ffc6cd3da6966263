"""The operators' pages of the catalogue, one model a file. Django imports this module when it is ready."""

from . import api_keys, items, storefronts

__all__ = ["api_keys", "items", "storefronts"]
