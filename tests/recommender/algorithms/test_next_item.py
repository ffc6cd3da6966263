import numpy as np
import pytest

from recommender.algorithms.next_item import NextItem, NextItemConfig
from recommender.data import Interactions, Items, Query
from recommender.testing import AlgorithmContract, checkerboard


class TestNextItem(AlgorithmContract):
    algorithm_class = NextItem
    config = NextItemConfig(regularisation=10.0)


def dense_weights(past, future, together, kernel, regularisation) -> np.ndarray:
    """W by its definition, without the shortcut."""
    order = past.T @ past
    inverse = np.linalg.inv(order + together + kernel + regularisation * np.eye(len(kernel)))
    weights = inverse @ (past.T @ future + together + kernel)
    weights -= inverse * (np.diag(weights) / np.diag(inverse))
    return weights


def test_the_weights_are_those_of_the_definition():
    interactions = Interactions.build([0, 0, 0, 1, 1], [0, 1, 2, 2, 3], n_persons=2, n_items=4)
    items = Items(ids=np.arange(4), texts=["a b", "a", "b c", "c"])
    config = NextItemConfig(
        regularisation=2.0,
        together=0.5,
        past_decay=0.5,
        future_decay=0.25,
        reach=2,
        words=3.0,
        decay=1.0,
        evenness=0.0,
        kept=4,
    )
    model = NextItem(config).fit(interactions, items)
    past = np.array([[1, 0, 0, 0], [0.5, 1, 0, 0], [0, 0, 1, 0]])
    future = np.array([[0, 1, 0.25, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
    met = np.array([[1, 1, 1, 0], [0, 0, 1, 1]])
    # Each word is in two of four items, so all weigh the same.
    words = np.array([[1, 1, 0], [1, 0, 0], [0, 1, 1], [0, 0, 1]])
    words = words / np.linalg.norm(words, axis=1, keepdims=True)
    expected = dense_weights(past, future, 0.5 * met.T @ met, 3 * words @ words.T, 2.0)
    for item in range(4):
        row = model.score(Query.of([item]))
        np.testing.assert_allclose(np.delete(row, item), np.delete(expected[item], item), atol=1e-4)


def test_order_matters():
    interactions = Interactions.build(np.repeat(np.arange(8), 2), [0, 1] * 8, n_persons=8, n_items=3)
    model = NextItem(NextItemConfig(regularisation=1.0, together=0.0, evenness=0.0)).fit(
        interactions, Items(ids=np.arange(3))
    )
    assert model.score(Query.of([0]))[1] > 2 * model.score(Query.of([1]))[0]


def test_an_item_that_nobody_touched_is_reached_through_its_words():
    interactions, items = checkerboard()
    texts = [*items.texts, "red lipstick for lips", "garden hose"]
    wider = Items(ids=np.arange(len(texts)), texts=texts)
    known = Interactions.build(interactions.persons, interactions.items, n_persons=24, n_items=len(texts))
    scores = NextItem(NextItemConfig(words=4.0)).fit(known, wider).score(Query.of([0, 2]))
    assert scores[12] > scores[13]


def test_beyond_the_dense_limit_items_are_reached_through_transitions():
    interactions, _ = checkerboard()
    more = Interactions.build(
        [*interactions.persons, 24, 24, 25, 25], [*interactions.items, 0, 12, 12, 2], n_persons=26, n_items=13
    )
    model = NextItem(NextItemConfig(dense_limit=12)).fit(more, Items(ids=np.arange(13)))
    assert model.score(Query.of([0]))[12] > 0
    assert model.score(Query.of([12]))[2] > model.score(Query.of([12]))[1] == 0


def test_evenness_gives_every_item_of_the_history_the_same_voice():
    interactions, items = checkerboard()
    model = NextItem(NextItemConfig(evenness=1.0, decay=1.0)).fit(interactions, items)
    for item in range(4):
        assert np.linalg.norm(model.score(Query.of([item]))) == pytest.approx(1.0, rel=1e-4)
