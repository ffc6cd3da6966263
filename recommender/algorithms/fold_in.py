"""Scores for items that a model has not seen: what it thinks of those whose text is nearest.

Works for any algorithm, since it looks at scores and text vectors only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Similarity that weighs as much as the person's mean: new items with only faint likeness stay near the mean.
_DOUBT = 0.5


@dataclass(frozen=True)
class Neighbours:
    """For each of n_new items, its k nearest known items; found once, used for every person."""

    rows: np.ndarray  # (n_new, k) int64 among the known items
    weights: np.ndarray  # (n_new, k) float32 similarities above 0; 0 where there is no neighbour

    @classmethod
    def of(cls, known_vectors: np.ndarray, new_vectors: np.ndarray, neighbours: int = 10) -> Neighbours:
        """By inner product of L2-normalised rows (n_known, d) and (n_new, d); zero rows have no neighbours."""
        k = min(neighbours, len(known_vectors))
        similarities = new_vectors @ known_vectors.T
        rows = np.argpartition(-similarities, k - 1, axis=1)[:, :k] if k else np.zeros((len(new_vectors), 0), np.int64)
        return cls(rows, np.maximum(np.take_along_axis(similarities, rows, axis=1), 0).astype(np.float32))

    def impute(self, scores: np.ndarray) -> np.ndarray:
        """(n_new,) float32 from one person's scores (n_known,) of the known items.

        The similarity-weighted mean of the neighbours' scores, shrunk to the person's mean score.
        """
        mean = scores.mean() if len(scores) else 0.0
        above = (self.weights * (scores[self.rows] - mean)).sum(axis=1)
        return (mean + above / (self.weights.sum(axis=1) + _DOUBT)).astype(np.float32)
