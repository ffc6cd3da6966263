"""Intervals for the difference between two arms: for one look at a fixed end, or for looking whenever one likes."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import ndtr, ndtri

from .ratios import Estimate

FIXED, SEQUENTIAL = "fixed", "sequential"
METHODS = (FIXED, SEQUENTIAL)


@dataclass(frozen=True)
class Contrast:
    """Variant − baseline, in the metric's own unit. `p_value` is two-sided; for `sequential` it holds at any look."""

    difference: float
    low: float
    high: float
    p_value: float
    relative: float | None  # difference ÷ baseline; None where the baseline is 0
    relative_low: float | None
    relative_high: float | None

    @property
    def significant(self) -> bool:
        """Whether the interval leaves 0 out."""
        return self.low > 0 or self.high < 0


def contrast(
    baseline: Estimate, variant: Estimate, *, method: str = FIXED, planned: int = 1000, level: float = 0.95
) -> Contrast:
    """Compare two arms of different persons. `planned`: persons in both arms at the planned end, for `sequential`.

    Raises ValueError for an unknown method or a level outside (0, 1).
    """
    if method not in METHODS:
        raise ValueError(f"No method named {method!r}; there are: {', '.join(METHODS)}.")
    if not 0 < level < 1:
        raise ValueError(f"A level lies between 0 and 1, got {level}.")
    difference = variant.value - baseline.value
    error = math.sqrt(baseline.variance + variant.variance)
    n = baseline.n + variant.n
    if error == 0.0 or min(baseline.n, variant.n) < 2:
        return Contrast(difference, -math.inf, math.inf, 1.0, _share(difference, baseline.value), None, None)
    alpha = 1 - level
    if method == FIXED:
        width, p_value = z_of(alpha) * error, 2 * float(ndtr(-abs(difference) / error))
    else:
        rho_squared = mixing(planned, alpha)
        width = boundary(n, rho_squared, alpha) * error
        p_value = always_valid_p(difference / error, n, rho_squared)
    low, high = difference - width, difference + width
    relative = _relative(baseline, variant, width / error)
    return Contrast(difference, low, high, p_value, _share(difference, baseline.value), *relative)


def z_of(alpha: float) -> float:
    """1.96 for .05: what a normal variable exceeds, either way, with probability alpha."""
    return float(ndtri(1 - alpha / 2))


def mixing(planned: int, alpha: float) -> float:
    """ρ²: makes the sequential interval about as narrow as it can be after `planned` persons.

    Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas (2024), Time-uniform central limit theory and asymptotic confidence
    sequences, on choosing ρ: ρ² = (−2 log α + log(−2 log α + 1)) / n*. It must not be chosen from the outcomes.
    """
    two_logs = -2 * math.log(alpha)
    return (two_logs + math.log(two_logs + 1)) / max(planned, 1)


def boundary(n: int, rho_squared: float, alpha: float) -> float:
    """How many standard errors wide the sequential interval is to either side after n persons.

    The Gaussian-mixture asymptotic confidence sequence, theorem 2.2 of the same paper:
    σ √(2 (nρ² + 1) / (n²ρ²) · log(√(nρ² + 1) / α)), here in units of the standard error σ/√n. It is the inverse of
    the mixture sequential probability ratio test (mSPRT) of Johari, Koomen, Pekelis & Walsh (2022), Always valid
    inference, with a normal mixture of variance ρ²σ².
    """
    scaled = n * rho_squared
    return math.sqrt((scaled + 1) / scaled * (math.log(scaled + 1) - 2 * math.log(alpha)))


def always_valid_p(z: float, n: int, rho_squared: float) -> float:
    """1 ÷ the mixture likelihood ratio, at most 1: the alpha at which `boundary` would just reach z."""
    scaled = n * rho_squared
    log_ratio = z * z * scaled / (2 * (scaled + 1)) - math.log(scaled + 1) / 2
    return min(1.0, math.exp(-min(log_ratio, 700.0)))


def _relative(baseline: Estimate, variant: Estimate, width: float) -> tuple[float | None, float | None]:
    """The relative lift variant ÷ baseline − 1 with its delta-method variance; none where the baseline may be 0."""
    if baseline.value <= width * baseline.error:
        return None, None
    lift = variant.value / baseline.value - 1
    error = math.sqrt(variant.variance + (variant.value / baseline.value) ** 2 * baseline.variance) / baseline.value
    return lift - width * error, lift + width * error


def _share(difference: float, baseline: float) -> float | None:
    return difference / baseline if baseline else None
