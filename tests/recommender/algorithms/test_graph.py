import numpy as np
import pytest

from recommender.algorithms.graph import Graph, GraphConfig
from recommender.data import Interactions, Items, Query
from recommender.testing import AlgorithmContract


class TestGraph(AlgorithmContract):
    algorithm_class = Graph


def chains() -> tuple[Interactions, Items]:
    """Some went from 0 to 1, others from 1 to 2; nobody from 0 to 2. Item 3 stands alone."""
    return Interactions.build([0, 0, 1, 1], [0, 1, 1, 2], n_persons=3, n_items=4), Items(ids=np.arange(4))


def test_the_second_hop_reaches_what_nobody_chose_next():
    scores = Graph(GraphConfig(two_hops=0.5)).fit(*chains()).score(Query.of([0]))
    assert scores[1] > scores[2] > 0 == scores[3]


def test_without_the_second_hop_only_direct_successors_score():
    scores = Graph(GraphConfig(two_hops=0.0)).fit(*chains()).score(Query.of([0]))
    assert scores[1] > 0 == scores[2]


def test_a_step_back_counts_what_the_setting_says():
    forward_only = Graph(GraphConfig(backward=0.0, two_hops=0.0)).fit(*chains())
    assert forward_only.score(Query.of([2]))[1] == 0
    assert Graph(GraphConfig(backward=0.5, two_hops=0.0)).fit(*chains()).score(Query.of([2]))[1] > 0


def test_an_item_says_nothing_about_itself():
    graph = Graph().fit(*chains())
    assert graph.score(Query.of([1]))[1] == 0


def test_what_came_later_counts_less_by_the_gap():
    interactions = Interactions.build([0, 0, 0], [0, 1, 2], n_persons=1, n_items=3)
    config = GraphConfig(backward=0.0, two_hops=0.0, popular=0.0, gap_decay=0.5, reach=2)
    scores = Graph(config).fit(interactions, Items(ids=np.arange(3))).score(Query.of([0]))
    assert scores[2] == pytest.approx(0.5 * scores[1])
