"""When simulated visitors come: each in their own rhythm, mostly in the evening."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np

from .seeds import rng_of

HOURS = np.array([1, 1, 1, 1, 1, 2, 3, 4, 5, 5, 5, 5, 6, 6, 5, 5, 5, 6, 8, 9, 9, 8, 5, 2], dtype=float)
DEVICES = ("phone", "phone", "desktop", "tablet")


@dataclass(frozen=True)
class Visit:
    """`person` is a number from 0; `number` counts the visits of the day, in order of time."""

    number: int
    person: int
    at: datetime
    device: str


def visits_of(day: date, persons: int, seed: int, *, before: datetime, rate: float = 0.35) -> list[Visit]:
    """Everybody's visits of one day, in order, none later than `before`.

    `rate`: visits a day of the average person; people differ by a log-normal factor, the same every day.
    """
    rng = rng_of(seed, "visits", day.toordinal())
    habits = rng_of(seed, "habits").lognormal(-0.32, 0.8, persons)
    who = np.repeat(np.arange(persons), rng.poisson(rate * habits))
    hours = rng.choice(24, size=len(who), p=HOURS / HOURS.sum())
    start = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
    times = start + hours * 3600 + rng.uniform(0, 3600, len(who))
    order = np.argsort(times, kind="stable")
    devices = rng_of(seed, "devices").integers(len(DEVICES), size=persons)
    visits = [
        Visit(number, int(who[row]), datetime.fromtimestamp(float(times[row]), UTC), DEVICES[devices[who[row]]])
        for number, row in enumerate(order.tolist())
    ]
    return [visit for visit in visits if visit.at <= before]
