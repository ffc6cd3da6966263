import numpy as np
import pytest

from recommender.algorithms.baskets import Baskets, BasketsConfig, baskets
from recommender.data import Interactions, Items, Query
from recommender.testing import AlgorithmContract

HOUR = 3600.0


class TestBaskets(AlgorithmContract):
    algorithm_class = Baskets


def bought(*events: tuple[int, int, float], n_items: int = 4) -> Interactions:
    """(person, item, hours)."""
    persons, items, hours = zip(*events, strict=True)
    return Interactions.build(persons, items, times=np.array(hours) * HOUR, n_persons=9, n_items=n_items)


def test_a_pause_ends_a_basket_and_so_does_another_person():
    holds = baskets(bought((0, 0, 0), (0, 1, 1), (0, 2, 30), (1, 3, 30.5)), 24 * HOUR).toarray()
    assert holds.tolist() == [[1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]


def test_the_same_thing_twice_is_in_the_basket_once():
    assert baskets(bought((0, 1, 0), (0, 1, 1)), 24 * HOUR).toarray().tolist() == [[0, 1, 0, 0]]


def test_what_was_bought_together_scores_and_what_was_bought_weeks_later_does_not():
    fitted = Baskets().fit(bought((0, 0, 0), (0, 1, 0.1), (0, 2, 500)), Items(ids=np.arange(4)))
    scores = fitted.score(Query.of([0]))
    assert scores[1] > 0 == scores[2] == scores[0]


def test_what_goes_into_every_basket_says_less():
    """0 goes with 1 as often as with 2, and 2 is in everybody's basket."""
    events = [(0, 0, 0), (0, 1, 0), (0, 2, 0), *((person, item, 0) for person in range(1, 6) for item in (2, 3))]
    scores = Baskets().fit(bought(*events), Items(ids=np.arange(4))).score(Query.of([0]))
    assert scores[1] > scores[2] > 0


def test_a_pair_that_met_once_is_believed_less_than_one_that_met_often():
    events = [(person, item, 0) for person in range(4) for item in (0, 1)] + [(5, 2, 0), (5, 3, 0)]
    fitted = Baskets(BasketsConfig(popular=0.0)).fit(bought(*events), Items(ids=np.arange(4)))
    assert fitted.score(Query.of([0]))[1] == pytest.approx(4 / 6)
    assert fitted.score(Query.of([2]))[3] == pytest.approx(1 / 3)
