"""What lies in somebody's cart, and what they bought: read from what they did, kept nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from behaviour.kinds import kinds_for
from behaviour.models import Behaviour, Person
from catalog.models import Item, Storefront

PUT_IN, TAKEN_OUT, BOUGHT, SENT_BACK = "cart", "remove_from_cart", "purchase", "return"
LOOKED_AT = 500  # events, the latest
ORDERS = 10


@dataclass(frozen=True)
class Order:
    """One thing that was bought, by the latest purchase of it."""

    item: Item
    at: datetime
    sent_back: bool


def has_cart(storefront: Storefront) -> bool:
    kinds = kinds_for(storefront.vertical)
    return all(kind in kinds for kind in (PUT_IN, TAKEN_OUT, BOUGHT))


def cart_of(person: Person) -> list[Item]:
    """What was put in and neither taken out nor bought since, the latest last; only what can still be had."""
    state: dict[int, str] = {}
    for pk, kind in _events(person, (PUT_IN, TAKEN_OUT, BOUGHT)):
        state.pop(pk, None)
        state[pk] = kind
    return _items(person, [pk for pk, kind in state.items() if kind == PUT_IN])


def orders_of(person: Person) -> list[Order]:
    """What was bought, the latest first, and whether it went back."""
    rows = (
        Behaviour.objects.filter(person=person, kind__in=(BOUGHT, SENT_BACK), item__isnull=False)
        .select_related("item")
        .order_by("-occurred_at", "-id")[:LOOKED_AT]
    )
    orders: dict[int, Order] = {}
    returned: set[int] = set()
    for row in rows:
        if row.kind == SENT_BACK and row.item_id not in orders:
            returned.add(row.item_id)
        elif row.kind == BOUGHT and row.item_id not in orders and len(orders) < ORDERS:
            row.item.storefront = person.storefront
            orders[row.item_id] = Order(row.item, row.occurred_at, row.item_id in returned)
    return list(orders.values())


def _events(person: Person, kinds: tuple[str, ...]) -> list[tuple[int, str]]:
    rows = Behaviour.objects.filter(person=person, kind__in=kinds, item__isnull=False)
    newest = rows.order_by("-occurred_at", "-id").values_list("item_id", "kind")[:LOOKED_AT]
    return list(newest)[::-1]


def _items(person: Person, pks: list[int]) -> list[Item]:
    found = Item.objects.filter(storefront_id=person.storefront_id).available().in_bulk(pks)
    items = [found[pk] for pk in pks if pk in found]
    for item in items:
        item.storefront = person.storefront
    return items
