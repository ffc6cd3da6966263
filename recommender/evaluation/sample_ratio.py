"""Did the arms get the shares of persons that they should have? If not, nothing else of the experiment is believed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

MISMATCH = 0.001


@dataclass(frozen=True)
class SampleRatio:
    """`expected` are the persons of each arm that its share would give."""

    counts: tuple[int, ...]
    expected: tuple[float, ...]
    statistic: float
    p_value: float

    @property
    def mismatch(self) -> bool:
        """Too unlikely to be chance: the split, the recording or the filter is broken."""
        return self.p_value < MISMATCH


def sample_ratio(counts: Sequence[int], shares: Sequence[float]) -> SampleRatio:
    """Pearson's χ² test; Fabijan et al. (2019), Diagnosing sample ratio mismatch, use the same at p < .001.

    `counts`: persons seen in each arm. `shares`: what was planned, in any unit. Raises ValueError for fewer than two
    arms or shares that are not above 0.
    """
    observed, weights = np.asarray(counts, dtype=float), np.asarray(shares, dtype=float)
    if len(observed) < 2 or len(observed) != len(weights) or not (weights > 0).all():
        raise ValueError("A sample-ratio check needs two arms or more, each with a share above 0.")
    expected = observed.sum() * weights / weights.sum()
    statistic = float(((observed - expected) ** 2 / expected).sum()) if observed.sum() else 0.0
    p_value = float(chdtrc(len(observed) - 1, statistic))
    return SampleRatio(tuple(int(count) for count in counts), tuple(expected.tolist()), statistic, p_value)
