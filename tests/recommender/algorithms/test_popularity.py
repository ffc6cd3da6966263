import numpy as np

from recommender.algorithms.popularity import Popularity, PopularityConfig
from recommender.contracts import FitOptions
from recommender.data import HeldOut, Interactions, Items, Query
from recommender.testing import AlgorithmContract

DAY = 86_400.0


class TestPopularity(AlgorithmContract):
    algorithm_class = Popularity
    personal = False


def fading_fashion() -> tuple[Interactions, Items]:
    """Item 0 was chosen five times long ago, item 1 twice today."""
    interactions = Interactions.build(
        [0, 1, 2, 3, 4, 5, 6],
        [0, 0, 0, 0, 0, 1, 1],
        times=[0, 0, 0, 0, 0, 100 * DAY, 100 * DAY],
        n_persons=8,
        n_items=3,
    )
    return interactions, Items(ids=np.arange(3))


def test_without_a_half_life_the_most_chosen_item_wins():
    assert Popularity().fit(*fading_fashion()).recommend(Query(), 1).items[0] == 0


def test_with_a_half_life_todays_item_wins():
    popularity = Popularity(PopularityConfig(half_life=7.0)).fit(*fading_fashion())
    assert popularity.recommend(Query(), 1).items[0] == 1


def test_the_half_life_is_found_on_validation():
    validation = HeldOut([Query()], [np.array([1])], np.array([7]))
    popularity = Popularity().fit(*fading_fashion(), FitOptions(validation=validation))
    assert popularity.config.half_life is not None
    assert popularity.recommend(Query(), 1).items[0] == 1


def test_stronger_signals_count_more():
    interactions = Interactions.build([0, 1, 2], [0, 0, 1], values=[0.2, 0.2, 1.0], n_persons=3, n_items=2)
    assert Popularity().fit(interactions, Items(ids=np.arange(2))).recommend(Query(), 1).items[0] == 1
