"""What somebody does not want to see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from behaviour.kinds import HIDE_TOPIC, kinds_for
from behaviour.models import Behaviour, Person
from catalog.models import Storefront


@dataclass(frozen=True)
class Refusals:
    """`items`: primary keys of what was hidden, each once. `topics`: categories that were."""

    items: tuple[int, ...] = ()
    topics: frozenset[str] = frozenset()


def refusals_of(storefront: Storefront, person: Person | None, *, topics_since: datetime | None = None) -> Refusals:
    """Everything that the person has hidden, however long ago: a wish of this kind does not age.

    `topics_since`: only topics that were hidden from then on, for a list that knew of the others.
    """
    return Refusals() if person is None else refusals_of_many(storefront, [person], topics_since)[person.pk]


def refusals_of_many(
    storefront: Storefront, persons: Iterable[Person], topics_since: datetime | None = None
) -> dict[int, Refusals]:
    """Primary key of each person → what `refusals_of` says of them."""
    pks = {person.pk for person in persons}
    if not pks:
        return {}
    hiding = [name for name, kind in kinds_for(storefront.vertical).items() if kind.hides]
    rows = Behaviour.objects.filter(person__in=pks, kind__in=[*hiding, HIDE_TOPIC]).order_by("id")
    if topics_since is not None:
        rows = rows.exclude(kind=HIDE_TOPIC, received_at__lt=topics_since)
    items: dict[int, dict[int, None]] = {pk: {} for pk in pks}
    topics: dict[int, set[str]] = {pk: set() for pk in pks}
    for pk, kind, item, text in rows.values_list("person_id", "kind", "item_id", "text"):
        if kind == HIDE_TOPIC:
            topics[pk].add(text)
        elif item is not None:
            items[pk][item] = None
    return {pk: Refusals(tuple(items[pk]), frozenset(topics[pk])) for pk in pks}
