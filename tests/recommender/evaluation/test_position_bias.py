"""How much each position is looked at, found from clicks alone."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.evaluation.position_bias import examine

THETA = np.array([1.0, 0.6, 0.3, 0.1])


def test_positions_and_worth_are_told_apart_where_groups_stood_differently():
    rng = np.random.default_rng(0)
    gamma = np.array([0.3, 0.15, 0.05])
    impressions = rng.integers(20_000, 60_000, size=(3, 4))
    clicks = rng.binomial(impressions, np.outer(gamma, THETA))
    found = examine(impressions, clicks)
    assert found.theta == pytest.approx(THETA, rel=0.1)
    assert found.corrected(impressions, clicks) == pytest.approx(gamma, rel=0.1)


def test_one_group_gets_the_click_rate_beside_the_first_positions():
    impressions = np.full((1, 4), 10_000)
    clicks = np.round(impressions * THETA * 0.2)
    assert examine(impressions, clicks).theta == pytest.approx(THETA, rel=0.01)


def test_a_position_where_nothing_was_shown_is_unknown():
    found = examine(np.array([[100, 0, 100]]), np.array([[10, 0, 5]]))
    assert np.isnan(found.theta[1]) and found.theta[2] == pytest.approx(0.5, rel=0.05)


def test_no_click_at_all_is_no_error():
    found = examine(np.array([[100, 100]]), np.array([[0, 0]]))
    assert found.corrected(np.array([[100, 100]]), np.array([[0, 0]])).tolist() == [0.0]
