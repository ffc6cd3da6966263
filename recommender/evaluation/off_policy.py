"""What another policy would have earned, from lists that this one served with known propensities."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .intervals import z_of


@dataclass(frozen=True)
class OffPolicy:
    """`ips` and `snips` with their intervals. `effective`: how many lists of the policy itself would say as much."""

    n: int
    ips: float
    ips_low: float
    ips_high: float
    snips: float
    snips_low: float
    snips_high: float
    effective: float


def off_policy(
    rewards: np.ndarray,
    propensities: np.ndarray,
    targets: np.ndarray,
    persons: np.ndarray | None = None,
    level: float = 0.95,
) -> OffPolicy:
    """Estimates of the mean reward of a target policy from logged lists.

    `rewards` (n,); `propensities` (n,): the chance with which the shown item was shown, as recorded; `targets` (n,):
    the chance with which the target policy would have shown that very item. `persons` (n,): whose list it was, so
    that their lists are not counted as independent.

    IPS = mean(w r) with w = target / propensity (Horvitz & Thompson 1952; Li et al. 2011, equation 2). SNIPS =
    Σ w r / Σ w (Swaminathan & Joachims 2015, The self-normalized estimator for counterfactual learning, equation 8).
    Intervals are normal, over persons, by the delta method for SNIPS. Raises ValueError for propensities outside
    (0, 1].
    """
    rewards, propensities, targets = (np.asarray(one, dtype=np.float64) for one in (rewards, propensities, targets))
    if not len(rewards) == len(propensities) == len(targets):
        raise ValueError("Rewards, propensities and targets need one value a list each.")
    if ((propensities <= 0) | (propensities > 1)).any():
        raise ValueError("A propensity lies above 0 and at most at 1: what could not be shown was not shown.")
    n = len(rewards)
    if n == 0:
        return OffPolicy(0, *[math.nan] * 6, 0.0)
    weights = targets / propensities
    total = weights.sum()
    groups = np.arange(n) if persons is None else np.unique(persons, return_inverse=True)[1]
    ips = float((weights * rewards).mean())
    snips = float((weights * rewards).sum() / total) if total else math.nan
    ips_error = _grouped(weights * rewards - ips, groups) / n
    snips_error = _grouped(weights * (rewards - snips), groups) / total if total else math.nan
    z = z_of(1 - level)
    effective = float(total**2 / (weights**2).sum()) if total else 0.0
    return OffPolicy(
        n,
        ips,
        ips - z * ips_error,
        ips + z * ips_error,
        snips,
        snips - z * snips_error,
        snips + z * snips_error,
        effective,
    )


def _grouped(residuals: np.ndarray, groups: np.ndarray) -> float:
    """The standard error of their sum, residuals of one group counted together."""
    sums = np.bincount(groups, weights=residuals)
    count = len(sums)
    return float(math.sqrt((sums**2).sum() * count / (count - 1))) if count > 1 else math.inf
