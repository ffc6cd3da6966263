import numpy as np
import pytest

from recommender.evaluation.assignment import assigned, unit
from recommender.evaluation.bandit import regret, thompson
from recommender.evaluation.off_policy import off_policy


def test_the_share_of_an_arm_is_its_chance_to_be_the_best():
    found = thompson([100, 130], [1000, 1000], floor=0.0)
    np.testing.assert_allclose(found.shares, found.best)
    assert found.best[1] == pytest.approx(0.982, abs=0.005)


def test_no_arm_is_given_up_altogether():
    found = thompson([10, 300, 20], [1000, 1000, 1000])
    assert found.shares.min() == pytest.approx(0.05, abs=0.001)
    assert found.shares.sum() == pytest.approx(1.0)


def test_a_floor_that_leaves_no_room_is_refused():
    with pytest.raises(ValueError, match="cannot have"):
        thompson([0] * 3, [0] * 3, floor=0.4)


def test_regret_is_what_was_not_clicked_for_want_of_knowing_better():
    assert regret([99, 199], [998, 998]) == pytest.approx(998 * 0.1)


def test_the_bandit_loses_less_than_an_even_split():
    rates, rng, batch = np.array([0.10, 0.12, 0.16]), np.random.default_rng(0), 300

    def lost(adaptive: bool) -> float:
        successes, trials, shares = np.zeros(3), np.zeros(3), np.full(3, 1 / 3)
        for _ in range(60):
            shown = rng.multinomial(batch, shares)
            successes, trials = successes + rng.binomial(shown, rates), trials + shown
            shares = thompson(successes, trials).shares if adaptive else shares
        return float((trials * (rates.max() - rates)).sum())

    assert np.mean([lost(True) for _ in range(5)]) < 0.5 * np.mean([lost(False) for _ in range(5)])


def test_somebody_is_always_in_the_same_arm():
    assert {assigned("s", "somebody", [1, 1]) for _ in range(3)} == {assigned("s", "somebody", [1, 1])}


def test_arms_get_their_shares_of_persons():
    counts = np.bincount([assigned("salt", f"person-{n}", [0.5, 0.3, 0.2]) for n in range(20_000)])
    np.testing.assert_allclose(counts / 20_000, [0.5, 0.3, 0.2], atol=0.01)


def test_a_wider_ramp_adds_persons_and_moves_nobody():
    keys = [f"person-{n}" for n in range(2000)]
    narrow = {key: assigned("salt", key, [1, 1], 0.2) for key in keys}
    wide = {key: assigned("salt", key, [1, 1], 0.6) for key in keys}
    taking_part = {key: arm for key, arm in narrow.items() if arm is not None}
    assert len(taking_part) == pytest.approx(400, abs=60)
    assert all(wide[key] == arm for key, arm in taking_part.items())
    assert sum(arm is not None for arm in wide.values()) == pytest.approx(1200, abs=80)


def test_experiments_split_independently_of_each_other():
    both = np.array([[unit("a/arm", f"p{n}") < 0.5, unit("b/arm", f"p{n}") < 0.5] for n in range(20_000)])
    assert np.corrcoef(both.T)[0, 1] == pytest.approx(0.0, abs=0.03)


def logged(n: int, seed: int):
    """Lists whose slot shows one of four items, mostly the first; clicked by fixed rates."""
    rng, rates = np.random.default_rng(seed), np.array([0.3, 0.1, 0.2, 0.5])
    chances = np.array([0.7, 0.1, 0.1, 0.1])
    shown = rng.choice(4, size=n, p=chances)
    return (rng.random(n) < rates[shown]).astype(float), chances[shown], shown, rates


def test_ips_by_hand():
    found = off_policy([1, 0, 1, 0], [0.5, 0.5, 0.25, 0.25], [1.0, 0.0, 0.5, 0.5])
    assert found.ips == pytest.approx((2 * 1 + 2 * 1) / 4)
    assert found.snips == pytest.approx((2 + 2) / (2 + 2 + 2))


def test_the_policy_that_logged_gets_its_own_mean():
    rewards, propensities, _shown, _rates = logged(5000, 0)
    found = off_policy(rewards, propensities, propensities)
    assert found.ips == pytest.approx(rewards.mean())
    assert found.snips == pytest.approx(rewards.mean())
    assert found.effective == pytest.approx(5000)


@pytest.mark.parametrize("item", [0, 3])
def test_intervals_hold_the_truth_19_times_of_20(item):
    held = {"ips": 0, "snips": 0}
    for seed in range(300):
        rewards, propensities, shown, rates = logged(2000, seed)
        found = off_policy(rewards, propensities, (shown == item).astype(float))
        held["ips"] += found.ips_low <= rates[item] <= found.ips_high
        held["snips"] += found.snips_low <= rates[item] <= found.snips_high
    assert held["ips"] / 300 == pytest.approx(0.95, abs=0.035)
    assert held["snips"] / 300 == pytest.approx(0.95, abs=0.035)


def test_lists_of_one_person_do_not_make_the_interval_narrower():
    rewards, propensities, shown, _rates = logged(500, 0)
    alone = off_policy(rewards, propensities, (shown == 0).astype(float))
    again = off_policy(
        *(np.tile(one, 10) for one in (rewards, propensities, (shown == 0))), np.tile(np.arange(500), 10)
    )
    assert again.snips_high - again.snips_low == pytest.approx(alone.snips_high - alone.snips_low, rel=0.01)


def test_a_propensity_of_0_is_refused():
    with pytest.raises(ValueError, match="propensity"):
        off_policy([1.0], [0.0], [1.0])
