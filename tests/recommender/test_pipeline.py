"""From scores to a list: rules, exclusions, variety and places for fresh items."""

import numpy as np
import pytest

from recommender import pipeline
from recommender.data import Items, Query, Ranking


class Even:
    """Lets through items whose id is even."""

    slug = "even"
    reason = {"en": "Odd."}

    def allows(self, items, query):
        return items.ids % 2 == 0


class Broken:
    slug = "broken"
    reason = {"en": "Broken."}

    def allows(self, items, query):
        raise RuntimeError("a plugin's mistake")


class WrongShape:
    slug = "wrong_shape"
    reason = {"en": "Wrong."}

    def allows(self, items, query):
        return np.array([True])


def catalogue(n: int) -> Items:
    return Items(ids=np.arange(n))


def falling(n: int) -> np.ndarray:
    """Item 0 is the best, item n − 1 the worst."""
    return np.arange(n, 0, -1).astype(np.float32)


def listed(n=100, scores=None, query=None, **options) -> list[int]:
    scores = falling(n) if scores is None else scores
    options.setdefault("k", 5)
    ranked = pipeline.rank(query or Query(), scores, catalogue(n), source="model", **options)
    return ranked.ranking.items.tolist()


def test_the_best_scores_come_first():
    assert listed() == [0, 1, 2, 3, 4]


def test_excluded_items_never_appear():
    assert listed(query=Query(exclude=np.array([0, 2]))) == [1, 3, 4, 5, 6]


def test_items_that_are_not_allowed_never_appear():
    allowed = np.ones(100, dtype=bool)
    allowed[:3] = False
    assert listed(allowed=allowed) == [3, 4, 5, 6, 7]


def test_rules_take_items_out():
    assert listed(rules=[Even()]) == [0, 2, 4, 6, 8]


def test_the_pool_widens_until_the_list_is_full():
    class OnlyTheLast:
        slug = "last"
        reason = {"en": "No."}

        def allows(self, items, query):
            return items.ids >= 990

    assert listed(1000, rules=[OnlyTheLast()]) == [990, 991, 992, 993, 994]


@pytest.mark.parametrize("rule", [Broken(), WrongShape()])
def test_a_broken_rule_lets_nothing_through(rule):
    assert listed(rules=[rule]) == []


def test_a_list_is_shorter_when_there_is_no_more():
    assert listed(3) == [0, 1, 2]


def test_a_rule_holds_for_fresh_items_too():
    fresh = np.array([51, 60])
    assert listed(rules=[Even()], fresh=fresh, fresh_places=1) == [0, 2, 4, 60, 6]


def test_a_fresh_item_gets_a_place_though_its_score_is_low():
    ranked = pipeline.rank(
        Query(), falling(100), catalogue(100), k=5, source="model", fresh=np.array([90, 95]), fresh_places=1
    )
    assert ranked.ranking.items.tolist() == [0, 1, 2, 90, 3]
    assert ranked.sources == ("model", "model", "model", "fresh", "model")


def test_a_fresh_item_that_earned_its_place_takes_no_second_one():
    ranked = pipeline.rank(
        Query(), falling(100), catalogue(100), k=5, source="model", fresh=np.array([1, 95]), fresh_places=1
    )
    assert ranked.ranking.items.tolist() == [0, 1, 2, 3, 4]
    assert ranked.sources[1] == "fresh"


def test_an_excluded_fresh_item_gets_no_place():
    assert listed(query=Query(exclude=np.array([90])), fresh=np.array([90]), fresh_places=1) == [0, 1, 2, 3, 4]


def test_no_more_than_half_of_a_list_is_alike_while_there_is_other():
    keys = ["crime"] * 10 + ["comedy"] * 10
    found = listed(20, k=6, diversity_keys=keys)
    assert found == [0, 1, 2, 10, 11, 12]


def test_a_list_of_one_kind_stays_full():
    assert listed(10, diversity_keys=["crime"] * 10) == [0, 1, 2, 3, 4]


def test_a_reranker_has_the_last_word_on_order_among_the_permitted():
    class Backwards:
        slug = "backwards"

        def rerank(self, ranking, items, query, k):
            assert items.ids.tolist() == ranking.items.tolist()
            return Ranking(ranking.items[::-1], ranking.scores[::-1])

    assert listed(6, k=6, reranker=Backwards(), rules=[Even()]) == [4, 2, 0]


def test_equal_scores_go_to_the_lower_row():
    assert listed(50, scores=np.zeros(50, dtype=np.float32)) == [0, 1, 2, 3, 4]


class TestProposals:
    def proposed(self, *proposals, **options):
        options.setdefault("k", 10)
        return pipeline.rank(Query(), falling(100), catalogue(100), source="model", proposals=proposals, **options)

    @staticmethod
    def of(source: str, *rows: int, places: int = 1) -> pipeline.Proposal:
        return pipeline.Proposal(source, Ranking(np.array(rows, np.int32), np.ones(len(rows), np.float32)), places)

    def test_each_source_gets_its_places_spread_over_the_list(self):
        ranked = self.proposed(self.of("a", 50, 51, places=1), self.of("b", 60, 61, places=1))
        assert ranked.ranking.items.tolist() == [0, 1, 2, 50, 3, 4, 60, 5, 6, 7]
        assert [source for source in ranked.sources if source != "model"] == ["a", "b"]

    def test_an_item_that_two_sources_propose_comes_once(self):
        ranked = self.proposed(self.of("a", 50), self.of("b", 50, 60))
        assert ranked.ranking.items.tolist().count(50) == 1 and ranked.sources[6] == "b"

    def test_rules_hold_for_what_is_proposed(self):
        ranked = self.proposed(self.of("a", 51, 53), rules=[Even()])
        assert "a" not in ranked.sources

    def test_a_short_list_keeps_what_was_proposed(self):
        assert self.proposed(self.of("a", 50), k=2).ranking.items.tolist() == [0, 50]
