"""One ranking out of several whose scores do not compare, such as words and vectors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recommender.data import Ranking

# The constant of the paper, which found results to differ little around it.
CONSTANT = 60


def fuse(rankings: Sequence[Ranking], k: int) -> Ranking:
    """Reciprocal rank fusion (Cormack, Clarke and Büttcher 2009): score(i) = Σ 1 / (60 + rank of i), ranks from 1.

    The k best, ties to the lower row. Only ranks matter, so that no ranking has to be scaled.
    """
    if k < 1:
        raise ValueError(f"k must be at least 1, got {k}.")
    if not any(map(len, rankings)):
        return Ranking(np.zeros(0, np.int32), np.zeros(0, np.float32))
    items = np.concatenate([ranking.items for ranking in rankings])
    ranks = np.concatenate([np.arange(1, len(ranking) + 1) for ranking in rankings])
    distinct, places = np.unique(items, return_inverse=True)
    scores = np.bincount(places, weights=1 / (CONSTANT + ranks))
    best = np.argsort(-scores, kind="stable")[:k]
    return Ranking(distinct[best].astype(np.int32), scores[best].astype(np.float32))
