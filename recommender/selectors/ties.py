"""What operators said of an item and its neighbours."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from ..models import ItemTie


@dataclass(frozen=True)
class Ties:
    """Primary keys: of what stands first beside an item, and of what never stands there."""

    pinned: frozenset[int] = frozenset()
    blocked: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.pinned or self.blocked)


def ties_rows(item: int) -> QuerySet[ItemTie]:
    """The ties that hold for an item: its pins, and its blocks from whichever side."""
    return ItemTie.objects.filter(Q(item=item) | Q(neighbour=item, kind=ItemTie.Kind.BLOCK))


def ties_of(item: int) -> Ties:
    """Read for each list: what an operator says holds from that moment on. One query, by an index from either side."""
    pinned: set[int] = set()
    blocked: set[int] = set()
    for one, other, kind in ties_rows(item).order_by().values_list("item_id", "neighbour_id", "kind"):
        (pinned if kind == ItemTie.Kind.PIN else blocked).add(other if one == item else one)
    # Whatever came first, what must never be shown is not shown.
    return Ties(frozenset(pinned - blocked), frozenset(blocked))
