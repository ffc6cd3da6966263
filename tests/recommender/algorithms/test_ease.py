import numpy as np
import pytest

from recommender.algorithms.ease import Ease, EaseConfig
from recommender.data import Interactions, Items, Query
from recommender.testing import AlgorithmContract, checkerboard


class TestEase(AlgorithmContract):
    algorithm_class = Ease
    config = EaseConfig(regularisation=30.0)


def test_the_weights_are_those_of_the_paper():
    interactions, items = checkerboard()
    ease = Ease(EaseConfig(regularisation=5.0, decay=1.0, kept=len(items))).fit(interactions, items)
    matrix = np.zeros((interactions.n_persons, interactions.n_items))
    matrix[interactions.persons, interactions.items] = 1
    inverse = np.linalg.inv(matrix.T @ matrix + 5 * np.eye(len(items)))
    expected = -inverse / np.diag(inverse)
    np.fill_diagonal(expected, 0)
    np.testing.assert_allclose(ease.score(Query.of([4])), expected[4], atol=1e-5)


def test_newer_events_count_more():
    interactions, items = checkerboard()
    ease = Ease(EaseConfig(regularisation=1.0, decay=0.5)).fit(interactions, items)
    explanation = ease.explain(Query.of([0, 4, 0]), 2)
    assert explanation.contributions[2] == pytest.approx(4 * explanation.contributions[0])


def test_looking_often_is_not_liking_more():
    items = Items(ids=np.arange(3))
    once = Interactions.build([0, 0, 1, 1], [0, 1, 0, 2], n_persons=2, n_items=3)
    often = Interactions.build([0, 0, 0, 0, 1, 1], [0, 0, 0, 1, 0, 2], n_persons=2, n_items=3)
    np.testing.assert_allclose(Ease().fit(once, items).data_, Ease().fit(often, items).data_)


def test_beyond_the_limit_only_the_most_interacted_items_have_weights():
    interactions = Interactions.build([0, 0, 1, 1, 2, 2, 2], [0, 1, 0, 1, 0, 1, 2], n_persons=3, n_items=3)
    ease = Ease(EaseConfig(dense_limit=2)).fit(interactions, Items(ids=np.arange(3)))
    assert ease.score(Query.of([0]))[1] > 0
    assert ease.score(Query.of([0]))[2] == 0
