"""Divide behaviours into what an algorithm may learn from and the questions that it is asked afterwards.

Leave-one-out and random splits leak the future: a model may learn from events that happened after the one
it is asked for. Report the global time split beside them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ..data import HeldOut, Interactions, Query

_TRAIN, _VALIDATION, _TEST = 0, 1, 2


@dataclass(frozen=True)
class Split:
    """Training events, and questions for choosing settings (`validation`) and for the final figure (`test`).

    A test question knows the person's validation events as history, although no algorithm was fitted on them.
    `hash` names the split: equal hashes mean the same events in the same places.
    """

    train: Interactions
    validation: HeldOut
    test: HeldOut
    protocol: str
    hash: str


def leave_one_out(interactions: Interactions, *, seed: int = 0, filter_seen: bool = True) -> Split:
    """Each person's last event is the test, the one before it the validation, the rest is for training.

    Persons with fewer than three events are left whole in training. Nothing here is random; `seed` is
    accepted so that all protocols are called alike.
    """
    counts = np.diff(interactions.offsets)[interactions.persons]
    from_the_end = interactions.offsets[interactions.persons + 1] - 1 - np.arange(len(interactions))
    parts = np.full(len(interactions), _TRAIN)
    parts[(counts >= 3) & (from_the_end == 1)] = _VALIDATION
    parts[(counts >= 3) & (from_the_end == 0)] = _TEST
    return _split(interactions, parts, "leave-one-out", filter_seen)


def global_time(interactions: Interactions, *, seed: int = 0, filter_seen: bool = True) -> Split:
    """The first 80% of all events in time train, the next 10% validate, the last 10% test.

    Persons who first appear after a cut are asked with an empty history, as on a real site. Raises
    ValueError when the events carry no times. `seed` is accepted so that all protocols are called alike.
    """
    if len(interactions) == 0 or interactions.times.min() == interactions.times.max():
        raise ValueError("A global time split needs events with different times; use leave-one-out or random instead.")
    # Cut between times, never inside one: events of the same moment stay together.
    first, second = np.quantile(interactions.times, [0.8, 0.9], method="lower")
    parts = np.where(interactions.times > second, _TEST, np.where(interactions.times > first, _VALIDATION, _TRAIN))
    return _split(interactions, parts, "global-time", filter_seen)


def random_split(interactions: Interactions, *, seed: int = 0, filter_seen: bool = True) -> Split:
    """8:1:1 of each person's events at random; at least one each for validation and test from three events on."""
    random = np.random.default_rng(seed)
    counts = np.diff(interactions.offsets)[interactions.persons]
    # A random place within the person: sort by person, then by a random number.
    order = np.lexsort((random.random(len(interactions)), interactions.persons))
    place = np.empty(len(interactions), dtype=np.int64)
    place[order] = np.arange(len(interactions)) - interactions.offsets[interactions.persons[order]]
    held = np.where(counts >= 3, np.maximum(1, counts // 10), 0)
    parts = np.where(place < held, _TEST, np.where(place < 2 * held, _VALIDATION, _TRAIN))
    return _split(interactions, parts, "random", filter_seen)


#: Protocol name → function of (interactions, seed, filter_seen).
PROTOCOLS: Mapping[str, Callable[..., Split]] = {
    "leave-one-out": leave_one_out,
    "global-time": global_time,
    "random": random_split,
}


def _split(interactions: Interactions, parts: np.ndarray, protocol: str, filter_seen: bool) -> Split:
    train = interactions.where(parts == _TRAIN)
    validation = _held_out(interactions, parts, _VALIDATION, filter_seen)
    test = _held_out(interactions, parts, _TEST, filter_seen)
    digest = hashlib.sha256(f"{protocol} {filter_seen}".encode())
    for array in (interactions.persons, interactions.items, parts.astype(np.int8)):
        digest.update(np.ascontiguousarray(array).tobytes())
    return Split(train, validation, test, protocol, digest.hexdigest())


def _held_out(interactions: Interactions, parts: np.ndarray, part: int, filter_seen: bool) -> HeldOut:
    """One question a person who has events in `part`; the history is what lies in earlier parts.

    With the seen-filter on, an answer that is already in the history could never be given: it is dropped,
    and so is a question that has no answer left.
    """
    queries, targets, persons = [], [], []
    offsets = interactions.offsets
    for person in np.unique(interactions.persons[parts == part]):
        rows = np.arange(offsets[person], offsets[person + 1])
        answers = rows[parts[rows] == part]
        history = rows[parts[rows] < part]
        past = interactions.items[history]
        wanted = np.unique(interactions.items[answers])
        if filter_seen:
            wanted = np.setdiff1d(wanted, past)
        if len(wanted) == 0:
            continue
        query = Query(
            items=past,
            values=interactions.values[history],
            times=interactions.times[history],
            now=float(interactions.times[np.append(history, answers[0])].max()),
            exclude=np.unique(past) if filter_seen else np.zeros(0, dtype=np.int32),
        )
        queries.append(query)
        targets.append(wanted.astype(np.int32))
        persons.append(person)
    return HeldOut(queries, targets, np.array(persons, dtype=np.int32))
