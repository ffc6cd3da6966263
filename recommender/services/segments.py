"""How many persons a condition is true of, while somebody is still writing it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from behaviour.conditions import condition_read
from catalog.models import Storefront

from ..models import Measured
from ..selectors import personalised_persons
from ..selectors.segments import PersonColumns

#: Persons that are asked. Of more than these, those after evenly spaced starting points stand for all.
MOST = 2_000
STARTS = 10


@dataclass(frozen=True)
class Estimate:
    """`low` and `high`: the 95% interval, Wilson (1927), where not everybody was asked; else the count itself."""

    persons: int
    low: int
    high: int
    asked: int
    exact: bool


def segment_estimate(*, storefront: Storefront, condition: str) -> Estimate:
    """Raises ExpressionError for what is no condition, LookupError where the vertical is not installed."""
    read = condition_read(condition, storefront.vertical)
    rows = personalised_persons(storefront).only("pk", "attributes", "anonymous", "created_at").order_by("pk")
    persons = list(rows[: MOST + 1])
    exact = len(persons) <= MOST
    total = len(persons)
    if not exact:
        state = Measured.objects.filter(storefront=storefront).first()
        total = max(state.persons if state else 0, MOST + 1)
        persons = _spread(rows)
    fitting = int(read.mask(PersonColumns(storefront, persons, read.fields)).sum()) if persons else 0
    if exact:
        return Estimate(fitting, fitting, fitting, len(persons), True)
    low, high = _wilson(fitting, len(persons))
    return Estimate(round(fitting / len(persons) * total), round(low * total), round(high * total), len(persons), False)


def _spread(rows) -> list:
    """Persons from evenly spaced starting points among the ids: an index finds each, and none is read twice."""
    first, last = rows.values_list("pk", flat=True).first(), rows.order_by("-pk").values_list("pk", flat=True).first()
    step = max(1, (last - first + 1) // STARTS)
    found = {}
    for start in range(first, last + 1, step):
        found |= {person.pk: person for person in rows.filter(pk__gte=start, pk__lt=start + step)[: MOST // STARTS]}
    return list(found.values())


def _wilson(fitting: int, asked: int, z: float = 1.96) -> tuple[float, float]:
    share = fitting / asked
    middle = (share + z * z / (2 * asked)) / (1 + z * z / asked)
    half = z * math.sqrt(share * (1 - share) / asked + z * z / (4 * asked * asked)) / (1 + z * z / asked)
    return max(0.0, middle - half), min(1.0, middle + half)
