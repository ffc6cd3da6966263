"""What somebody does not want to see."""

from __future__ import annotations

from dataclasses import dataclass

from behaviour.kinds import HIDE_TOPIC, kinds_for
from behaviour.models import Behaviour, Person
from catalog.models import Storefront


@dataclass(frozen=True)
class Refusals:
    """`items`: primary keys of what was hidden, each once. `topics`: categories that were."""

    items: tuple[int, ...] = ()
    topics: frozenset[str] = frozenset()


def refusals_of(storefront: Storefront, person: Person | None) -> Refusals:
    """Everything that the person has hidden, however long ago: a wish of this kind does not age."""
    if person is None:
        return Refusals()
    hiding = [name for name, kind in kinds_for(storefront.vertical).items() if kind.hides]
    rows = Behaviour.objects.filter(person=person, kind__in=[*hiding, HIDE_TOPIC]).order_by("id")
    items: dict[int, None] = {}
    topics = set()
    for kind, item, text in rows.values_list("kind", "item_id", "text"):
        if kind == HIDE_TOPIC:
            topics.add(text)
        elif item is not None:
            items[item] = None
    return Refusals(tuple(items), frozenset(topics))
