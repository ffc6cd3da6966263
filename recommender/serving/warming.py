"""What the first request of a process would wait for, made ready before it comes."""

from __future__ import annotations

from catalog.models import Storefront

from .. import registry
from ..artifacts import ArtifactError
from .live import live


def warm(storefront: Storefront) -> None:
    """Read a storefront's items, models, words and encoder into this process, as its first search would.

    A request that comes meanwhile waits for the part that it needs and finds the others done.
    """
    ready = live(storefront)
    if storefront.vertical not in registry.verticals():
        return  # its plugin is missing; services refuse it
    ready.encode(storefront.name or storefront.slug)  # loads the session; a text without meaning would not
    ready.vocabulary(storefront)
    ready.search_words(storefront, storefront.slug, 1)
    ready.popular(storefront)
    for placement in registry.vertical(storefront.vertical).placements:
        try:
            ready.model(placement.slug)
        except ArtifactError:
            return  # logged where it was loaded; lists fall back, and say so
