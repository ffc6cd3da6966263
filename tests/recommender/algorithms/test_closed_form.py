import numpy as np
import pytest
from scipy import sparse

from recommender.algorithms.closed_form import add_gram, inverse_in_place


@pytest.mark.parametrize("n", [1, 7, 600])
def test_the_inverse_is_whole_and_symmetric(n):
    factors = np.random.default_rng(0).normal(size=(n, n + 5)).astype(np.float32)
    matrix = factors @ factors.T / n + np.eye(n, dtype=np.float32)
    inverse = inverse_in_place(matrix.copy())
    np.testing.assert_allclose(inverse @ matrix, np.eye(n), atol=2e-3)
    np.testing.assert_array_equal(inverse, inverse.T)


def test_a_matrix_without_an_inverse_is_refused_with_advice():
    with pytest.raises(ValueError, match="regularisation"):
        inverse_in_place(-np.eye(3, dtype=np.float32))


def test_sparse_and_dense_features_add_the_same_gram_matrix():
    features = np.random.default_rng(0).integers(0, 2, size=(9, 5)).astype(np.float32)
    dense, thin = np.ones((5, 5), np.float32), np.ones((5, 5), np.float32)
    add_gram(features, 0.5, dense)
    add_gram(sparse.csr_array(features), 0.5, thin)
    np.testing.assert_allclose(dense, 1 + 0.5 * features.T @ features)
    np.testing.assert_allclose(thin, dense)
