"""The open storefronts, as cards of the first page."""

from __future__ import annotations

from dataclasses import dataclass

from catalog.models import Item, Storefront
from catalog.schema import say

from .. import registry
from .cards import Card

COVERS = 6
SAMPLE = 60


@dataclass(frozen=True)
class Front:
    storefront: Storefront
    kind: str
    tagline: str
    count: int
    cards: list[Card]


def fronts(language: str) -> list[Front]:
    """Active storefronts whose vertical is installed. Two queries each: there are a handful."""
    rows = Storefront.objects.filter(active=True, vertical__in=registry.verticals())
    return [_front(storefront, language) for storefront in rows]


def _front(storefront: Storefront, language: str) -> Front:
    items = Item.objects.filter(storefront=storefront).available()
    return Front(
        storefront,
        kind=say(registry.vertical(storefront.vertical).name, language),
        tagline=say(storefront.settings.get("tagline", ""), language),
        count=items.count(),
        cards=[Card(item, storefront) for item in _varied(list(items[:SAMPLE]))],
    )


def _varied(items: list[Item]) -> list[Item]:
    """A few items of different categories first, so that the card shows the breadth of what is there."""
    seen: set[str] = set()
    first, others = [], []
    for item in items:
        category = item.categories[0] if item.categories else ""
        (others if category in seen else first).append(item)
        seen.add(category)
    return [*first, *others][:COVERS]
