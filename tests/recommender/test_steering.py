"""Operators' rules on plain arrays: what they do to scores and to a finished list."""

import numpy as np
import pytest

from recommender import pipeline
from recommender.data import Items, Query
from recommender.steering import SOURCE, Directive, Steering

N = 40


def rule(kind, *rows, amount=1.0, position=1, key=1, broken=False) -> Directive:
    mask = None if broken else np.isin(np.arange(N), rows)
    return Directive(key, f"{kind} {key}", kind, mask, amount, position)


def ranked(*rules, count=5, **options) -> pipeline.Ranked:
    """Item 0 has the best score; four more than shown are ranked, as when serving."""
    options.setdefault("query", Query())
    return pipeline.rank(
        scores=np.arange(N, 0, -1).astype(np.float32),
        items=Items(ids=np.arange(N)),
        k=count + 4,
        shown=count,
        source="model",
        steering=Steering(rules),
        **options,
    )


def listed(*rules, count=5, **options) -> list[int]:
    return ranked(*rules, count=count, **options).ranking.items.tolist()[:count]


class Low:
    """A vertical's own rule: nothing from row 30 on."""

    slug = "low"
    reason = {"en": "Too high."}

    def allows(self, items, query):
        return items.ids < 30


def test_a_filter_hides_what_fits():
    assert listed(rule("filter", 0, 2)) == [1, 3, 4, 5, 6]


def test_a_filter_that_cannot_be_read_lets_nothing_through():
    assert listed(rule("filter", broken=True)) == []


@pytest.mark.parametrize("kind", ["boost", "bury", "pin", "cap", "quota"])
def test_any_other_rule_that_cannot_be_read_changes_nothing(kind):
    assert listed(rule(kind, broken=True)) == [0, 1, 2, 3, 4]


def test_a_boost_lifts_and_a_bury_lowers():
    assert listed(rule("boost", 10, amount=9)) == [10, 0, 1, 2, 3]
    assert listed(rule("bury", 0, amount=9)) == [1, 2, 3, 4, 5]


def test_a_boost_of_one_standard_deviation_is_worth_that_much():
    spread = np.arange(N, 0, -1).std()
    steered = Steering((rule("boost", 10),)).steered(np.arange(N, 0, -1).astype(np.float32))
    assert steered[10] == pytest.approx(30 + spread, rel=1e-5)


def test_a_pin_stands_on_its_place_and_says_so():
    result = ranked(rule("pin", 33, position=3))
    assert result.ranking.items[:5].tolist() == [0, 1, 33, 2, 3]
    assert result.sources[2] == SOURCE


def test_a_pin_takes_the_best_of_what_fits_and_as_many_as_it_says():
    assert listed(rule("pin", 20, 21, 22, amount=2, position=1)) == [20, 21, 0, 1, 2]


def test_of_two_pins_on_one_place_the_weightier_has_it():
    assert listed(rule("pin", 33, position=1, key=1), rule("pin", 34, position=1, key=2)) == [33, 34, 0, 1, 2]


def test_an_item_that_was_listed_anyway_is_not_listed_twice():
    assert listed(rule("pin", 1, position=4)) == [0, 2, 3, 1, 4]


def test_a_cap_keeps_the_best_and_fills_up_with_others():
    assert listed(rule("cap", *range(20), amount=2)) == [0, 1, 20, 21, 22]


def test_a_cap_of_none_is_a_list_without():
    assert listed(rule("cap", 0, 1, amount=0)) == [2, 3, 4, 5, 6]


def test_a_quota_makes_room_at_the_end_of_what_is_shown():
    assert listed(rule("quota", 30, 31, 32, amount=2)) == [0, 1, 2, 30, 31]


def test_a_quota_that_is_met_already_changes_nothing():
    assert listed(rule("quota", 0, 4, amount=2)) == [0, 1, 2, 3, 4]


def test_two_quotas_are_both_kept():
    shown = listed(rule("quota", 30, 31, amount=2, key=1), rule("quota", 35, amount=1, key=2))
    assert {30, 31, 35} <= set(shown)
    assert shown[:2] == [0, 1]


def test_a_quota_never_goes_beyond_a_cap():
    shown = listed(rule("cap", 30, 31, 32, amount=1, key=1), rule("quota", 30, 31, 32, amount=3, key=2))
    assert len({30, 31, 32} & set(shown)) == 1


def test_a_pin_counts_towards_a_cap():
    shown = listed(rule("pin", 30, position=1, key=1), rule("cap", 0, 1, 30, amount=2, key=2))
    assert shown == [30, 0, 2, 3, 4]


@pytest.mark.parametrize("kind", ["pin", "quota", "boost"])
def test_what_the_person_the_dates_the_rules_or_a_filter_refuse_cannot_come_back(kind):
    allowed = np.ones(N, dtype=bool)
    allowed[20] = False
    wished = (20, 21, 22, 35)
    wish = rule(kind, *wished, amount=4.0, key=1)
    shown = listed(
        wish,
        rule("filter", 22, key=2),
        count=30,
        query=Query(exclude=np.array([21])),
        allowed=allowed,
        rules=[Low()],
    )
    assert not set(wished) & set(shown)


def test_a_pin_over_a_list_that_is_too_short_stands_at_its_end():
    allowed = np.zeros(N, dtype=bool)
    allowed[[3, 7]] = True
    assert listed(rule("pin", 7, position=9), allowed=allowed) == [3, 7]


def test_no_rules_cost_no_look_at_the_list():
    assert listed() == [0, 1, 2, 3, 4]
    assert not Steering(())
