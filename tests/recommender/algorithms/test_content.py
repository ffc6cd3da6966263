import numpy as np

from recommender.algorithms.content import Content, ContentConfig
from recommender.data import Interactions, Items, Query
from recommender.testing import AlgorithmContract, checkerboard


class TestContent(AlgorithmContract):
    algorithm_class = Content


def no_events(n_items: int) -> Interactions:
    return Interactions.build([], [], n_persons=1, n_items=n_items)


def test_an_item_that_nobody_touched_is_found_by_its_words():
    items = Items(ids=np.arange(4), texts=["space opera", "space war opera", "garden roses", "roses and war"])
    assert Content().fit(no_events(4), items).recommend(Query.of([0], exclude=np.array([0])), 1).items[0] == 1


def test_without_words_the_vectors_decide():
    _, items = checkerboard()
    silent = Items(ids=items.ids, vectors=items.vectors)
    scores = Content().fit(no_events(len(items)), silent).score(Query.of([0]))
    assert scores[2::2].mean() > scores[1::2].mean()


def test_facets_count_as_words():
    items = Items(ids=np.arange(3), facets=[("brand:a",), ("brand:a",), ("brand:b",)])
    scores = Content(ContentConfig(words=1.0)).fit(no_events(3), items).score(Query.of([0]))
    assert scores[1] > 0 == scores[2]
