"""What somebody has put aside for themselves: it waits elsewhere, and recommending it tells them nothing."""

from __future__ import annotations

from behaviour.kinds import MORE, kinds_for
from behaviour.models import Behaviour, Person

from .carts import BOUGHT, PUT_IN, TAKEN_OUT

LOOKED_AT = 2_000  # events, the latest


def aside_of(person: Person | None) -> frozenset[int]:
    """Primary keys of what they saved, what lies in their cart, and what they picked to say what they like."""
    if person is None:
        return frozenset()
    saves = [name for name, kind in kinds_for(person.storefront.vertical).items() if kind.saves]
    rows = Behaviour.objects.filter(
        person=person, kind__in=[*saves, MORE, PUT_IN, TAKEN_OUT, BOUGHT], item__isnull=False
    )
    kept: set[int] = set()
    cart: dict[int, str] = {}  # the latest comes first, and decides
    for pk, kind in rows.order_by("-occurred_at", "-id").values_list("item_id", "kind")[:LOOKED_AT]:
        if kind in saves or kind == MORE:
            kept.add(pk)
        else:
            cart.setdefault(pk, kind)
    return frozenset(kept | {pk for pk, kind in cart.items() if kind == PUT_IN})
