"""From sums over persons to a table that somebody can decide by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .chances import best_of_means, best_of_rates, effective
from .intervals import FIXED, Contrast, contrast
from .moments import Moments, pooled
from .ratios import Estimate, adjusted, ratio, theta

BETTER_UP, BETTER_DOWN = 1, -1


@dataclass(frozen=True)
class Metric:
    """`rate`: a share of trials, so that chances come from Beta posteriors. `better`: up (1) or down (-1)."""

    slug: str
    rate: bool = True
    better: int = BETTER_UP


@dataclass(frozen=True)
class Row:
    """A metric of one variant against the baseline."""

    metric: str
    arm: int
    baseline: Estimate
    variant: Estimate
    numerators: tuple[float, float]  # of the baseline, of the variant
    denominators: tuple[float, float]
    contrast: Contrast
    chance: float  # that this variant is better than the baseline
    reduced: float  # share of the variance that CUPED took away, 0 where it was not used


def compared(
    arms: Sequence[Moments], *, method: str = FIXED, planned: int = 1000, level: float = 0.95
) -> list[tuple[Contrast, float]]:
    """Each variant against the first of `arms`, with the share of the variance that CUPED took away.

    The error that `level` allows is shared among the variants (Bonferroni), so that it holds for all of them together.
    """
    if len(arms) < 2:
        raise ValueError("An experiment has a baseline and a variant.")
    level = 1 - (1 - level) / (len(arms) - 1)
    slope, everyone = theta(arms), pooled(arms)
    plain = [ratio(arm) for arm in arms]
    estimates = [adjusted(arm, slope, everyone.mean[2]) for arm in arms]
    found = []
    for number in range(1, len(arms)):
        before, after = (one[0].variance + one[number].variance for one in (plain, estimates))
        reduced = 1 - after / before if before else 0.0
        found.append((contrast(estimates[0], estimates[number], method=method, planned=planned, level=level), reduced))
    return found


def analysed(
    arms: Sequence[Moments], metric: Metric, *, method: str = FIXED, planned: int = 1000, level: float = 0.95
) -> list[Row]:
    """A row for each variant; the first of `arms` is the baseline."""
    plain = [ratio(arm) for arm in arms]
    return [
        Row(
            metric=metric.slug,
            arm=number,
            baseline=plain[0],
            variant=plain[number],
            numerators=(arms[0].numerator, arms[number].numerator),
            denominators=(arms[0].denominator, arms[number].denominator),
            contrast=found,
            chance=float(chances_of([arms[0], arms[number]], metric)[-1]),
            reduced=reduced,
        )
        for number, (found, reduced) in enumerate(compared(arms, method=method, planned=planned, level=level), 1)
    ]


def chances_of(arms: Sequence[Moments], metric: Metric):
    """(a,) chance of each arm to be the best by the metric."""
    estimates = [ratio(arm) for arm in arms]
    if metric.rate and metric.better == BETTER_UP:
        counts = [effective(one, arm.denominator) for one, arm in zip(estimates, arms, strict=True)]
        return best_of_rates([s for s, _t in counts], [t for _s, t in counts])
    turned = [Estimate(metric.better * one.value, one.variance, one.n) for one in estimates]
    return best_of_means(turned)


def guarded(row: Row, worse_by: float, better: int = BETTER_UP) -> str:
    """What a guardrail says: "broken" when the metric is surely worse, "at risk" when it may be by more than that.

    `worse_by`: the relative loss that is still borne. "unknown" where the baseline is too small to compare with.
    """
    low, high = row.contrast.relative_low, row.contrast.relative_high
    if low is None or high is None:
        return "unknown"
    worst, best = (low, high) if better == BETTER_UP else (-high, -low)
    if best < -worse_by:
        return "broken"
    return "at risk" if worst < -worse_by else "kept"


def trials_of(arms: Sequence[Moments]) -> tuple[list[float], list[float]]:
    """(successes, trials) of each arm, as Thompson sampling wants them: counts of lists, less what is alike."""
    counts = [effective(ratio(arm), arm.denominator) for arm in arms]
    return [s for s, _t in counts], [t for _s, t in counts]
