"""From scores to a list: rules, exclusions, variety and places for fresh items."""

from itertools import pairwise

import numpy as np
import pytest

from recommender import pipeline
from recommender.data import Items, Query, Ranking
from recommender.steering import Directive, Steering


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


class TestVariety:
    """Twenty items of four kinds; the first five are the best and all of one kind."""

    KINDS = [f"kind {row // 5}" for row in range(20)]

    def vectors(self) -> np.ndarray:
        """Kinds are at right angles; within a kind all are nearly the same."""
        own = np.eye(4, dtype=np.float32)[np.arange(20) // 5]
        noisy = own + np.random.default_rng(0).normal(0, 0.05, own.shape).astype(np.float32)
        return noisy / np.linalg.norm(noisy, axis=1, keepdims=True)

    def listed(self, diversity, vectors=None, **options) -> list[int]:
        items = Items(ids=np.arange(20), vectors=vectors)
        ranked = pipeline.rank(
            Query(), falling(20), items, k=5, source="model", diversity=diversity, diversity_keys=self.KINDS, **options
        )
        return ranked.ranking.items.tolist()

    def likeness(self, rows) -> float:
        """Mean cosine of the pairs in a list: 1 − intra-list diversity."""
        own = self.vectors()[rows]
        return float((own @ own.T)[np.triu_indices(len(rows), 1)].mean())

    def test_none_of_it_keeps_the_order_of_the_scores(self):
        assert self.listed(0.0) == [0, 1, 2, 3, 4]

    def test_left_out_the_vertical_spreads_as_it_does(self):
        assert self.listed(None) == [0, 1, 2, 5, 6]

    def test_all_of_it_shows_a_kind_twice_only_when_each_was_shown(self):
        assert [row // 5 for row in self.listed(1.0)[:4]] == [0, 1, 2, 3]

    def test_more_of_it_makes_the_items_of_a_list_less_alike(self):
        lists = [self.listed(diversity, self.vectors()) for diversity in (0.0, 0.25, 0.5, 0.75, 1.0)]
        alike = [self.likeness(rows) for rows in lists]
        # One of each kind and one more is as varied as five of four kinds get: from there on only noise differs.
        assert all(later <= earlier + 0.02 for earlier, later in pairwise(alike)), alike
        assert alike[0] > 0.95 and alike[-1] < 0.2

    def test_the_best_item_stays_first(self):
        assert {self.listed(diversity, self.vectors())[0] for diversity in (0.0, 0.5, 1.0)} == {0}

    def test_rules_hold(self):
        assert all(row % 2 == 0 for row in self.listed(1.0, rules=[Even()]))

    def test_a_reranker_says_what_it_starts_from(self):
        class Backwards:
            slug = "backwards"

            def rerank(self, ranking, items, query, k):
                return Ranking(ranking.items[::-1][:k], ranking.scores[::-1][:k])

        assert self.listed(0.0, reranker=Backwards()) == [19, 18, 17, 16, 15]


class TestBoosts:
    SCORES = np.array([4, 3, 2, 1, 0], dtype=np.float32)
    ALL = np.ones(5, dtype=bool)

    def boosted(self, row: int, by: float, scores=None, allowed=None) -> np.ndarray:
        mask = np.arange(5) == row
        return pipeline.boosted(
            self.SCORES if scores is None else scores, [(mask, by)], self.ALL if allowed is None else allowed
        )

    def test_a_factor_moves_an_item_up_or_down_and_no_other(self):
        up, down = self.boosted(4, 5.0), self.boosted(0, 0.2)
        assert up.argmax() == 4 and down.argmin() == 0
        assert np.allclose(np.delete(up, 4), [4, 3, 2, 1], atol=1e-5)

    def test_one_changes_nothing_and_the_inverse_takes_it_back(self):
        assert np.allclose(self.boosted(2, 1.0), self.SCORES, atol=1e-5)
        mask = np.arange(5) == 2
        twice = pipeline.boosted(self.SCORES, [(mask, 4.0), (mask, 0.25)], self.ALL)
        assert np.allclose(twice, self.SCORES, atol=1e-5)

    def test_it_does_the_same_to_scores_of_any_scale_and_sign(self):
        order = np.argsort(-self.boosted(3, 2.0)).tolist()
        for scale, shift in ((1000.0, 0.0), (0.001, -5.0), (1.0, 400.0)):
            assert np.argsort(-self.boosted(3, 2.0, self.SCORES * scale + shift)).tolist() == order

    def test_what_lies_far_below_all_others_is_not_lowered_by_a_factor_above_1(self):
        scores = np.array([*[1.0] * 200, -1000.0], dtype=np.float32)
        boosted = pipeline.boosted(scores, [(np.arange(201) == 200, 3.0)], np.ones(201, dtype=bool))
        assert boosted[200] > -1000

    def test_what_was_not_found_stays_so(self):
        scores = np.array([1, 0.5, -np.inf, -np.inf, -np.inf], dtype=np.float32)
        assert not np.isfinite(self.boosted(3, 10.0, scores))[2:].any()
        nothing = np.full(5, -np.inf, dtype=np.float32)
        assert not np.isfinite(self.boosted(3, 10.0, nothing)).any()


class TestFurther:
    def after(self, k=100, **options) -> list[int]:
        scores, items = falling(100), catalogue(100)
        query, order = options.pop("query", Query()), options.pop("order", pipeline.Order())
        ranked = pipeline.rank(query, scores, items, k=5, source="model", **vars(order), **options)
        return pipeline.further(query, scores, items, ranked, k=k, page=5, order=order, **options).items.tolist()

    def test_it_holds_all_that_the_list_does_not_best_first(self):
        assert self.after() == list(range(5, 100))
        assert self.after(k=3) == [5, 6, 7]

    def test_exclusions_dates_and_rules_hold(self):
        allowed = np.arange(100) != 12
        found = self.after(allowed=allowed, rules=[Even()], query=Query(exclude=np.array([10])))
        assert found == list(range(14, 100, 2))

    def test_each_page_has_the_variety_of_a_list(self):
        keys = ["a"] * 20 + ["b"] * 80
        found = self.after(k=40, order=pipeline.Order(diversity_keys=keys))
        pages = [[keys[row] for row in found[start : start + 5]] for start in (0, 5)]
        assert pages == [["a", "a", "a", "b", "b"]] * 2
        assert len(set(found)) == 40

    def test_each_page_goes_through_the_reranker_and_what_it_leaves_out_stays_out(self):
        found = self.after(order=pipeline.Order(reranker=WithoutTens()))
        assert not {10, 20, 90} & set(found)
        assert sorted(found) == [row for row in range(6, 100) if row % 10]
        assert found[:5] == [11, 9, 8, 7, 6], "the best five, as the reranker turns them"

    def test_a_reranker_that_keeps_nothing_ends_the_list(self):
        assert self.after(order=pipeline.Order(reranker=Nothing())) == []

    def test_operators_rules_hold(self):
        mask = np.arange(100) == 50
        steering = Steering((Directive(1, "boost", "boost", mask, 10.0),))
        ranked = pipeline.rank(Query(), falling(100), catalogue(100), k=5, source="model")
        found = pipeline.further(Query(), falling(100), catalogue(100), ranked, k=10, page=5, steering=steering)
        assert found.items[0] == 50


class WithoutTens:
    """Turns the k best around, and leaves out every tenth item."""

    slug = "turned"

    def rerank(self, ranking, items, query, k):
        rows = ranking.items[ranking.items % 10 != 0][:k][::-1]
        return Ranking(rows, np.zeros(len(rows), dtype=np.float32))


class Nothing:
    slug = "nothing"

    def rerank(self, ranking, items, query, k):
        return Ranking(ranking.items[:0], ranking.scores[:0])
