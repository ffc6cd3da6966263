"""Ratio metrics with persons as the unit (the delta method), and less noise from what was known before (CUPED)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .moments import Moments, pooled


@dataclass(frozen=True)
class Estimate:
    """A metric of one arm with the variance of the estimate (not of the persons)."""

    value: float
    variance: float
    n: int

    @property
    def error(self) -> float:
        """The standard error."""
        return math.sqrt(self.variance)


def ratio(arm: Moments) -> Estimate:
    """Sum of numerators ÷ sum of denominators.

    Deng, Knoblich & Lu (2018), Applying the delta method in metric analytics, equation 3:
    var(X̄/Ȳ) ≈ (var X − 2 R cov(X, Y) + R² var Y) / (n Ȳ²) with R = X̄/Ȳ. With denominators of 1 it is the plain mean.
    """
    if arm.n == 0 or arm.mean[1] <= 0:
        return Estimate(0.0, 0.0, arm.n)
    value = arm.mean[0] / arm.mean[1]
    gradient = np.array([1.0, -value, 0.0]) / arm.mean[1]
    return Estimate(float(value), max(0.0, float(gradient @ arm.covariance @ gradient)) / arm.n, arm.n)


def theta(arms: Sequence[Moments]) -> float:
    """How much of the metric the covariate tells, from all arms together; 0 where it tells nothing.

    Deng, Xu, Kohavi & Walker (2013), CUPED, equation 4: θ = cov(Y, X) / var(X); for a ratio, Y is its linearised
    value (appendix B of the same).
    """
    everyone = pooled(arms)
    if everyone.n < 2 or everyone.mean[1] <= 0 or everyone.covariance[2, 2] <= 0:
        return 0.0
    gradient = _gradient(everyone)
    return float(gradient @ everyone.covariance[:, 2] / everyone.covariance[2, 2])


def adjusted(arm: Moments, theta: float, covariate_mean: float) -> Estimate:
    """The ratio less what was foreseeable: R − θ (X̄ − mean of X over all arms); equation 3 of the CUPED paper.

    The covariate is measured before anybody is assigned, so its expectation is the same in every arm and nothing is
    biased. `theta` comes from `theta`, `covariate_mean` from the pooled moments.
    """
    plain = ratio(arm)
    if theta == 0.0 or arm.n == 0 or arm.mean[1] <= 0:
        return plain
    gradient = _gradient(arm) - np.array([0.0, 0.0, theta])
    variance = max(0.0, float(gradient @ arm.covariance @ gradient)) / arm.n
    return Estimate(float(plain.value - theta * (arm.mean[2] - covariate_mean)), variance, arm.n)


def _gradient(arm: Moments) -> np.ndarray:
    return np.array([1.0, -arm.mean[0] / arm.mean[1], 0.0]) / arm.mean[1]
