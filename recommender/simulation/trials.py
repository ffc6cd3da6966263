"""Whole experiments without a database: persons, lists and clicks by the click model, arms by the hash that serves.

What analyses them is the code that analyses live ones, so that its claims can be counted: how often it cries wolf
when the arms are the same (A/A), and how often it finds an effect that was planted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..evaluation.assignment import assigned
from ..evaluation.moments import Moments
from .clicks import ClickModel, react
from .preferences import attractions
from .seeds import rng_of

LENGTH = 8  # items of a list
LIKELY = 60  # a list is drawn from so many items that fit the person best: a recommender is at work
ITEMS, FACETS = 240, 15
SHY = 0.3  # of the attraction that visitors of a demo feel: about a third of the lists get a click


@dataclass(frozen=True)
class Trial:
    """`arms` (p,): whose arm is which; `seen` and `clicked` (p, days): lists seen, and those with a click.

    `before` (p,): the share of somebody's lists that got a click before the experiment began; 0 for who was not there.
    """

    arms: np.ndarray
    seen: np.ndarray
    clicked: np.ndarray
    before: np.ndarray

    def moments(self, arms: int, *, day: int | None = None, covariate: bool = False) -> list[Moments]:
        """Of the persons who had seen a list by the end of a day, counted from 0; of all days by default."""
        until = self.seen.shape[1] if day is None else day + 1
        seen, clicked = self.seen[:, :until].sum(axis=1), self.clicked[:, :until].sum(axis=1)
        rows = [(self.arms == arm) & (seen > 0) for arm in range(arms)]
        return [Moments.of(clicked[row], seen[row], self.before[row] if covariate else None) for row in rows]

    def counts(self, arms: int) -> list[int]:
        """Persons of each arm who saw a list."""
        return np.bincount(self.arms[self.seen.sum(axis=1) > 0], minlength=arms).tolist()


def people(count: int, seed: int) -> np.ndarray:
    """(count, LIKELY) attractions of each person to the items that fit them best, strongest first."""
    rng = rng_of(seed, "catalogue")
    facets = [[f"facet-{f}" for f in rng.choice(FACETS, 3, replace=False)] for _ in range(ITEMS)]
    everything = attractions(facets, rng.pareto(1.2, ITEMS), count, seed)
    return -np.sort(-SHY * everything, axis=1)[:, :LIKELY]


def trial(
    population: np.ndarray,
    *,
    persons: int,
    days: int,
    lifts: Sequence[float],
    seed: int,
    model: ClickModel | None = None,
    lost: Sequence[float] | None = None,
) -> Trial:
    """`lifts`: of each arm, relative, on the chance that a list gets a click; 0 for the baseline.

    `population`: what `people` gave; everybody is somebody of it, drawn anew. `lost`: the share of each arm's persons
    that is never recorded, which is how a split breaks in practice.
    """
    rng, model = rng_of(seed, "trial"), model or ClickModel()
    who = population[rng.integers(len(population), size=persons)]
    first, often = rng.integers(days, size=persons), rng.lognormal(-0.9, 0.7, persons)
    came = rng.poisson(np.where(np.arange(days) >= first[:, None], often[:, None], 0.0))
    came[np.arange(persons), first] += 1
    arms = np.array([assigned(f"trial-{seed}", str(number), [1.0] * len(lifts)) for number in range(persons)])
    earlier = rng.poisson(14 * often)[:, None]
    before = (_clicked(who, earlier, np.zeros(persons), rng, model) / np.maximum(earlier, 1))[:, 0]
    clicked = _clicked(who, came, np.asarray(lifts, dtype=float)[arms], rng, model)
    if lost is not None:
        gone = rng.random(persons) < np.asarray(lost)[arms]
        came[gone], clicked[gone] = 0, 0
    return Trial(arms, came, clicked, before)


def _clicked(
    who: np.ndarray, came: np.ndarray, lifts: np.ndarray, rng: np.random.Generator, model: ClickModel
) -> np.ndarray:
    """(persons, days): lists with a click, of the `came` that each person saw."""
    persons, days = np.divmod(np.repeat(np.arange(came.size), came.ravel()), came.shape[1])
    # Places of a list without repeats are not worth their cost here: two of LIKELY are seldom the same.
    lists = who[persons[:, None], rng.integers(who.shape[1], size=(len(persons), LENGTH))]
    clicked = react(lists, model, rng).clicked.any(axis=1)
    chance = 1 - np.prod(1 - model.examination ** np.arange(LENGTH) * lists, axis=1)
    wanted = lifts[persons] * chance
    # p becomes p (1 + lift): of the lists without a click some get one, or of those with one some lose it.
    more = ~clicked & (rng.random(len(clicked)) < np.clip(wanted, 0, None) / np.maximum(1 - chance, 1e-9))
    fewer = clicked & (rng.random(len(clicked)) < np.clip(-wanted, 0, None) / np.maximum(chance, 1e-9))
    result = np.zeros(came.shape, dtype=np.int64)
    np.add.at(result, (persons, days), (clicked | more) & ~fewer)
    return result
