import numpy as np
import pytest

from recommender.evaluation.significance import bootstrap_intervals, paired_difference


def test_the_interval_covers_the_mean_with_the_width_of_the_standard_error():
    values = np.random.default_rng(0).random((2000, 1))
    low, high = bootstrap_intervals(values, np.arange(2000))[0]
    error = values.std() / np.sqrt(2000)
    assert low < values.mean() < high
    assert high - low == pytest.approx(2 * 1.96 * error, rel=0.1)


def test_questions_of_one_person_are_not_counted_as_independent():
    values = np.repeat(np.random.default_rng(0).random(50), 20)[:, None]
    alone = np.diff(bootstrap_intervals(values, np.arange(1000))[0])
    grouped = np.diff(bootstrap_intervals(values, np.repeat(np.arange(50), 20))[0])
    assert grouped > 3 * alone


def test_a_constant_advantage_is_significant_however_noisy_the_questions():
    noise = np.random.default_rng(0).random(500)
    difference = paired_difference(noise + 0.01, noise, np.arange(500))
    assert difference.significant
    assert difference.mean == pytest.approx(0.01)
    assert difference.p_value == 0


def test_two_equal_algorithms_do_not_differ():
    random = np.random.default_rng(0)
    assert not paired_difference(random.random(500), random.random(500), np.arange(500)).significant


def test_the_same_seed_gives_the_same_interval():
    values = np.random.default_rng(0).random((100, 2))
    np.testing.assert_array_equal(
        bootstrap_intervals(values, np.arange(100), seed=4), bootstrap_intervals(values, np.arange(100), seed=4)
    )


def test_values_of_different_questions_are_not_compared():
    with pytest.raises(ValueError, match="same questions"):
        paired_difference(np.zeros(3), np.zeros(4), np.arange(3))
