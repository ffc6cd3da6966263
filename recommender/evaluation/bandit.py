"""Thompson sampling: arms get the persons that they are worth, as far as is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .chances import best_of_rates

FLOOR = 0.05  # of the persons: an arm that gets nobody is never found to have become the best


@dataclass(frozen=True)
class Allocation:
    """`shares` (a,) of the next persons; `best` (a,) chances; `regret`: clicks lost so far against the best arm."""

    shares: np.ndarray
    best: np.ndarray
    regret: float


def thompson(successes: Sequence[float], trials: Sequence[float], floor: float = FLOOR) -> Allocation:
    """Probability matching in batches: the next shares are the chances to be best.

    Thompson (1933); Chapelle & Li (2011), An empirical evaluation of Thompson sampling, algorithm 2, for Bernoulli
    rewards: drawing θᵢ from each Beta posterior and taking the largest gives arm i with exactly the chance that it is
    best, so that between two updates these chances are the shares. Raises ValueError where `floor` leaves no room.
    """
    arms = len(successes)
    if not 0 <= floor * arms <= 1:
        raise ValueError(f"{arms} arms cannot have {floor:.0%} of the persons each.")
    best = best_of_rates(successes, trials)
    return Allocation(floor + (1 - arms * floor) * best, best, regret(successes, trials))


def regret(successes: Sequence[float], trials: Sequence[float]) -> float:
    """Expected clicks lost: Σ tᵢ (p* − pᵢ) with the posterior means pᵢ and p* the largest of them."""
    s, t = np.asarray(successes, dtype=float), np.asarray(trials, dtype=float)
    rates = (1 + s) / (2 + t)
    return float((t * (rates.max() - rates)).sum())
