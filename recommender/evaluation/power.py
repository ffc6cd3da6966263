"""How long an experiment must run to find what it looks for."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import ndtri

from .intervals import FIXED, SEQUENTIAL, boundary, mixing, z_of


@dataclass(frozen=True)
class Plan:
    """`persons` in each arm, and `days` until they have come; days is None where nobody comes."""

    persons: int
    days: int | None


def persons_needed(
    *,
    baseline: float,
    variance: float,
    lift: float,
    level: float = 0.95,
    power: float = 0.8,
    arms: int = 2,
    method: str = FIXED,
) -> int:
    """Persons an arm, so that a relative `lift` of the metric is found with probability `power`.

    n = 2 σ² (z₁₋α/₂ + z_power)² / δ² with δ = lift · baseline: Kohavi, Tang & Xu (2020), Trustworthy online controlled
    experiments, equation 15.1 and its footnote. `variance`: of one person's (linearised) value. With more than two
    arms α is shared among the comparisons (Bonferroni). `sequential` takes the wider boundary at the planned end in
    place of z, which overstates the need a little: the interval may leave 0 out earlier. Raises ValueError for
    figures of which none could be found.
    """
    if baseline <= 0 or variance <= 0 or lift == 0:
        raise ValueError("A plan needs a baseline and a variance above 0, and an effect to look for.")
    if not 0 < power < 1:
        raise ValueError(f"Power lies between 0 and 1, got {power}.")
    reach = _reach((1 - level) / max(arms - 1, 1), method) + float(ndtri(power))
    return max(2, math.ceil(2 * variance * (reach / (lift * baseline)) ** 2))


def plan(*, per_day: float, arms: int = 2, ramp: float = 1.0, **wish) -> Plan:
    """`per_day`: new persons who come to the placement in a day; `ramp`: the share of them that takes part."""
    persons = persons_needed(arms=arms, **wish)
    coming = per_day * ramp
    return Plan(persons, math.ceil(persons * arms / coming) if coming > 0 else None)


def _reach(alpha: float, method: str) -> float:
    """Standard errors to the boundary. At the planned n, nρ² is the same number whatever n is."""
    return boundary(1000, mixing(1000, alpha), alpha) if method == SEQUENTIAL else z_of(alpha)
