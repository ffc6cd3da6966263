"""What experiments compare: each metric as a sum over persons, divided by another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..evaluation.experiments import BETTER_DOWN, Metric
from ..evaluation.moments import Moments
from ..selectors.outcomes import Outcomes

CTR = "ctr"


@dataclass(frozen=True)
class Measure:
    """`numerator` and `denominator` name sums of `selectors.outcomes`; without a denominator it is a mean over persons.

    `scale`: what the value is shown times, such as 1,000 impressions. `cuped`: the past foretells something of it.
    """

    metric: Metric
    numerator: str
    denominator: str = ""
    scale: float = 1.0
    cuped: bool = False


MEASURES: dict[str, Measure] = {
    one.metric.slug: one
    for one in (
        Measure(Metric(CTR), "clicked", "seen", cuped=True),
        Measure(Metric("conversion"), "converted", "seen", cuped=True),
        Measure(Metric("clicks", rate=False), "clicks", cuped=True),
        Measure(Metric("revenue", rate=False), "revenue", scale=0.01, cuped=True),
        Measure(Metric("dwell", rate=False), "dwell", "clicks"),
        Measure(Metric("dismissals", rate=False, better=BETTER_DOWN), "dismissals", "impressions", scale=1000.0),
        Measure(Metric("fallbacks", rate=True, better=BETTER_DOWN), "fallbacks", "lists"),
    )
}


def moments_of(outcomes: Outcomes, measure: Measure, arms: int) -> list[Moments]:
    """Of each arm, by its number; persons who never had the denominator are left out of a ratio."""
    numerator = outcomes.sums[measure.numerator]
    denominator = outcomes.sums[measure.denominator] if measure.denominator else np.ones(len(numerator))
    found: list[Moments] = []
    for arm in range(arms):
        rows = (outcomes.arms == arm) & (denominator > 0)
        found.append(Moments.of(numerator[rows], denominator[rows], outcomes.before[rows] if measure.cuped else None))
    return found


def persons_of(outcomes: Outcomes, arms: int) -> Sequence[int]:
    """Persons served in each arm."""
    return np.bincount(outcomes.arms, minlength=arms).tolist()
