"""Whether an explanation names what the score rests on: take away what it names, and see what happens.

Deletion and insertion curves are those of Petsiuk et al. 2018 ("RISE", section 4.3), with events in place of
pixels. A deletion curve of a faithful explanation falls faster than that of a random one, an insertion curve
rises faster. The counterfactual set is the first so many events of an explanation without which the item leaves
the list.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..contracts import Algorithm
from ..data import Query
from .significance import Difference, paired_difference

#: Points of a curve: all of them for short histories, the early ones for long histories.
MOST_STEPS = 24
GRID = np.linspace(0, 1, 11)

#: A score that the history raises by less than this does not rest on it.
_NO_CHANGE = 1e-6


@dataclass(frozen=True)
class Question:
    """Why was `item` recommended for `query`? `contributions` (m,) are one explainer's answer."""

    query: Query
    item: int
    contributions: np.ndarray
    person: int


@dataclass(frozen=True)
class Standing:
    """Where an item stands when only some of the events are there.

    `value`: its score in standard deviations above the catalogue's mean, 0 where all items score alike.
    `rank`: how many items that may be shown score higher; ties count half.
    """

    value: float
    rank: float


@dataclass(frozen=True)
class Compared:
    """An explainer beside random order on the same questions; a `gain` above 0 speaks for the explainer."""

    explained: float
    random: float
    gain: Difference


@dataclass(frozen=True)
class Faithfulness:
    """`curves`: mean normalised curves at the shares `GRID` of events, by name, explained and random.

    `set_size` is over the questions whose item leaves the list once all events are gone; `held` counts the rest.
    """

    questions: int
    deletion: Compared
    insertion: Compared
    set_size: Compared | None
    held: int
    curves: dict[str, list[float]]


def faithfulness(
    algorithm: Algorithm, questions: Sequence[Question], *, k: int = 10, draws: int = 3, seed: int = 0
) -> Faithfulness:
    """Each question's explanation against `draws` random orders of the same events.

    Left out are questions of fewer than two events, where every order is the same, and those whose item the
    history does not bring up. Raises ValueError where none is left.
    """
    random = np.random.default_rng(seed)
    areas: list[tuple[float, float, float, float]] = []
    sizes: list[tuple[float, float]] = []
    persons, sized, curves, held = [], [], [], 0
    for question in questions:
        m = len(question.query.items)
        if m < 2:
            continue
        stand = standing_of(algorithm, question.query, question.item)
        whole, empty = stand(np.ones(m, dtype=bool)), stand(np.zeros(m, dtype=bool))
        if whole.value - empty.value < _NO_CHANGE:
            continue
        orders = [ranked(question.contributions), *(random.permutation(m) for _ in range(draws))]
        walks = [(deleted(stand, order), inserted(stand, order)) for order in orders]
        steps = steps_of(m) / m
        scaled = [
            [(np.array([s.value for s in walk]) - empty.value) / (whole.value - empty.value) for walk in pair]
            for pair in walks
        ]
        found = np.array([[area(steps, curve) for curve in pair] for pair in scaled])  # (1 + draws, 2)
        areas.append((*found[0], *found[1:].mean(axis=0)))
        persons.append(question.person)
        curves.append([[np.interp(GRID, steps, curve) for curve in pair] for pair in (scaled[0], scaled[1])])
        if empty.rank < k:
            held += 1
            continue
        lengths = [steps_of(m)[next(i for i, s in enumerate(pair[0]) if s.rank >= k)] for pair in walks]
        sizes.append((float(lengths[0]), float(np.mean(lengths[1:]))))
        sized.append(question.person)
    if not areas:
        raise ValueError("No question rests on two events or more: there is nothing to take away.")
    table, names = np.array(areas), ("deletion", "insertion", "random deletion", "random insertion")
    means = np.array(curves).mean(axis=0).reshape(4, len(GRID))
    return Faithfulness(
        questions=len(areas),
        # Less area under a deletion curve is better, more under an insertion curve.
        deletion=_compared(table[:, 0], table[:, 2], persons, seed, less_is_better=True),
        insertion=_compared(table[:, 1], table[:, 3], persons, seed, less_is_better=False),
        set_size=_compared(*np.array(sizes).T, sized, seed, less_is_better=True) if sizes else None,
        held=held,
        curves={name: [round(float(value), 4) for value in row] for name, row in zip(names, means, strict=True)},
    )


