"""The operators' pages of people and behaviour, one model a file. Django imports this module when it is ready."""

from . import accounts, behaviours, memberships, panels, persons, relationships, requests, two_factor

__all__ = [
    "accounts",
    "behaviours",
    "memberships",
    "panels",
    "persons",
    "relationships",
    "requests",
    "two_factor",
]
