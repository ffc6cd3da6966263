import numpy as np
import pytest

from recommender.data import Ranking
from recommender.index.fusion import fuse


def ranking(*items):
    return Ranking(np.array(items, dtype=np.int32), np.arange(len(items), 0, -1).astype(np.float32))


def test_scores_are_sums_of_reciprocal_ranks():
    fused = fuse([ranking(7, 5), ranking(5, 9)], 3)
    assert fused.items.tolist() == [5, 7, 9]
    np.testing.assert_allclose(fused.scores, [1 / 62 + 1 / 61, 1 / 61, 1 / 62], rtol=1e-6)


def test_being_found_by_both_beats_being_first_in_one():
    assert fuse([ranking(1, 2), ranking(3, 2)], 1).items.tolist() == [2]


def test_ties_go_to_the_lower_row():
    assert fuse([ranking(9), ranking(4)], 2).items.tolist() == [4, 9]


@pytest.mark.parametrize("rankings", [[], [ranking()], [ranking(), ranking()]])
def test_nothing_found_is_nothing_fused(rankings):
    assert len(fuse(rankings, 5)) == 0


def test_k_below_one_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        fuse([ranking(1)], 0)