def standing_of(algorithm: Algorithm, query: Query, item: int) -> Callable[[np.ndarray], Standing]:
    """A function of which events are kept, (m,) bool. Each answer is worked out once."""
    known: dict[bytes, Standing] = {}
    allowed = np.ones(algorithm.n_items_, dtype=bool)
    allowed[query.exclude] = False

    def stand(kept: np.ndarray) -> Standing:
        key = kept.tobytes()
        if key not in known:
            scores = algorithm.score(with_events(query, kept)).astype(np.float64)
            deviation = scores.std()
            value = (scores[item] - scores.mean()) / deviation if deviation > _NO_CHANGE else 0.0
            above = np.count_nonzero(scores[allowed] > scores[item])
            ties = np.count_nonzero(scores[allowed] == scores[item]) - bool(allowed[item])
            known[key] = Standing(float(value), above + ties / 2)
        return known[key]

    return stand


def with_events(query: Query, kept: np.ndarray) -> Query:
    """The question of somebody who did only what `kept` (m,) bool keeps; what may be shown stays the same."""
    return replace(query, items=query.items[kept], values=query.values[kept], times=query.times[kept])


def ranked(contributions: np.ndarray) -> np.ndarray:
    """(m,) events from the one that spoke loudest for the item to the one that spoke loudest against it."""
    return np.argsort(-np.asarray(contributions), kind="stable")


def steps_of(m: int) -> np.ndarray:
    """How many events are gone at each point of a curve, from 0 to m, ascending."""
    if m <= MOST_STEPS:
        return np.arange(m + 1)
    return np.unique(np.concatenate([[0], np.geomspace(1, m, MOST_STEPS).round()])).astype(int)


def deleted(stand: Callable[[np.ndarray], Standing], order: np.ndarray) -> list[Standing]:
    """Where the item stands as the events of `order` are taken away, at the points of `steps_of`."""
    places = np.argsort(order)  # of each event in the order
    return [stand(places >= step) for step in steps_of(len(order))]


def inserted(stand: Callable[[np.ndarray], Standing], order: np.ndarray) -> list[Standing]:
    """The same as they are put into an empty history."""
    places = np.argsort(order)
    return [stand(places < step) for step in steps_of(len(order))]


def area(shares: np.ndarray, curve: np.ndarray) -> float:
    """Under a curve over shares of events, by trapezoids."""
    return float(np.trapezoid(curve, shares))


def counterfactual_set(inside: Callable[[np.ndarray], bool], order: np.ndarray) -> np.ndarray | None:
    """A smallest set of events, by greed, without which an item is no longer inside a list; None if none is.

    Events go in `order` until the item is out; then each is put back that is not needed for that. No event of
    what is left can be spared, though another set may be smaller still.
    """
    kept = np.ones(len(order), dtype=bool)
    gone: list[int] = []
    for event in order.tolist():
        kept[event] = False
        gone.append(event)
        if not inside(kept):
            break
    else:
        return None
    for event in gone[:-1]:
        kept[event] = True
        if inside(kept):
            kept[event] = False
    return np.flatnonzero(~kept)


def _compared(
    explained: np.ndarray, random: np.ndarray, persons: Sequence[int], seed: int, *, less_is_better: bool
) -> Compared:
    better, worse = (random, explained) if less_is_better else (explained, random)
    gain = paired_difference(better, worse, np.array(persons), seed=seed)
    return Compared(float(explained.mean()), float(random.mean()), gain)
