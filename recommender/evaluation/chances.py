"""How likely each arm is the best one, from what was seen of all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy.special import betainc, ndtr

from .ratios import Estimate

_POINTS = 2001


def best_of_rates(successes: Sequence[float], trials: Sequence[float]) -> np.ndarray:
    """(a,) chance that each arm's rate is the highest, sum 1: Beta–Binomial with a uniform prior.

    P(best = i) = ∫ fᵢ(x) Πⱼ≠ᵢ Fⱼ(x) dx with Beta(1 + s, 1 + t − s) posteriors (Scott 2010, A modern Bayesian look at
    the multi-armed bandit, equation 7), by summing Fᵢ over a fine grid: the same figures every time.
    """
    s, t = np.asarray(successes, dtype=float), np.asarray(trials, dtype=float)
    if (s < 0).any() or (s > t).any():
        raise ValueError("Successes lie between 0 and the number of trials.")
    a, b = 1 + s, 1 + t - s
    middle, spread = a / (a + b), np.sqrt(a * b / ((a + b) ** 2 * (a + b + 1)))
    grid = np.linspace(max(0.0, (middle - 8 * spread).min()), min(1.0, (middle + 8 * spread).max()), _POINTS)
    return _best(grid, [lambda x, i=i: betainc(a[i], b[i], x) for i in range(len(a))])


def best_of_means(estimates: Sequence[Estimate]) -> np.ndarray:
    """The same for metrics that are no rates: normal posteriors with a flat prior."""
    middle = np.array([estimate.value for estimate in estimates])
    spread = np.array([max(estimate.error, 1e-12 + 1e-9 * abs(estimate.value)) for estimate in estimates])
    widest = 8 * spread.max()
    # As fine as the narrowest of them needs, as wide as the widest.
    points = int(min(200_001, max(_POINTS, 40 * (middle.max() - middle.min() + 2 * widest) / spread.min())))
    grid = np.linspace(middle.min() - widest, middle.max() + widest, points)
    return _best(grid, [lambda x, i=i: ndtr((x - middle[i]) / spread[i]) for i in range(len(middle))])


def effective(estimate: Estimate, trials: float) -> tuple[float, float]:
    """(successes, trials) as independent lists would have to be to be as uncertain as these are.

    Lists of one person are alike, so that a count of lists claims too much: it is divided by the design effect, the
    delta-method variance over that of the binomial (Kish 1965, section 8.2).
    """
    p = estimate.value
    if trials <= 0 or not 0 < p < 1 or estimate.variance <= 0:
        return p * trials, trials
    trials = min(trials, p * (1 - p) / estimate.variance)
    return p * trials, trials


def _best(grid: np.ndarray, distributions: Sequence[Callable[[np.ndarray], np.ndarray]]) -> np.ndarray:
    table = np.stack([distribution(grid) for distribution in distributions])
    centre = (table[:, 1:] + table[:, :-1]) / 2
    steps = np.diff(table, axis=1)
    chances = np.array([(steps[i] * np.delete(centre, i, axis=0).prod(axis=0)).sum() for i in range(len(table))])
    return chances / chances.sum()
