"""How often the analysis of experiments is right, counted on simulated ones.

    python -m tests.benchmarks.experiments [--experiments 200] [--persons 4000] [--format json]

A/A: both arms are the same, so whatever is found is false. A/B: a lift of 10% is planted, in experiments as large as
the power calculation asks for. Broken: a fifth of the persons of one arm is lost. All are analysed by the code that
analyses live ones, fixed ones once at the end and sequential ones after every day.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass

import numpy as np

from recommender.evaluation.experiments import compared
from recommender.evaluation.intervals import FIXED, SEQUENTIAL
from recommender.evaluation.power import persons_needed
from recommender.evaluation.ratios import ratio
from recommender.evaluation.sample_ratio import sample_ratio
from recommender.simulation.trials import Trial, people, trial

DAYS, LIFT, POWER = 14, 0.1, 0.8


@dataclass(frozen=True)
class Figures:
    """Shares of the experiments. `mistaken`: found something in an A/A."""

    experiments: int
    persons: int
    planned_fixed: int
    planned_sequential: int
    mistaken_fixed: float
    mistaken_sequential_daily: float
    mistaken_fixed_daily: float  # what looking every day at a fixed interval would do
    mistaken_cuped: float
    found_fixed: float
    found_sequential: float
    covered: float  # of the fixed intervals hold the planted lift
    width_by_cuped: float  # of the interval's width, against without
    broken_caught: float
    broken_falsely: float


def measured(experiments: int, persons: int, seed: int = 0) -> Figures:
    population = people(400, seed)
    planned, patient = (planned_persons(population, method, seed) for method in (FIXED, SEQUENTIAL))
    same = [trial(population, persons=persons, days=DAYS, lifts=[0, 0], seed=seed + 1 + n) for n in range(experiments)]
    lifted = [
        trial(population, persons=2 * planned, days=DAYS, lifts=[0, LIFT], seed=seed + 100_001 + n)
        for n in range(experiments)
    ]
    longer = [
        trial(population, persons=2 * patient, days=DAYS, lifts=[0, LIFT], seed=seed + 200_001 + n)
        for n in range(experiments)
    ]
    broken = [
        trial(population, persons=persons, days=DAYS, lifts=[0, 0], seed=seed + 1 + n, lost=[0.0, 0.2])
        for n in range(experiments)
    ]
    ends = [result(one) for one in lifted]
    truths = [_truth(one) for one in lifted]
    return Figures(
        experiments=experiments,
        persons=persons,
        planned_fixed=2 * planned,
        planned_sequential=2 * patient,
        mistaken_fixed=_share(result(one).significant for one in same),
        mistaken_sequential_daily=_share(any_day(one, SEQUENTIAL) for one in same),
        mistaken_fixed_daily=_share(any_day(one, FIXED) for one in same),
        mistaken_cuped=_share(result(one, covariate=True).significant for one in same),
        found_fixed=_share(one.low > 0 for one in ends),
        found_sequential=_share(any_day(one, SEQUENTIAL, up=True) for one in longer),
        covered=_share(one.low <= truth <= one.high for one, truth in zip(ends, truths, strict=True)),
        width_by_cuped=float(np.mean([_width(one, True) / _width(one, False) for one in same])),
        broken_caught=_share(mismatch(one) for one in broken),
        broken_falsely=_share(mismatch(one) for one in same),
    )


def planned_persons(population: np.ndarray, method: str, seed: int) -> int:
    """An arm, by the power calculation from a pilot without any effect."""
    pilot = trial(population, persons=20_000, days=DAYS, lifts=[0], seed=seed + 999_983)
    one = ratio(pilot.moments(1)[0])
    return persons_needed(baseline=one.value, variance=one.variance * one.n, lift=LIFT, power=POWER, method=method)


def result(one: Trial, method: str = FIXED, day: int | None = None, covariate: bool = False):
    arms = one.moments(2, day=day, covariate=covariate)
    return compared(arms, method=method, planned=len(one.arms))[0][0]


def any_day(one: Trial, method: str, up: bool = False) -> bool:
    """Whether a look at the end of any day finds something; `up`: a gain."""
    looks = (result(one, method, day) for day in range(one.seen.shape[1]))
    return any(look.low > 0 if up else look.significant for look in looks)


def mismatch(one: Trial) -> bool:
    return sample_ratio(one.counts(2), [1, 1]).mismatch


def _truth(one: Trial) -> float:
    """The difference that was planted: the lift on what the baseline clicks, as measured over both arms."""
    baseline, variant = (ratio(arm).value for arm in one.moments(2))
    return LIFT * (baseline + variant) / (2 + LIFT)


def _width(one: Trial, covariate: bool) -> float:
    found = result(one, covariate=covariate)
    return found.high - found.low


def _share(found) -> float:
    return float(np.mean(list(found)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--experiments", type=int, default=200)
    parser.add_argument("--persons", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--format", choices=("table", "json"), default="table")
    options = parser.parse_args()
    figures = asdict(measured(options.experiments, options.persons, options.seed))
    if options.format == "json":
        print(json.dumps(figures, indent=2))
        return
    for name, value in figures.items():
        print(f"{name:<26} {value:>8.3f}" if isinstance(value, float) else f"{name:<26} {value:>8}")


if __name__ == "__main__":
    main()
