"""What is known of a person when a question is asked for them: their profile, and the people around them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from behaviour.models import Person, Relationship
from behaviour.services.ties import BLOCKS, MUTES, NEAR, TRUSTS

from .. import registry, selectors
from ..algorithms.social import FOLLOWED_AUTHORS, HIDDEN_AUTHORS, NEAR_AUTHORS, OWN_AUTHOR, closenesses, strengths
from ..contracts import Vertical

MOST_FOLLOWED = 500  # of those whom somebody follows are asked whom they follow: the strongest ties
NEAREST = 200  # authors two steps away that a question carries


@dataclass(frozen=True)
class Circle:
    """Primary keys of people around one person. `hidden`: whose posts they must not see; `apart`: whom they must not
    be brought together with, mutes of either side included."""

    mine: dict[int, float]
    theirs: dict[int, set[int]]
    hidden: frozenset[int]
    apart: frozenset[int]


def facts_of(person: Person | None, vertical: Vertical | None = None) -> dict[str, Any]:
    """What Query.person says of somebody: their attributes as far as consent goes, and the circle around them.

    Sensitive attributes are in it only for those who agreed to that in so many words. The circle is there where
    posts have authors, and then always: the rule that keeps hidden authors away fails closed without it.
    """
    if person is None:
        return {}
    vertical = vertical or registry.vertical(person.storefront.vertical)
    sensitive = {item.name for item in vertical.person_schema if item.sensitive}
    agreed = person.consents.get("sensitive") is True
    facts = {name: value for name, value in person.attributes.items() if agreed or name not in sensitive}
    return facts | _circle_facts(person) if vertical.author else facts


def _circle_facts(person: Person) -> dict[str, Any]:
    circle = circle_of(person)
    if not selectors.personalised(person.storefront, person):
        # Whom somebody does not want to see stays away; nothing else about them shapes the list.
        return {HIDDEN_AUTHORS: _names(circle.hidden), OWN_AUTHOR: person.external_id}
    close = closenesses(circle.mine, circle.theirs)
    nearest = sorted(close, key=lambda pk: (-close[pk], pk))[:NEAREST]
    names = dict(Person.objects.filter(pk__in=nearest).values_list("pk", "external_id"))
    return {
        HIDDEN_AUTHORS: _names(circle.hidden),
        OWN_AUTHOR: person.external_id,
        FOLLOWED_AUTHORS: _names(circle.mine),
        NEAR_AUTHORS: {names[pk]: close[pk] for pk in nearest if pk in names and pk not in circle.hidden},
    }


def _names(pks: Iterable[int]) -> list[str]:
    return list(Person.objects.filter(pk__in=list(pks)).order_by("pk").values_list("external_id", flat=True))


def circle_of(person: Person) -> Circle:
    ties = Relationship.objects.filter(storefront_id=person.storefront_id)
    follows: dict[int, float] = {}
    trusts: dict[int, float] = {}
    blocked: set[int] = set()
    muted: set[int] = set()
    for target, kind, weight in ties.filter(source=person).values_list("target_id", "kind", "weight"):
        if kind == BLOCKS:
            blocked.add(target)
        elif kind == MUTES:
            muted.add(target)
        elif kind in NEAR:
            (trusts if kind == TRUSTS else follows)[target] = weight
    against = list(ties.filter(target=person, kind__in=(BLOCKS, MUTES)).values_list("source_id", "kind"))
    blocked |= {source for source, kind in against if kind == BLOCKS}
    hidden = frozenset(blocked | muted)
    apart = hidden | {source for source, _kind in against}
    tied = strengths(follows, trusts)
    mine = {pk: strength for pk, strength in tied.items() if pk not in hidden}
    strongest = sorted(mine, key=lambda pk: (-mine[pk], pk))[:MOST_FOLLOWED]
    theirs: defaultdict[int, set[int]] = defaultdict(set)
    onward = ties.filter(source__in=strongest, kind__in=NEAR).values_list("source_id", "target_id")
    for between, target in onward:
        if target != person.pk and target not in hidden:
            theirs[between].add(target)
    return Circle(mine, dict(theirs), hidden, frozenset(apart))
