"""What came of the lists of experiments and exploration slots, summed over persons.

A list is seen when the first of its items comes into sight. It is clicked when an item is opened from it within
CLICK_WINDOW after that, and converted when a goal event names it within GOAL_WINDOW.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import numpy as np
from django.db.models import Count, Min

from behaviour.kinds import Kind, kinds_for
from behaviour.models import Behaviour
from catalog.models import Storefront

from ..evaluation import online
from ..models import Click, Experiment, Exploration, Impression, Recommendation
from .measures import dwell_of, goal_kinds, is_dismissal, is_goal, revenue_of

CLICK_WINDOW, GOAL_WINDOW, SKEW = (
    timedelta(seconds=one) for one in (online.CLICK_WINDOW, online.GOAL_WINDOW, online.SKEW)
)
BEFORE = timedelta(days=28)  # of somebody's past that CUPED reads
PAST_LISTS = 2_000  # of a placement, for a forecast
_CHUNK = 500  # lists at a time

#: What is summed for each person and arm.
SUMS = ("lists", "fallbacks", "seen", "clicked", "converted", "clicks", "impressions", "dismissals", "revenue", "dwell")


@dataclass(frozen=True)
class Outcomes:
    """Persons of an experiment as rows: `persons` (p,) their primary keys, `arms` (p,) the numbers of their arms.

    `sums[name]` (p,); `before` (p,) the share of their lists that got a click before the experiment began, 0 for who
    was not there.
    """

    persons: np.ndarray
    arms: np.ndarray
    sums: dict[str, np.ndarray]
    before: np.ndarray

    def among(self, members: np.ndarray) -> Outcomes:
        """Of some persons only, by their primary keys."""
        rows = np.isin(self.persons, members)
        sums = {name: column[rows] for name, column in self.sums.items()}
        return Outcomes(self.persons[rows], self.arms[rows], sums, self.before[rows])


def outcomes_of(experiment: Experiment) -> Outcomes:
    """A person who was in two arms, as a bandit may have it, is a row in each."""
    numbers = dict(experiment.arms.values_list("pk", "number"))
    rows = Recommendation.objects.filter(arm__in=numbers, person__isnull=False)
    totals: dict[tuple[int, int], np.ndarray] = defaultdict(lambda: np.zeros(len(SUMS)))
    for person, arm, sums in _summed(experiment.storefront, rows, "arm_id"):
        totals[person, numbers[arm]] += sums
    before = _before(experiment, {person for person, _arm in totals})
    keys = sorted(totals)
    table = np.stack([totals[key] for key in keys]) if keys else np.zeros((0, len(SUMS)))
    return Outcomes(
        np.array([person for person, _arm in keys], dtype=np.int64),
        np.array([arm for _person, arm in keys], dtype=int),
        {name: table[:, column] for column, name in enumerate(SUMS)},
        np.array([before.get(person, 0.0) for person, _arm in keys]),
    )


def placement_past(storefront: Storefront, placement: str, since: datetime) -> tuple[Outcomes, int, datetime]:
    """What a placement's latest lists came to, as one arm; how many persons were served since, and when first."""
    rows = Recommendation.objects.filter(storefront=storefront, created_at__gte=since, person__isnull=False)
    rows = rows.filter(placement=placement)
    served = rows.aggregate(persons=Count("person", distinct=True), first=Min("created_at"))
    latest = rows.filter(created_at__gte=_nth_newest(rows, PAST_LISTS) or since)
    totals: dict[int, np.ndarray] = defaultdict(lambda: np.zeros(len(SUMS)))
    for person, _placement, sums in _summed(storefront, latest, "placement"):
        totals[person] += sums
    table = np.stack(list(totals.values())) if totals else np.zeros((0, len(SUMS)))
    nothing = np.zeros(len(table))
    return (
        Outcomes(
            np.array(list(totals), dtype=np.int64),
            nothing.astype(int),
            {name: table[:, i] for i, name in enumerate(SUMS)},
            nothing,
        ),
        served["persons"],
        served["first"] or since,
    )


def _before(experiment: Experiment, persons: set[int]) -> dict[int, float]:
    """Person → share of the lists that they saw on the placement before, which got a click."""
    start = experiment.started_at
    if start is None or not persons:
        return {}
    rows = Recommendation.objects.filter(
        storefront=experiment.storefront, created_at__gte=start - BEFORE, created_at__lt=start
    )
    rows = rows.filter(placement=experiment.placement, person__isnull=False)
    seen: dict[int, np.ndarray] = defaultdict(lambda: np.zeros(len(SUMS)))
    for person, _placement, sums in _summed(experiment.storefront, rows, "placement"):
        if person in persons:
            seen[person] += sums
    clicked, looked = SUMS.index("clicked"), SUMS.index("seen")
    return {person: float(sums[clicked] / sums[looked]) for person, sums in seen.items() if sums[looked]}


