"""Nearest neighbours by comparing with everything: exact, without a build, and fast enough for 100,000 items."""

from __future__ import annotations

import numpy as np

from recommender.data import Ranking


def top_k(vectors: np.ndarray, query: np.ndarray, k: int, mask: np.ndarray | None = None) -> Ranking:
    """The k rows of `vectors` (n, d) with the greatest inner product with `query` (d,), best first.

    `mask` (n,) bool: only rows that it keeps. Rows of zeros are unknown and never come up, and a query of
    zeros finds nothing, so there may be fewer than k. Ties go to the lower row. Raises ValueError on
    shapes that do not fit.
    """
    if k < 1:
        raise ValueError(f"k must be at least 1, got {k}.")
    if query.shape != vectors.shape[1:]:
        raise ValueError(f"The query has the shape {query.shape}, the index has vectors of {vectors.shape[1:]}.")
    scores = (vectors @ query).astype(np.float32, copy=False)
    if mask is not None:
        scores = np.where(mask, scores, -np.inf)
    blank = np.flatnonzero(scores == 0)
    scores[blank[~vectors[blank].any(axis=1)]] = -np.inf
    k = min(k, int(np.isfinite(scores).sum())) if query.any() else 0
    if k == 0:
        return Ranking(np.zeros(0, np.int32), np.zeros(0, np.float32))
    # argpartition cuts ties anywhere: take everything from the k-th score up, then sort that.
    threshold = scores[np.argpartition(-scores, k - 1)[k - 1]]
    pool = np.flatnonzero(scores >= threshold)
    best = pool[np.argsort(-scores[pool], kind="stable")][:k].astype(np.int32)
    return Ranking(best, scores[best])


def neighbours(vectors: np.ndarray, k: int, batch: int = 1024) -> tuple[np.ndarray, np.ndarray]:
    """The k nearest other rows of each row of `vectors` (n, d): (n, k) int32 and their inner products, float32.

    Where there are fewer than k, because n is small or rows of zeros are unknown, the rest is row −1 with
    similarity 0. Needs memory for `batch` × n numbers at a time.
    """
    if k < 1 or batch < 1:
        raise ValueError(f"k and batch must be at least 1, got {k} and {batch}.")
    n = len(vectors)
    indices = np.full((n, k), -1, dtype=np.int32)
    similarities = np.zeros((n, k), dtype=np.float32)
    unknown = ~vectors.any(axis=1)
    width = min(k, n - 1)
    if width < 1:
        return indices, similarities
    for start in range(0, n, batch):
        rows = np.arange(start, min(start + batch, n))
        scores = (vectors[rows] @ vectors.T).astype(np.float32, copy=False)
        scores[:, unknown] = -np.inf
        scores[unknown[rows]] = -np.inf
        scores[np.arange(len(rows)), rows] = -np.inf  # nobody is a neighbour of its own
        nearest = np.argpartition(-scores, width - 1, axis=1)[:, :width]
        near = np.take_along_axis(scores, nearest, axis=1)
        order = np.lexsort((nearest, -near), axis=1)
        nearest, near = np.take_along_axis(nearest, order, axis=1), np.take_along_axis(near, order, axis=1)
        indices[rows, :width] = np.where(np.isfinite(near), nearest, -1)
        similarities[rows, :width] = np.where(np.isfinite(near), near, 0)
    return indices, similarities
