"""What the analysis claims, counted on experiments whose truth is known; the benchmark prints the full-size figures."""

import numpy as np
import pytest
from scipy import stats

from recommender.evaluation.intervals import FIXED, SEQUENTIAL
from recommender.simulation.trials import people, trial
from tests.benchmarks.experiments import any_day, mismatch, planned_persons, result

EXPERIMENTS = 200


@pytest.fixture(scope="module")
def population():
    return people(200, 0)


@pytest.fixture(scope="module")
def same(population):
    """200 A/A experiments: the arms differ in name alone."""
    return [trial(population, persons=500, days=10, lifts=[0, 0], seed=n) for n in range(EXPERIMENTS)]


def most_by_chance(level: float) -> int:
    """How many of 200 would be mistaken at this level, all but once in a thousand times."""
    return int(stats.binom.ppf(0.999, EXPERIMENTS, level))


def test_fixed_intervals_find_something_in_an_a_a_as_often_as_they_say(same):
    mistaken = sum(result(one).significant for one in same)
    assert 1 <= mistaken <= most_by_chance(0.05)


def test_sequential_intervals_find_no_more_however_often_one_looks(same):
    assert sum(any_day(one, SEQUENTIAL) for one in same) <= most_by_chance(0.05)


def test_looking_every_day_at_a_fixed_interval_finds_far_too_much(same):
    assert sum(any_day(one, FIXED) for one in same) > most_by_chance(0.05)


def test_cuped_finds_no_more_in_an_a_a(same):
    assert sum(result(one, covariate=True).significant for one in same) <= most_by_chance(0.05)


def test_cuped_makes_intervals_narrower(same):
    widths = [(found.high - found.low) for one in same[:50] for found in [result(one, covariate=True), result(one)]]
    assert np.mean(widths[::2]) < np.mean(widths[1::2])


def test_the_split_of_an_a_a_is_not_called_broken(same):
    assert sum(mismatch(one) for one in same) <= 2


def test_a_lift_of_a_tenth_is_found_at_the_planned_power(population):
    planned = 2 * planned_persons(population, FIXED, 0)
    found = [
        result(trial(population, persons=planned, days=10, lifts=[0, 0.1], seed=5000 + n)).low > 0 for n in range(60)
    ]
    # Of 60 at a power of 80%: fewer than 36 would come about once in ten thousand times.
    assert sum(found) >= stats.binom.ppf(0.0001, 60, 0.8)


def test_a_split_that_loses_a_fifth_of_one_arm_is_caught(population):
    caught = [
        mismatch(trial(population, persons=4000, days=5, lifts=[0, 0], seed=n, lost=[0.0, 0.2])) for n in range(20)
    ]
    assert all(caught)


def test_the_lift_is_on_what_the_baseline_clicks(population):
    arms = trial(population, persons=40_000, days=10, lifts=[0, 0.1], seed=1).moments(2)
    assert (arms[1].numerator / arms[1].denominator) / (arms[0].numerator / arms[0].denominator) == pytest.approx(
        1.1, abs=0.02
    )
