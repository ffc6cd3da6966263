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

    def take(self, rows: np.ndarray) -> NextPairs:
        return NextPairs(self.persons[rows], self.befores[rows], self.targets[rows])

    def log_share(self, n_items: int) -> np.ndarray:
        """(n_items,) log of the share of pairs that each item is the target of, for the logQ correction."""
        counts = np.bincount(self.targets, minlength=n_items)
        return np.log(np.maximum(counts, 1) / max(len(self), 1)).astype(np.float32)


def next_pairs(corpus: Corpus) -> NextPairs:
    """Every first like of an item that comes after a like of another one."""
    persons, befores, targets = [], [], []
    for person, events in enumerate(corpus.histories):
        known: set[int] = set()
        started = False
        for place, event in enumerate(events):
            if likes(event) and event.item not in known:
                if started:
                    persons.append(person)
                    befores.append(place)
                    targets.append(event.item)
                started = True
            known.add(event.item)
    return NextPairs(*(np.array(column, dtype=np.int64) for column in (persons, befores, targets)))


def recent_like(events: Sequence[Event], before: int, within: int, random: np.random.Generator) -> int:
    """One of the last `within` items liked among the first `before` events."""
    found: list[int] = []
    for event in reversed(events[:before]):
        if likes(event):
            found.append(event.item)
            if len(found) == within:
                break
    return found[int(random.integers(len(found)))]


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
