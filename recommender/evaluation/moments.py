"""What an experiment keeps of an arm: sums over persons, from which every interval follows.

A person is the unit: lists of one person are not independent of each other (Deng, Knoblich & Lu 2018, section 2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Moments:
    """Of n persons, each with a numerator, a denominator and a value from before the experiment (a covariate).

    For a mean over persons the denominators are 1; where nothing is known from before, the covariates are 0.
    """

    n: int
    mean: np.ndarray  # (3,) numerator, denominator, covariate
    covariance: np.ndarray  # (3, 3) of persons, with n - 1; zeros for fewer than 2

    @classmethod
    def of(cls, numerator, denominator=None, covariate=None) -> Moments:
        """From one value a person. Raises ValueError for columns of different lengths and for what is no number."""
        numerator = np.asarray(numerator, dtype=np.float64)
        n = len(numerator)
        columns = [
            numerator,
            np.ones(n) if denominator is None else np.asarray(denominator, dtype=np.float64),
            np.zeros(n) if covariate is None else np.asarray(covariate, dtype=np.float64),
        ]
        if len({len(column) for column in columns}) != 1:
            raise ValueError("Numerator, denominator and covariate need one value a person each.")
        table = np.stack(columns)
        if not np.isfinite(table).all():
            raise ValueError("A person's values must be finite numbers.")
        if n == 0:
            return cls(0, np.zeros(3), np.zeros((3, 3)))
        return cls(n, table.mean(axis=1), np.cov(table) if n > 1 else np.zeros((3, 3)))

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Moments:
        """What `kept` gave."""
        return cls(int(kept["n"]), np.array(kept["mean"], dtype=float), np.array(kept["covariance"], dtype=float))

    def kept(self) -> dict[str, Any]:
        """As it goes into JSON."""
        return {"n": self.n, "mean": self.mean.tolist(), "covariance": self.covariance.tolist()}

    @property
    def numerator(self) -> float:
        return float(self.n * self.mean[0])

    @property
    def denominator(self) -> float:
        return float(self.n * self.mean[1])


def pooled(arms: Sequence[Moments]) -> Moments:
    """The moments of all their persons together."""
    arms = [arm for arm in arms if arm.n]
    n = sum(arm.n for arm in arms)
    if n == 0:
        return Moments(0, np.zeros(3), np.zeros((3, 3)))
    mean = sum(arm.n * arm.mean for arm in arms) / n
    scatter = sum((arm.n - 1) * arm.covariance + arm.n * np.outer(arm.mean - mean, arm.mean - mean) for arm in arms)
    return Moments(n, mean, scatter / max(n - 1, 1))
