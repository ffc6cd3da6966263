"""What clicks would be worth if every position were looked at alike.

Examination model: an item is clicked when it is looked at and liked, P(click | item, position) = θ(position) · γ(item).
θ is found by expectation maximisation over (group, position) counts, where a group is what may be better or worse in
itself (an algorithm, a source): Wang et al., "Position Bias Estimation for Unbiased Learning to Rank in Personal
Search", WSDM 2018, equations 1 to 5, with γ a constant of the group in place of a regression. θ is scaled so that the
first position has 1. Clicks are then weighted by 1/θ (inverse propensity, Joachims et al., WSDM 2017, equation 4).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

ITERATIONS = 200
#: No click counts for more than this many: where hardly anybody looks, a single one would decide.
MOST_WEIGHT = 20.0


@dataclass(frozen=True)
class Examination:
    """`theta`: (positions,) how much each is looked at beside the first, nan where nothing was shown."""

    theta: np.ndarray
    gamma: np.ndarray  # (groups,)

    def corrected(self, impressions: np.ndarray, clicks: np.ndarray) -> np.ndarray:
        """(groups,) clicks weighted by 1/θ per impression: the CTR had everything stood first."""
        weights = np.minimum(1.0 / np.where(np.nan_to_num(self.theta) > 0, self.theta, np.inf), MOST_WEIGHT)
        shown = impressions.sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(shown > 0, (clicks * weights).sum(axis=1) / shown, np.nan)


def examine(impressions: np.ndarray, clicks: np.ndarray) -> Examination:
    """Fit the model to (groups, positions) counts.

    With one group θ and γ cannot be told apart by it: θ is then the CTR of each position beside the first's, which
    takes the items for equally good at each, and says so by having nothing else to go by.
    """
    impressions, clicks = impressions.astype(np.float64), clicks.astype(np.float64)
    shown = impressions.sum(axis=0) > 0
    theta = np.full(impressions.shape[1], 0.5)
    with np.errstate(invalid="ignore", divide="ignore"):
        gamma = np.where(impressions.sum(axis=1) > 0, clicks.sum(axis=1) / impressions.sum(axis=1), 0.0)
        gamma = np.clip(gamma * 2, 1e-9, 1 - 1e-9)
        for _ in range(ITERATIONS):
            product = np.outer(gamma, theta)
            unclicked = impressions - clicks
            # Equation 3: what an impression without a click says of having been looked at, and of being liked.
            looked = clicks + unclicked * theta * (1 - gamma[:, None]) / np.maximum(1 - product, 1e-12)
            liked = clicks + unclicked * gamma[:, None] * (1 - theta) / np.maximum(1 - product, 1e-12)
            theta = np.where(shown, looked.sum(axis=0) / impressions.sum(axis=0), 0.5)
            gamma = np.where(impressions.sum(axis=1) > 0, liked.sum(axis=1) / impressions.sum(axis=1), 0.0)
    first = int(np.argmax(shown)) if shown.any() else 0
    scale = theta[first] if theta[first] > 0 else 1.0
    return Examination(np.where(shown, theta / scale, np.nan), gamma * scale)
