"""What the interest model learns from: real behaviours as labels, and never a look at what came after.

A question is a moment of one person: what they had done before it, the item that they then chose (or turned down),
and items that they did not choose. An item is asked about only at the first event about it, so that its name does
not stand in the history already.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import sparse

from .corpus import NO_ITEM, Corpus, Event, likes

#: Why an item is in a question: liked, refused, or drawn by popularity or as hard to tell.
Kind = Literal["liked", "refused", "popular", "hard"]

# The newest likes of a history say what to look for, and of what is found the first so many are drawn from.
RECENT = 10
POOL = 100
TRIES = 50


@dataclass(frozen=True, slots=True)
class Question:
    """`histories[person][:before]` is the history; items, labels and kinds are equally long."""

    person: int
    before: int
    items: tuple[int, ...]
    labels: tuple[bool, ...]
    kinds: tuple[Kind, ...]


@dataclass(frozen=True)
class Sampling:
    """How questions are made. `negatives` are drawn for each liked item; of them `hard` (0…1) by the retriever.

    `popularity` is the power of an item's likes by which it is drawn: 1 as often as it is liked, 0 all alike.
    `targets` are the newest so many moments of a person, 0 for all; at least `least_history` events come before.
    """

    negatives: int = 4
    hard: float = 0.25
    popularity: float = 1.0
    targets: int = 3
    least_history: int = 1


def questions(
    corpus: Corpus, persons: Sequence[int], sampling: Sampling, draw: Draw, random: np.random.Generator
) -> list[Question]:
    """The newest moments of `persons`, in their order. The same generator state gives the same questions."""
    found = []
    for person in persons:
        events = corpus.histories[person]
        known = {event.item for event in events}
        places = [place for place in moments(events) if place >= sampling.least_history]
        for place in places[-sampling.targets :]:
            target = events[place]
            if not likes(target):
                found.append(Question(person, place, (target.item,), (False,), ("refused",)))
                continue
            drawn = draw(events[:place], known, sampling, random)
            items, kinds = zip((target.item, "liked"), *drawn, strict=True)
            found.append(Question(person, place, items, tuple(kind == "liked" for kind in kinds), kinds))
    return found


def moments(events: Sequence[Event]) -> Iterator[int]:
    """Places of events that say yes or no to an item which no event before is about."""
    seen: set[int] = {NO_ITEM}
    for place, event in enumerate(events):
        if event.item not in seen and event.signal != 0:
            yield place
        seen.add(event.item)


class Draw:
    """Items that a person did not choose: by popularity, and by what a retriever would have shown them.

    The retriever ranks by the cosine of the items' vectors to the mean of the newest likes where there are
    vectors, else by how many persons liked both. It knows the likes of `corpus` and nothing else.
    """

    def __init__(self, corpus: Corpus):
        liked = corpus.interactions()
        self.n_items = len(corpus.items)
        self.counts = np.bincount(liked.items, minlength=self.n_items)
        self.vectors = corpus.items.vectors
        ones = np.ones(len(liked), dtype=np.float32)
        matrix = sparse.csr_array((ones, (liked.persons, liked.items)), shape=(liked.n_persons, self.n_items))
        matrix.data[:] = 1
        self._by_person, self._by_item = matrix, matrix.T.tocsr()
        self._power: float | None = None
        self._cumulated = np.zeros(0)

    def __call__(
        self, history: Sequence[Event], known: set[int], sampling: Sampling, random: np.random.Generator
    ) -> list[tuple[int, Kind]]:
        """`sampling.negatives` different items, none of them in `known`; fewer where the catalogue has no more."""
        wanted = min(sampling.negatives, self.n_items - len(known - {NO_ITEM}))
        hard = random.binomial(wanted, sampling.hard) if sampling.hard else 0
        pool = [item for item in self.near(history) if item not in known] if hard else []
        drawn: list[tuple[int, Kind]] = [(int(item), "hard") for item in random.permutation(pool)[:hard] if len(pool)]
        taken = {item for item, _ in drawn}
        weights = self._weights(sampling.popularity)
        for _ in range(TRIES * wanted):
            if len(drawn) >= wanted:
                break
            item = int(np.searchsorted(weights, random.random() * weights[-1], side="right"))
            if item not in known and item not in taken:
                taken.add(item)
                drawn.append((item, "popular"))
        return drawn

    def near(self, history: Sequence[Event]) -> np.ndarray:
        """At most POOL items that a retriever would show after `history`, best first; none without likes."""
        liked = list(dict.fromkeys(event.item for event in reversed(history) if likes(event)))[:RECENT]
        if not liked:
            return np.zeros(0, dtype=np.int64)
        if self.vectors is not None:
            scores = self.vectors @ self.vectors[liked].mean(axis=0)
        else:
            persons = self._by_item[liked].sum(axis=0)
            scores = persons @ self._by_person
        scores = np.asarray(scores, dtype=np.float64).ravel()
        scores[liked] = -np.inf
        best = np.argsort(-scores, kind="stable")[:POOL]
        return best[scores[best] > 0]

    def _weights(self, power: float) -> np.ndarray:
        """(n_items,) cumulated weights by which items are drawn."""
        if self._power != power:
            weights = self.counts.astype(np.float64) ** power
            self._power, self._cumulated = power, np.cumsum(weights if weights.any() else np.ones(self.n_items))
        return self._cumulated


def divided(persons: Sequence[int], share: float, random: np.random.Generator) -> tuple[list[int], list[int]]:
    """Persons to learn from and persons to validate on, each at least one where there are two."""
    order = [persons[place] for place in random.permutation(len(persons))]
    held = min(max(1, round(share * len(order))), len(order) - 1)
    return order[held:], order[:held]
