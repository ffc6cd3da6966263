"""What contrastive training learns from: what somebody had done, and the item that they chose next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .corpus import Corpus, Event, likes


@dataclass(frozen=True)
class NextPairs:
    """Pair i: person `persons[i]` chose `targets[i]` after the first `befores[i]` of their events."""

    persons: np.ndarray  # (n,) int64
    befores: np.ndarray  # (n,) int64
    targets: np.ndarray  # (n,) int64

    def __len__(self) -> int:
        return len(self.targets)


def next_pairs(corpus: Corpus) -> NextPairs:
    """Every first like of an item that comes after a like of another one."""
    persons, befores, targets = [], [], []
    for person, events in enumerate(corpus.histories):
        for place in first_likes(events)[1:]:
            persons.append(person)
            befores.append(place)
            targets.append(events[place].item)
    return NextPairs(*(np.array(column, dtype=np.int64) for column in (persons, befores, targets)))


@dataclass(frozen=True)
class Stretch:
    """Likes of one person that follow one another: each but the first is an answer to those before it."""

    person: int
    places: tuple[int, ...]  # of the events in the person's history
    items: tuple[int, ...]


def stretches(corpus: Corpus, length: int) -> list[Stretch]:
    """Every person's first likes in stretches of at most `length`, each beginning where the one before it ends.

    An item is read once however many answers it takes part in: `length` texts make `length` − 1 questions.
    """
    found = []
    for person, events in enumerate(corpus.histories):
        own = first_likes(events)
        for start in range(0, len(own) - 1, length - 1):
            part = own[start : start + length]
            found.append(Stretch(person, tuple(part), tuple(events[place].item for place in part)))
    return found


def first_likes(events: Sequence[Event]) -> list[int]:
    """Places of the events that speak for an item which the person had nothing to do with before."""
    known: set[int] = set()
    found = []
    for place, event in enumerate(events):
        if likes(event) and event.item not in known:
            found.append(place)
        known.add(event.item)
    return found


def neighbours(vectors: np.ndarray, k: int) -> np.ndarray:
    """(n, k) rows of the nearest other items by cosine, nearest first: what is hard to tell apart."""
    k = min(k, len(vectors) - 1)
    found = np.zeros((len(vectors), k), dtype=np.int64)
    for start in range(0, len(vectors), 1024):
        scores = vectors[start : start + 1024] @ vectors.T
        scores[np.arange(len(scores)), np.arange(start, start + len(scores))] = -np.inf
        nearest = np.argpartition(-scores, k - 1, axis=1)[:, :k]
        order = np.argsort(-np.take_along_axis(scores, nearest, axis=1), axis=1, kind="stable")
        found[start : start + 1024] = np.take_along_axis(nearest, order, axis=1)
    return found


def known_items(corpus: Corpus, person: int) -> frozenset[int]:
    """Items that the person has anything to do with: none of them is a wrong answer for them."""
    return frozenset(event.item for event in corpus.histories[person])
