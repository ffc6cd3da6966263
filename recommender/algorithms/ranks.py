"""Where the right answers stand in a full ranking, with ties counted fairly.

An answer that shares its score with others could stand at any of their ranks. Every figure here is the
expectation over all orders of tied items, so that a constant scorer gets what chance gives.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..contracts import Algorithm
from ..data import HeldOut

#: Cells of one score matrix; 2^24 float32 are 64 MB.
_BATCH_CELLS = 2**24


@dataclass(frozen=True)
class TiedRanks:
    """t answers of q questions. Answer i stands at one of the ranks above[i] + 1 … above[i] + ties[i]."""

    questions: np.ndarray  # (t,) int64: which question the answer belongs to
    above: np.ndarray  # (t,) int64: how many items score strictly higher
    ties: np.ndarray  # (t,) int64: how many items score the same, itself included
    n_questions: int

    @classmethod
    def of(cls, scores: np.ndarray, targets: list[np.ndarray]) -> TiedRanks:
        """From scores (q, n) in which items that may not be shown are -inf. Raises ValueError on nan."""
        if np.isnan(scores).any():
            raise ValueError("An algorithm gave nan as a score; every score must be a number.")
        questions = np.repeat(np.arange(len(targets)), [len(target) for target in targets])
        wanted = np.concatenate([*targets, np.zeros(0, dtype=np.int32)]).astype(np.int64)
        above = np.empty(len(wanted), dtype=np.int64)
        ties = np.empty(len(wanted), dtype=np.int64)
        for index, (question, item) in enumerate(zip(questions, wanted, strict=True)):
            row, score = scores[question], scores[question, item]
            above[index] = np.count_nonzero(row > score)
            ties[index] = np.count_nonzero(row == score)
            if score == -np.inf:  # may not be shown: behind everything
                above[index] = len(row)
        return cls(questions, above, ties, len(targets))

    def chances(self, k: int) -> np.ndarray:
        """(t, k): the probability that answer i stands at rank r + 1."""
        ranks = np.arange(1, k + 1)
        inside = (ranks > self.above[:, None]) & (ranks <= (self.above + self.ties)[:, None])
        return inside / self.ties[:, None]

    def total(self, gains: np.ndarray) -> np.ndarray:
        """(q,): gains (t,) summed by question."""
        return np.bincount(self.questions, weights=gains, minlength=self.n_questions)

    @property
    def answers(self) -> np.ndarray:
        """(q,): how many answers each question has."""
        return np.bincount(self.questions, minlength=self.n_questions)


def ndcg(ranks: TiedRanks, k: int) -> np.ndarray:
    """(q,) normalised discounted cumulative gain at k, binary relevance (Järvelin & Kekäläinen 2002)."""
    discounts = 1 / np.log2(np.arange(2, k + 2))
    ideal = np.concatenate([[0.0], np.cumsum(discounts)])[np.minimum(ranks.answers, k)]
    return ranks.total(ranks.chances(k) @ discounts) / np.maximum(ideal, 1e-12)


def score_batches(algorithm: Algorithm, held_out: HeldOut) -> Iterator[tuple[slice, np.ndarray]]:
    """Questions in batches of bounded memory: (which, scores (b, n) with excluded items at -inf)."""
    size = max(1, _BATCH_CELLS // max(1, algorithm.n_items_ or 1))
    for start in range(0, len(held_out), size):
        queries = held_out.queries[start : start + size]
        scores = np.array(algorithm.score_many(queries), dtype=np.float32)
        for row, query in zip(scores, queries, strict=True):
            row[query.exclude] = -np.inf
        yield slice(start, start + len(queries)), scores


def validation_ndcg(algorithm: Algorithm, held_out: HeldOut, k: int = 10) -> np.ndarray:
    """(q,) NDCG at k of a fitted algorithm: what settings are chosen by."""
    batches = score_batches(algorithm, held_out)
    return np.concatenate([ndcg(TiedRanks.of(scores, held_out.targets[which]), k) for which, scores in batches])
