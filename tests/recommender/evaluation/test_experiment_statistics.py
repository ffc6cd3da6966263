"""Against figures that were worked out by hand, by scipy.stats, or by drawing many times."""

import math

import numpy as np
import pytest
from scipy import stats

from recommender.evaluation.chances import best_of_means, best_of_rates, effective
from recommender.evaluation.intervals import SEQUENTIAL, always_valid_p, boundary, contrast, mixing
from recommender.evaluation.moments import Moments, pooled
from recommender.evaluation.power import persons_needed, plan
from recommender.evaluation.ratios import Estimate, adjusted, ratio, theta
from recommender.evaluation.sample_ratio import sample_ratio


def test_the_sample_ratio_check_is_pearsons():
    found = sample_ratio([821_588, 815_482], [0.5, 0.5])  # the example of Kohavi, Tang & Xu, chapter 21
    assert found.p_value == pytest.approx(stats.chisquare([821_588, 815_482]).pvalue, rel=1e-9)
    assert found.p_value == pytest.approx(1.8e-6, rel=0.05)
    assert found.mismatch


def test_shares_need_not_be_equal():
    assert not sample_ratio([900, 100], [9, 1]).mismatch
    assert sample_ratio([900, 100], [1, 1]).mismatch


def test_the_check_cries_wolf_once_in_a_thousand_experiments():
    counts = np.random.default_rng(0).multinomial(10_000, [0.5, 0.3, 0.2], size=5000)
    share = np.mean([sample_ratio(row, [0.5, 0.3, 0.2]).mismatch for row in counts])
    assert share < 0.003


def test_the_interval_of_two_proportions_is_the_textbooks():
    baseline, variant = Moments.of([1] * 100 + [0] * 900), Moments.of([1] * 130 + [0] * 870)
    found = contrast(ratio(baseline), ratio(variant))
    error = math.sqrt(0.1 * 0.9 / 999 + 0.13 * 0.87 / 999)
    assert found.difference == pytest.approx(0.03)
    assert (found.low, found.high) == pytest.approx((0.03 - 1.959964 * error, 0.03 + 1.959964 * error), rel=1e-6)
    assert found.p_value == pytest.approx(2 * stats.norm.sf(0.03 / error), rel=1e-9)
    assert found.relative == pytest.approx(0.3)


def test_the_p_value_of_two_means_is_welchs_for_many_persons():
    rng = np.random.default_rng(0)
    first, second = rng.exponential(2.0, 4000), rng.exponential(2.1, 5000)
    found = contrast(ratio(Moments.of(first)), ratio(Moments.of(second)))
    assert found.p_value == pytest.approx(stats.ttest_ind(first, second, equal_var=False).pvalue, rel=0.01)


def test_the_delta_method_agrees_with_the_bootstrap_over_persons():
    rng = np.random.default_rng(0)
    lists = rng.geometric(0.2, 800)
    clicks = rng.binomial(lists, rng.beta(2, 8, 800))
    drawn = rng.integers(800, size=(4000, 800))
    resampled = clicks[drawn].sum(axis=1) / lists[drawn].sum(axis=1)
    assert ratio(Moments.of(clicks, lists)).error == pytest.approx(resampled.std(), rel=0.05)
    naive = math.sqrt(clicks.sum() / lists.sum() * (1 - clicks.sum() / lists.sum()) / lists.sum())
    assert ratio(Moments.of(clicks, lists)).error > 1.2 * naive


def test_moments_of_parts_together_are_the_moments_of_the_whole():
    rng = np.random.default_rng(0)
    table = rng.random((3, 100))
    parts = [Moments.of(*table[:, :30]), Moments.of(*table[:, 30:99]), Moments.of(*table[:, 99:])]
    whole, together = Moments.of(*table), pooled(parts)
    assert together.n == 100
    np.testing.assert_allclose(together.mean, whole.mean)
    np.testing.assert_allclose(together.covariance, whole.covariance)


def test_moments_survive_being_kept():
    one = Moments.of([1.0, 2.0, 4.0], [1, 2, 3], [0, 1, 1])
    again = Moments.read(one.kept())
    np.testing.assert_array_equal(again.covariance, one.covariance)
    assert again.numerator == 7 and again.denominator == 6


def test_values_that_are_no_numbers_are_refused():
    with pytest.raises(ValueError, match="finite"):
        Moments.of([1.0, math.nan])


def test_cuped_takes_away_the_share_of_the_variance_that_was_foreseeable():
    rng = np.random.default_rng(0)
    before = rng.normal(10, 3, 20_000)
    now = before + rng.normal(0, 2, 20_000)  # correlation² = 9 / 13
    arm = Moments.of(now, covariate=before)
    slope = theta([arm])
    assert slope == pytest.approx(1.0, abs=0.02)
    assert adjusted(arm, slope, 10.0).variance / ratio(arm).variance == pytest.approx(1 - 9 / 13, rel=0.03)


def test_cuped_does_not_move_the_mean_over_many_experiments():
    rng, differences = np.random.default_rng(0), []
    for _ in range(400):
        before = rng.normal(0, 1, (2, 200))
        now = before + rng.normal(0, 1, (2, 200)) + np.array([[0.0], [0.3]])
        arms = [Moments.of(now[i], covariate=before[i]) for i in range(2)]
        slope, everyone = theta(arms), pooled(arms)
        both = [adjusted(arm, slope, everyone.mean[2]).value for arm in arms]
        differences.append(both[1] - both[0])
    assert np.mean(differences) == pytest.approx(0.3, abs=0.02)
    assert np.std(differences) == pytest.approx(0.1, rel=0.1)  # √(2/200) as if nothing of the past were in it


