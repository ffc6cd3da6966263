"""What came of served lists, by the definitions that every figure of the admin goes by.

A list is *seen* when the first of its items comes into sight; its clocks start then. It is *clicked* when an item is
opened from it within CLICK_WINDOW, and *converted* when an event of a goal kind that names it happens within
GOAL_WINDOW. Both windows include their last moment. Whatever comes later, or of a list that nobody saw, is not counted.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

CLICK_WINDOW = 30 * 60.0  # seconds
GOAL_WINDOW = 24 * 3600.0
#: How much earlier than the list an event may claim to be: clocks differ.
SKEW = 5 * 60.0
#: Lists of an hour whose diversity is measured: those with the smallest ids, which are random.
DIVERSITY_SAMPLE = 200
#: The position of what happened to an item that the list did not hold.
ELSEWHERE = -1

Key = tuple[str, int, str, str]  # placement, deployment, algorithm, arm


@dataclass(frozen=True, slots=True)
class Happened:
    """An event that names a list. `revenue` in minor units of `currency`; `dwell` in seconds, None where unknown."""

    item: int | None
    time: float
    goal: bool = False
    dismissal: bool = False
    dwell: float | None = None
    revenue: int = 0
    currency: str = ""


@dataclass(frozen=True, slots=True)
class ServedList:
    """A list with everything that is known to have come of it. Times in seconds since 1970."""

    key: Key
    served: float
    items: Sequence[tuple[int, str]]  # (item, source) by position
    fallback: bool = False
    milliseconds: float | None = None
    impressions: Mapping[int, float] = field(default_factory=dict)  # position → when
    clicks: Mapping[int, float] = field(default_factory=dict)
    events: Sequence[Happened] = ()


@dataclass(slots=True)
class Lists:
    lists: int = 0
    fallbacks: int = 0
    seen: int = 0
    clicked: int = 0
    converted: int = 0
    diversity: float = 0.0
    diverse: int = 0


@dataclass(slots=True)
class Place:
    impressions: int = 0
    clicks: int = 0
    conversions: int = 0
    dismissals: int = 0
    dwell: float = 0.0
    dwells: int = 0


@dataclass
class Tally:
    """Sums over lists. Feed it lists in any order and any number of calls."""

    lists: dict[Key, Lists] = field(default_factory=lambda: defaultdict(Lists))
    places: dict[tuple[Key, int, str], Place] = field(default_factory=lambda: defaultdict(Place))
    revenue: dict[tuple[Key, int, str], int] = field(default_factory=lambda: defaultdict(int))
    latency: dict[tuple[str, int], int] = field(default_factory=lambda: defaultdict(int))  # placement, milliseconds
    shown: set[int] = field(default_factory=set)  # items that came into sight

    def add(self, served: Iterable[ServedList]) -> None:
        for one in served:
            self._add(one)

    def _add(self, one: ServedList) -> None:
        sums = self.lists[one.key]
        sums.lists += 1
        sums.fallbacks += one.fallback
        if one.milliseconds is not None:
            self.latency[one.key[0], two_digits(one.milliseconds)] += 1
        if not one.impressions:
            return
        seen = min(one.impressions.values())
        clicks = [position for position, at in one.clicks.items() if at <= seen + CLICK_WINDOW]
        earliest, latest = one.served - SKEW, seen + GOAL_WINDOW
        events = [event for event in one.events if earliest <= event.time <= latest]
        sums.seen += 1
        sums.clicked += bool(clicks)
        sums.converted += any(event.goal for event in events)
        for position in one.impressions:
            self._place(one, position).impressions += 1
            self.shown.add(one.items[position][0])
        for position in clicks:
            self._place(one, position).clicks += 1
        positions = {item: position for position, (item, _source) in enumerate(one.items)}
        for event in events:
            position = positions.get(event.item, ELSEWHERE) if event.item is not None else ELSEWHERE
            place = self._place(one, position)
            place.conversions += event.goal
            place.dismissals += event.dismissal
            if event.dwell is not None:
                place.dwell += event.dwell
                place.dwells += 1
            if event.goal and event.currency:
                self.revenue[one.key, position, event.currency] += event.revenue

    def _place(self, one: ServedList, position: int) -> Place:
        source = one.items[position][1] if position != ELSEWHERE else ""
        return self.places[one.key, position, source]


def two_digits(milliseconds: float) -> int:
    """Rounded up to two significant digits: few enough numbers to count each, close enough to tell percentiles."""
    whole = max(1, math.ceil(milliseconds))
    step = 10 ** max(0, len(str(whole)) - 2)
    return -(-whole // step) * step


def percentile(counts: Mapping[int, int], share: float) -> int | None:
    """The smallest value that at least `share` of all are not above (nearest rank), or None without any."""
    wanted = math.ceil(share * sum(counts.values()))
    for value in sorted(counts):
        wanted -= counts[value]
        if wanted <= 0:
            return value
    return None


def diversity(vectors: np.ndarray) -> float | None:
    """1 − the mean cosine of all pairs of the (n, d) unit vectors of one list; None for fewer than two.

    The sum over pairs is (|Σv|² − n) / 2, so that it takes one addition a vector.
    """
    count = len(vectors)
    if count < 2:
        return None
    total = vectors.sum(axis=0, dtype=np.float64)
    return float(1.0 - (total @ total - count) / (count * (count - 1)))
