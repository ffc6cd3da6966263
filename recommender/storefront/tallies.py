"""How often something was commented on and passed on, where the site puts no pressure on people by such figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db.models import Count

from behaviour.kinds import kinds_for
from behaviour.models import Behaviour
from catalog.models import Storefront

from .. import registry
from .cards import Card
from .shelves import Shelf

KINDS = ("comment", "share")


@dataclass(frozen=True)
class Tally:
    comments: int = 0
    shares: int = 0


def tallied(cards: Sequence[Card], storefront: Storefront) -> list[Card]:
    """The same cards with their figures: one query for all, none where nothing is counted."""
    if not cards or not is_counted(storefront):
        return list(cards)
    rows = (
        Behaviour.objects.filter(item__in=[card.item.pk for card in cards], kind__in=KINDS)
        .order_by()
        .values_list("item_id", "kind")
        .annotate(times=Count("id"))
    )
    found: dict[int, dict[str, int]] = {}
    for item, kind, times in rows:
        found.setdefault(item, {})[f"{kind}s"] = times
    return [replace(card, tally=Tally(**found.get(card.item.pk, {}))) for card in cards]


def is_counted(storefront: Storefront) -> bool:
    kinds = kinds_for(storefront.vertical)
    return registry.vertical(storefront.vertical).popularity and all(kind in kinds for kind in KINDS)


def shelves_tallied(shelves: Sequence[Shelf], storefront: Storefront) -> None:
    """The same for all shelves of a page at once."""
    cards = tallied([card for shelf in shelves for card in shelf.cards], storefront)
    for shelf in shelves:
        shelf.cards[:], cards = cards[: len(shelf.cards)], cards[len(shelf.cards) :]
