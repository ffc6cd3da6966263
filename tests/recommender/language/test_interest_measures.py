import numpy as np
import pytest
from scipy.special import expit

from recommender.language.interest_measures import (
    auc,
    calibration_error,
    figures,
    log_loss,
    reliability,
    temperature,
)


def test_the_auc_counts_pairs_in_the_right_order_and_ties_half():
    assert auc([1, 1, 0, 0], [3.0, 1.0, 1.0, 0.0]) == pytest.approx(3.5 / 4)


def test_the_auc_of_one_kind_is_refused():
    with pytest.raises(ValueError, match="did not"):
        auc([1, 1], [0.1, 0.2])


def test_the_log_loss_of_not_knowing_is_the_logarithm_of_two():
    assert log_loss([True, False], [0.0, 0.0]) == pytest.approx(np.log(2))


def test_a_calibrated_forecast_has_no_calibration_error_and_an_overconfident_one_has():
    labels = np.array([1, 0, 0, 0] * 100)
    assert calibration_error(labels, np.full(400, 0.25)) == pytest.approx(0)
    assert calibration_error(labels, np.full(400, 0.75)) == pytest.approx(0.5)


def test_reliability_says_how_many_what_was_said_and_what_was_true():
    rows = reliability([1, 0, 1], [0.05, 0.07, 1.0])
    assert [{name: round(value, 9) for name, value in row.items()} for row in rows] == [
        {"from": 0.0, "count": 2, "said": 0.06, "true": 0.5},
        {"from": 0.9, "count": 1, "said": 1.0, "true": 1.0},
    ]


def test_the_temperature_undoes_a_scale_and_a_shift():
    random = np.random.default_rng(0)
    logits = random.normal(-1, 1, 20_000)
    labels = random.random(20_000) < expit(logits)
    scale, shift = temperature(labels, 3 * (logits + 0.5))
    assert scale == pytest.approx(3, rel=0.05)
    assert shift == pytest.approx(-0.5, abs=0.05)


def test_the_figures_are_of_logits():
    found = figures([1, 0], [2.0, -2.0])
    assert found["accuracy"] == found["auc"] == 1
    assert found["ece"] == pytest.approx(1 - expit(2.0))