def _summed(storefront: Storefront, rows, key: str) -> Iterator[tuple[int, Any, np.ndarray]]:
    """(person, key, sums) of each list, some lists at a time."""
    kinds, goals = kinds_for(storefront.vertical), goal_kinds(storefront)
    lists = rows.order_by("created_at").values_list("pk", "person_id", key, "fallback", "created_at")
    lists = lists.iterator(chunk_size=_CHUNK)
    while chunk := list(islice(lists, _CHUNK)):
        ids = [row[0] for row in chunk]
        first, seen = _first_and_count(ids)
        clicks = _clicks_in_time(ids, first)
        happened = _events(storefront, {row[0]: row[4] for row in chunk}, first, kinds, goals)
        for pk, person, value, fallback, _served in chunk:
            converted, dismissals, revenue, dwell = happened.get(pk, (0.0, 0.0, 0.0, 0.0))
            opened = clicks.get(pk, 0)
            sums = (1, bool(fallback), pk in first, opened > 0, converted > 0, opened, seen.get(pk, 0))
            yield person, value, np.array([*sums, dismissals, revenue, dwell], dtype=np.float64)


def _first_and_count(ids: Sequence) -> tuple[dict[Any, datetime], dict[Any, int]]:
    first: dict[Any, datetime] = {}
    count: dict[Any, int] = defaultdict(int)
    rows = Impression.objects.filter(recommendation__in=ids).order_by().values_list("recommendation_id", "seen_at")
    for pk, at in rows:
        first[pk] = min(first.get(pk, at), at)
        count[pk] += 1
    return first, count


def _clicks_in_time(ids: Sequence, first: dict[Any, datetime]) -> dict[Any, int]:
    found: dict[Any, int] = defaultdict(int)
    rows = Click.objects.filter(recommendation__in=ids).order_by().values_list("recommendation_id", "clicked_at")
    for pk, at in rows:
        found[pk] += pk in first and at <= first[pk] + CLICK_WINDOW
    return found


def _events(
    storefront: Storefront,
    served: dict[Any, datetime],
    first: dict[Any, datetime],
    kinds: dict[str, Kind],
    goals: frozenset[str],
) -> dict[Any, list[float]]:
    """List → [goal events, dismissals, revenue in minor units, seconds of dwell]."""
    found: dict[Any, list[float]] = defaultdict(lambda: [0.0] * 4)
    rows = Behaviour.objects.filter(storefront=storefront, recommendation_id__in=list(served)).order_by()
    fields = ("recommendation_id", "kind", "value", "context", "occurred_at", "item__price")
    for pk, name, value, context, at, price in rows.values_list(*fields):
        kind = kinds.get(name)
        if kind is None or pk not in first or not served[pk] - SKEW <= at <= first[pk] + GOAL_WINDOW:
            continue
        own = found[pk]
        if is_goal(kind, value, goals):
            own[0] += 1
            own[2] += revenue_of(kind, value, price)
        own[1] += is_dismissal(kind)
        own[3] += dwell_of(context) or 0.0
    return found


@dataclass(frozen=True)
class SlotLists:
    """Lists of an exploration slot as columns: whose, what stood in the slot, and whether it was opened."""

    persons: np.ndarray
    clicked: np.ndarray
    propensities: np.ndarray
    shown: np.ndarray  # primary key of the item in the slot
    model: np.ndarray  # what the model would have put there
    pools: Sequence[Sequence[int]]


def slot_lists(slot: Exploration, since: datetime) -> SlotLists:
    """Those whose slot came into sight: what nobody saw, nobody could click."""
    rows = Recommendation.objects.filter(
        storefront=slot.storefront, placement=slot.placement, created_at__gte=since, exploration__isnull=False
    )
    lists = rows.order_by().values_list("pk", "person_id", "exploration").iterator(chunk_size=_CHUNK)
    persons, clicked, propensities, shown, model, pools = [], [], [], [], [], []
    while chunk := list(islice(lists, _CHUNK)):
        ids = [pk for pk, _person, record in chunk if record["slot"] == slot.pk]
        seen = _at_positions(Impression, ids)
        opened = _at_positions(Click, ids)
        for pk, person, record in chunk:
            if (pk, record["position"]) in seen:
                persons.append(person or 0)
                clicked.append((pk, record["position"]) in opened)
                propensities.append(record["propensity"])
                shown.append(record["item"])
                model.append(record["model"])
                pools.append(record["pool"])
    columns = (np.array(persons, dtype=int), np.array(clicked, dtype=float), np.array(propensities, dtype=float))
    return SlotLists(*columns, np.array(shown, dtype=int), np.array(model, dtype=int), pools)


def _at_positions(model, ids: Iterable) -> set[tuple[Any, int]]:
    return set(model.objects.filter(recommendation__in=list(ids)).values_list("recommendation_id", "position"))


def _nth_newest(rows, n: int) -> datetime | None:
    return rows.order_by("-created_at").values_list("created_at", flat=True)[n - 1 : n].first()
