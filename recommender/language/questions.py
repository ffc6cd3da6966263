"""Next items held back, as questions to an encoder alone: how it ranks them from what the person liked before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.sparse import csr_array

from .corpus import Corpus, likes

# A person is the mean of so many of the newest items that they liked.
NEWEST = 10
TOP = 10
# Persons whose scores of all items are in memory at once.
_CHUNK = 1024


@dataclass(frozen=True)
class Questions:
    """`past` (p, n) means over each person's newest items, `seen` (p, n) what is not asked, `answers` (p,)."""

    past: csr_array
    seen: csr_array
    answers: np.ndarray

    def __len__(self) -> int:
        return len(self.answers)

    @classmethod
    def of(cls, corpus: Corpus, rows: Sequence[int] | np.ndarray) -> Self:
        """One question a person: the last item that they liked, where it and one before it are among `rows`.

        `rows` are the items that are ranked; vectors come in their order.
        """
        places = {int(row): place for place, row in enumerate(rows)}
        newest, seen, answers = [], [], []
        for history in corpus.histories:
            liked = [event.item for event in history if likes(event)]
            if not liked or liked[-1] not in places:
                continue
            # Each item once, where it was liked last; the answer itself is no part of the past.
            before = [places[item] for item in dict.fromkeys(reversed(liked[:-1])) if item in places]
            before = [place for place in before if place != places[liked[-1]]]
            if before:
                newest.append(before[:NEWEST])
                seen.append(before)
                answers.append(places[liked[-1]])
        return cls(_rows(newest, len(places)), _rows(seen, len(places)), np.array(answers, dtype=np.int64))

    def gains(self, vectors: np.ndarray) -> np.ndarray:
        """(p,) NDCG@10 of each question, where `vectors` (n, d) say how alike items are.

        With one answer, NDCG is 1 / log₂(rank + 1) for ranks 1 to 10, and 0 beyond (Järvelin and Kekäläinen 2002).
        A tie counts against the answer.
        """
        gains = np.zeros(len(self), dtype=np.float64)
        for start in range(0, len(self), _CHUNK):
            answers = self.answers[start : start + _CHUNK]
            scores = (self.past[start : start + _CHUNK] @ vectors) @ vectors.T
            own = scores[np.arange(len(answers)), answers].copy()
            persons, items = self.seen[start : start + _CHUNK].nonzero()
            scores[persons, items] = -np.inf
            ranks = (scores >= own[:, None]).sum(axis=1)  # the answer is at least as good as itself
            gains[start : start + _CHUNK] = np.where(ranks <= TOP, 1 / np.log2(ranks + 1), 0.0)
        return gains


def lost(reference: np.ndarray, gains: np.ndarray, seed: int = 0, draws: int = 1000) -> tuple[float, float]:
    """The share of the mean of `reference` that `gains` lack, and the upper end of its 95% interval over persons.

    Both are of the same questions, so that a draw of persons is the same for both (a paired bootstrap).
    """
    weights = np.random.default_rng(seed).multinomial(len(gains), np.full(len(gains), 1 / len(gains)), size=draws)
    before, after = weights @ reference, weights @ gains
    shares = 1 - after[before > 0] / before[before > 0]
    high = float(np.percentile(shares, 97.5)) if len(shares) else 0.0
    return float(1 - gains.mean() / reference.mean()), high


def _rows(lists: list[list[int]], width: int) -> csr_array:
    """(len(lists), width) with each row's entries summing to one."""
    counts = np.array([len(own) for own in lists], dtype=np.int64)
    columns = np.array([place for own in lists for place in own], dtype=np.int64)
    values = np.repeat(1 / np.maximum(counts, 1), counts).astype(np.float32)
    return csr_array((values, columns, np.concatenate([[0], np.cumsum(counts)])), shape=(len(lists), width))
