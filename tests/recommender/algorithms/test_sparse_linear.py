import numpy as np

from recommender.algorithms.graph import Graph, GraphConfig
from recommender.contracts import FitOptions
from recommender.data import HeldOut, Query
from recommender.testing import checkerboard


def questions() -> HeldOut:
    """In both worlds of the checkerboard: what comes two places after the last item."""
    starts = [(item, item + 2) for item in range(8)]
    queries = [Query.of(pair, exclude=np.array(pair)) for pair in starts]
    return HeldOut(queries, [np.array([(last + 2) % 12]) for _, last in starts], np.arange(len(starts)))


def test_events_that_have_faded_away_are_not_looked_up():
    graph = Graph(GraphConfig(decay=0.2)).fit(*checkerboard())
    contributions = graph.explain(Query.of([0, *[1] * 20]), 2).contributions
    assert contributions[0] == 0


def test_strong_signals_count_in_proportion():
    graph = Graph().fit(*checkerboard())
    weak, strong = (graph.score(Query.of([0], values=np.array([value]))) for value in (0.5, 1.0))
    np.testing.assert_allclose(strong, 2 * weak)


def test_touched_items_are_those_whose_score_is_not_zero():
    graph = Graph().fit(*checkerboard())
    items, values = graph.touched(Query.of([0, 2]))
    scores = graph.score(Query.of([0, 2]))
    assert items.tolist() == np.flatnonzero(scores).tolist()
    np.testing.assert_allclose(scores[items], values, rtol=1e-6)


def test_settings_of_a_large_catalogue_are_searched_on_a_part_and_learned_on_the_whole():
    class Searched(Graph):
        search_items = 6
        looked_at: list[int] = []

        def _learn(self, prepared, options):
            self.looked_at.append(self.n_items_)
            return super()._learn(prepared, options)

    interactions, items = checkerboard()
    graph = Searched().fit(interactions, items, FitOptions(validation=questions()))
    assert Searched.looked_at[0] == 6
    assert Searched.looked_at[-1] == 12
    assert len(graph.indptr_) == 13