def test_the_sequential_boundary_is_robbins_mixture():
    n, rho_squared, alpha = 500, 0.02, 0.05
    by_hand = math.sqrt(2 * (n * rho_squared + 1) / (n**2 * rho_squared) * math.log(math.sqrt(11.0) / alpha))
    assert boundary(n, rho_squared, alpha) / math.sqrt(n) == pytest.approx(by_hand)


def test_the_sequential_p_value_is_the_level_at_which_its_interval_would_end_at_0():
    z = boundary(500, 0.02, 0.013)
    assert always_valid_p(z, 500, 0.02) == pytest.approx(0.013)


def test_the_sequential_interval_is_about_as_narrow_as_can_be_at_the_planned_end():
    widths = {factor: boundary(1000, factor * mixing(1000, 0.05), 0.05) for factor in (0.25, 0.5, 1.0, 2.0, 4.0)}
    assert min(widths, key=widths.get) == 1.0
    assert widths[1.0] == pytest.approx(3.03, abs=0.01)  # standard errors, against 1.96 for one look


def test_looking_after_every_person_errs_no_more_often_than_it_says():
    """The fixed interval does, which is why the sequential one exists."""
    rng, n, runs = np.random.default_rng(0), np.arange(20, 2001), 1000
    z = rng.normal(size=(runs, 2000)).cumsum(axis=1)[:, 19:] / np.sqrt(n)
    rho_squared = mixing(2000, 0.05)
    bounds = np.array([boundary(int(one), rho_squared, 0.05) for one in n])
    assert (np.abs(z) > bounds).any(axis=1).mean() <= 0.05
    assert (np.abs(z) > 1.96).any(axis=1).mean() > 0.3


def test_an_interval_of_nobody_is_infinite_and_not_an_error():
    found = contrast(Estimate(0.0, 0.0, 0), Estimate(0.5, 0.1, 3), method=SEQUENTIAL)
    assert found.high == math.inf and not found.significant


def test_the_plan_for_a_tenth_more_of_a_tenth_is_the_textbooks():
    """16 σ² / δ² is the rule of thumb for a power of 80%."""
    persons = persons_needed(baseline=0.1, variance=0.09, lift=0.1)
    assert persons == math.ceil(2 * 0.09 * (1.959964 + 0.841621) ** 2 / 0.01**2)
    assert persons == pytest.approx(16 * 0.09 / 0.01**2, rel=0.03)


def test_so_many_persons_find_the_lift_as_often_as_was_wished():
    persons = persons_needed(baseline=0.2, variance=0.16, lift=0.05, power=0.9)
    rng = np.random.default_rng(0)
    likes = [rng.binomial(persons, chance, 20_000) / persons for chance in (0.2, 0.21)]
    standard_error = math.sqrt(2 * 0.16 / persons)
    assert np.mean(np.abs(likes[1] - likes[0]) > 1.959964 * standard_error) == pytest.approx(0.9, abs=0.01)


def test_more_arms_and_looking_at_any_time_take_longer():
    wish = {"baseline": 0.1, "variance": 0.09, "lift": 0.1}
    assert persons_needed(**wish, arms=4) > persons_needed(**wish)
    assert persons_needed(**wish, method=SEQUENTIAL) == pytest.approx(1.91 * persons_needed(**wish), rel=0.01)


def test_a_smaller_ramp_takes_longer_and_nobody_coming_takes_for_ever():
    wish = {"baseline": 0.1, "variance": 0.09, "lift": 0.1}
    assert plan(per_day=1000, **wish).days * 2 == pytest.approx(plan(per_day=1000, ramp=0.5, **wish).days, abs=1)
    assert plan(per_day=0, **wish).days is None


def test_the_chance_to_win_is_what_drawing_from_the_posteriors_gives():
    rng = np.random.default_rng(0)
    successes, trials = np.array([20, 25, 30]), np.array([200, 210, 205])
    draws = rng.beta(1 + successes, 1 + trials - successes, size=(200_000, 3)).argmax(axis=1)
    np.testing.assert_allclose(best_of_rates(successes, trials), np.bincount(draws) / 200_000, atol=0.004)


def test_arms_of_which_nothing_is_known_are_equally_likely_to_be_the_best():
    np.testing.assert_allclose(best_of_rates([0, 0, 0, 0], [0, 0, 0, 0]), 0.25, atol=1e-6)


def test_an_arm_of_many_trials_is_compared_with_one_of_few():
    found = best_of_rates([100_000, 3], [1_000_000, 10])
    draws = np.random.default_rng(0).beta(4, 8, 200_000) > 0.1
    assert found[1] == pytest.approx(draws.mean(), abs=0.005)


def test_the_chance_of_the_better_mean_is_normal():
    found = best_of_means([Estimate(1.0, 0.04, 100), Estimate(1.3, 0.05, 100)])
    assert found[1] == pytest.approx(stats.norm.cdf(0.3 / 0.3), abs=1e-4)


def test_lists_of_one_person_count_for_less():
    clicks, lists = np.array([10, 0] * 50), np.full(100, 10)  # who clicks, clicks always
    successes, trials = effective(ratio(Moments.of(clicks, lists)), 1000)
    assert trials == pytest.approx(99)
    assert successes == pytest.approx(49.5)
