import numpy as np
import pytest

from recommender.evaluation.experiments import BETTER_DOWN, Metric, analysed, chances_of, guarded, trials_of
from recommender.evaluation.moments import Moments

CTR = Metric("ctr")


def clicks(share: float, persons: int = 2000, lists: int = 3) -> Moments:
    """Persons with so many lists each, of whom `share` click all of them."""
    many = round(share * persons)
    return Moments.of([lists] * many + [0] * (persons - many), [lists] * persons)


def test_a_row_says_what_is_divided_by_what():
    [row] = analysed([clicks(0.1), clicks(0.2)], CTR)
    assert row.numerators == pytest.approx((600, 1200))
    assert row.denominators == pytest.approx((6000, 6000))
    assert row.variant.value == pytest.approx(0.2)
    assert row.contrast.significant and row.chance > 0.999


def test_several_variants_share_the_error_that_is_allowed():
    [alone] = analysed([clicks(0.1), clicks(0.12)], CTR)
    [first, _second] = analysed([clicks(0.1), clicks(0.12), clicks(0.1)], CTR)
    assert first.contrast.high - first.contrast.low > 1.1 * (alone.contrast.high - alone.contrast.low)


def test_less_is_better_where_the_metric_says_so():
    chances = chances_of([clicks(0.1), clicks(0.2)], Metric("dismissals", rate=False, better=BETTER_DOWN))
    assert chances[0] > 0.999


def test_an_experiment_of_one_arm_is_refused():
    with pytest.raises(ValueError, match="variant"):
        analysed([clicks(0.1)], CTR)


@pytest.mark.parametrize(("variant", "said"), [(0.5, "kept"), (0.3, "broken"), (0.47, "at risk")])
def test_a_guardrail_is_broken_only_when_that_is_sure(variant, said):
    [row] = analysed([clicks(0.5), clicks(variant)], CTR)
    assert guarded(row, worse_by=0.1) == said


def test_a_guardrail_on_something_bad_is_read_the_other_way_round():
    [row] = analysed([clicks(0.3), clicks(0.5)], CTR)
    assert guarded(row, worse_by=0.1, better=BETTER_DOWN) == "broken"
    assert guarded(row, worse_by=0.1) == "kept"


def test_thompson_sampling_counts_a_persons_lists_for_less():
    successes, trials = trials_of([clicks(0.1), clicks(0.2)])
    np.testing.assert_allclose(trials, 1999, rtol=0.001)
    np.testing.assert_allclose(np.divide(successes, trials), [0.1, 0.2])
