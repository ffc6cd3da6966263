from dataclasses import dataclass

import numpy as np

from recommender.algorithms.tuning import climb, is_better, sample
from recommender.data import HeldOut, Query


@dataclass(frozen=True)
class Config:
    height: float = 1.0
    limit: float | None = None


def peak_at_five(config: Config) -> np.ndarray:
    return np.full(10, -abs(config.height - 5) - (0 if config.limit == 2 else 1))


def test_climbing_goes_up_to_the_peak_and_stops_behind_it():
    tried = []

    def measure(config):
        tried.append(config.height)
        return peak_at_five(config)

    assert climb(Config(), {"height": (1, 3, 5, 7, 9)}, measure).height == 5
    assert 9 not in tried


def test_climbing_goes_down_too_and_takes_one_setting_after_the_other():
    assert climb(Config(9), {"height": (1, 3, 5, 7, 9), "limit": (1, 2, None)}, peak_at_five) == Config(5, 2)


def test_a_setting_that_is_as_good_as_any_stays():
    assert climb(Config(3), {"height": (1, 3, 5)}, lambda config: np.zeros(10)) == Config(3)


def test_a_gain_within_chance_is_no_gain():
    noise = np.random.default_rng(0).normal(size=1000)
    assert not is_better(noise - noise.mean(), np.zeros(1000))
    assert is_better(noise - noise.mean() + 0.1, np.zeros(1000))


def test_a_sample_keeps_questions_answers_and_persons_together():
    held_out = HeldOut([Query.of([n]) for n in range(20)], [np.array([n]) for n in range(20)], np.arange(20))
    drawn = sample(held_out, 5, seed=1)
    assert len(drawn) == len(set(drawn.persons)) == 5
    for query, targets, person in zip(drawn.queries, drawn.targets, drawn.persons, strict=True):
        assert query.items[0] == targets[0] == person


def test_nothing_is_drawn_when_there_are_few():
    held_out = HeldOut([Query()], [np.array([0])], np.array([0]))
    assert sample(held_out, 5, seed=1) is held_out
