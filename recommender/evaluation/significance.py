"""How far a figure can be trusted: bootstrap over persons (Sakai 2006; Efron & Tibshirani 1993).

Persons are drawn, not questions: several questions of one person are not independent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_CHUNK = 50


@dataclass(frozen=True)
class Difference:
    """How much better the first algorithm is than the second on the same questions."""

    mean: float
    low: float
    high: float
    p_value: float  # two-sided, from the same resamples

    @property
    def significant(self) -> bool:
        """Whether the 95% interval leaves 0 out."""
        return self.low > 0 or self.high < 0


def bootstrap_intervals(
    values: np.ndarray, persons: np.ndarray, *, seed: int = 0, resamples: int = 1000, level: float = 0.95
) -> np.ndarray:
    """(m, 2) percentile intervals of the column means of `values` (q, m), for persons (q,)."""
    tail = (1 - level) / 2
    return np.quantile(_resampled_means(values, persons, seed, resamples), [tail, 1 - tail], axis=0).T


def paired_difference(
    first: np.ndarray, second: np.ndarray, persons: np.ndarray, *, seed: int = 0, resamples: int = 1000
) -> Difference:
    """Compare two algorithms by one metric; `first` and `second` are (q,) values of the same questions."""
    if first.shape != second.shape or len(first) != len(persons):
        raise ValueError("A paired comparison needs both algorithms' values for the same questions.")
    difference = (first - second).astype(np.float64)[:, None]
    means = _resampled_means(difference, persons, seed, resamples)[:, 0]
    low, high = np.quantile(means, [0.025, 0.975])
    beyond = min((means <= 0).mean(), (means >= 0).mean())
    return Difference(float(difference.mean()), float(low), float(high), float(min(1.0, 2 * beyond)))


def _resampled_means(values: np.ndarray, persons: np.ndarray, seed: int, resamples: int) -> np.ndarray:
    """(resamples, m): column means over persons drawn with replacement."""
    random = np.random.default_rng(seed)
    _, index = np.unique(persons, return_inverse=True)
    counts = np.bincount(index).astype(np.float64)
    sums = np.stack([np.bincount(index, weights=column) for column in values.T], axis=1)
    means = []
    for start in range(0, resamples, _CHUNK):
        size = min(_CHUNK, resamples - start)
        drawn = np.stack(
            [np.bincount(random.integers(len(counts), size=len(counts)), minlength=len(counts)) for _ in range(size)]
        )
        means.append((drawn @ sums) / (drawn @ counts)[:, None])
    return np.concatenate(means)
