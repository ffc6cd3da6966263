import numpy as np
import pytest

from recommender.index.exact import neighbours, top_k

VECTORS = np.array([[1, 0], [0, 1], [0.6, 0.8], [0, 0], [-1, 0]], dtype=np.float32)


def test_the_nearest_come_first_with_their_inner_products():
    ranking = top_k(VECTORS, np.array([1, 0], dtype=np.float32), 2)
    assert ranking.items.tolist() == [0, 2]
    np.testing.assert_allclose(ranking.scores, [1, 0.6])


def test_rows_of_zeros_never_come_up_while_opposite_ones_may():
    assert top_k(VECTORS, np.array([1, 0], dtype=np.float32), 9).items.tolist() == [0, 2, 1, 4]


def test_masked_rows_never_come_up():
    mask = np.array([False, True, True, True, True])
    assert top_k(VECTORS, np.array([1, 0], dtype=np.float32), 1, mask).items.tolist() == [2]


def test_a_query_of_zeros_finds_nothing():
    assert len(top_k(VECTORS, np.zeros(2, dtype=np.float32), 3)) == 0


def test_ties_go_to_the_lower_row():
    assert top_k(np.ones((50, 2), dtype=np.float32), np.ones(2, dtype=np.float32), 3).items.tolist() == [0, 1, 2]


def test_an_empty_index_finds_nothing():
    assert len(top_k(np.zeros((0, 2), dtype=np.float32), np.ones(2, dtype=np.float32), 3)) == 0


@pytest.mark.parametrize(("query", "k"), [(np.ones(3), 1), (np.ones((1, 2)), 1), (np.ones(2), 0)])
def test_questions_that_do_not_fit_are_refused(query, k):
    with pytest.raises(ValueError, match=r"must be at least 1|has the shape"):
        top_k(VECTORS, query, k)


def test_neighbours_are_others_best_first():
    indices, similarities = neighbours(VECTORS, 2)
    assert indices[0].tolist() == [2, 1]
    np.testing.assert_allclose(similarities[0], [0.6, 0], atol=1e-7)


def test_an_unknown_row_has_no_neighbours_and_is_nobodys():
    indices, similarities = neighbours(VECTORS, 4)
    assert indices[3].tolist() == [-1] * 4
    assert not similarities[3].any()
    assert 3 not in indices[[0, 1, 2, 4]]
    assert indices[0].tolist() == [2, 1, 4, -1]


def test_the_batch_changes_nothing():
    vectors = np.random.default_rng(0).normal(size=(30, 4)).astype(np.float32)
    one, many = neighbours(vectors, 5, batch=7), neighbours(vectors, 5, batch=100)
    np.testing.assert_array_equal(one[0], many[0])


@pytest.mark.parametrize("n", [0, 1])
def test_too_few_rows_have_no_neighbours(n):
    indices, similarities = neighbours(np.ones((n, 2), dtype=np.float32), 3)
    assert indices.tolist() == [[-1, -1, -1]] * n
    assert similarities.shape == (n, 3)
