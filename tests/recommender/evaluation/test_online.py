"""What counts as seen, clicked and converted, to the second."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.evaluation.online import Happened, ServedList, Tally, diversity, percentile, two_digits

KEY = ("home", 1, "ease", "")


def tally(**facts) -> Tally:
    found = Tally()
    found.add([ServedList(key=KEY, served=0.0, items=[(10, "model"), (11, "fresh"), (12, "model")], **facts)])
    return found


def test_a_list_that_nobody_saw_is_neither_clicked_nor_converted():
    lists = tally(clicks={0: 5.0}, events=[Happened(10, 6.0, goal=True)]).lists[KEY]
    assert (lists.lists, lists.seen, lists.clicked, lists.converted) == (1, 0, 0, 0)


@pytest.mark.parametrize(("after", "clicked"), [(0, 1), (1800, 1), (1800.001, 0)])
def test_a_click_counts_for_thirty_minutes_from_the_first_sight(after, clicked):
    found = tally(impressions={0: 100.0, 1: 900.0}, clicks={1: 100.0 + after})
    assert found.lists[KEY].clicked == clicked
    assert found.places[KEY, 1, "fresh"].clicks == clicked


@pytest.mark.parametrize(("after", "converted"), [(0, 1), (86_400, 1), (86_400.001, 0)])
def test_a_goal_counts_for_a_day_from_the_first_sight(after, converted):
    found = tally(impressions={0: 100.0}, events=[Happened(12, 100.0 + after, goal=True, revenue=250, currency="EUR")])
    assert found.lists[KEY].converted == converted
    assert found.revenue == ({(KEY, 2, "EUR"): 250} if converted else {})


def test_a_goal_from_before_the_list_is_not_its_doing():
    assert tally(impressions={0: 100.0}, events=[Happened(10, -301.0, goal=True)]).lists[KEY].converted == 0


def test_two_clicks_make_one_clicked_list():
    found = tally(impressions={0: 1.0, 1: 1.0}, clicks={0: 2.0, 1: 3.0})
    assert found.lists[KEY].clicked == 1
    assert sum(place.clicks for place in found.places.values()) == 2


def test_what_happened_to_an_item_outside_the_list_counts_for_the_list_alone():
    found = tally(impressions={0: 1.0}, events=[Happened(99, 2.0, goal=True), Happened(None, 2.0, dismissal=True)])
    assert found.places[KEY, -1, ""].conversions == 1
    assert found.places[KEY, -1, ""].dismissals == 1


def test_only_what_came_into_sight_was_shown():
    assert tally(impressions={1: 1.0}).shown == {11}


@pytest.mark.parametrize(("took", "rounded"), [(0.2, 1), (7.01, 8), (99.0, 99), (99.1, 100), (101, 110), (1234, 1300)])
def test_milliseconds_are_rounded_up_to_two_digits(took, rounded):
    assert two_digits(took) == rounded


def test_a_percentile_is_the_smallest_value_that_so_many_do_not_exceed():
    counts = {10: 90, 20: 5, 500: 5}
    assert [percentile(counts, share) for share in (0.5, 0.95, 0.951)] == [10, 20, 500]
    assert percentile({}, 0.95) is None


def test_diversity_is_one_minus_the_mean_cosine_of_pairs():
    same, apart = np.array([[1.0, 0], [1, 0]]), np.array([[1.0, 0], [0, 1], [1, 0]])
    assert diversity(same) == pytest.approx(0.0)
    assert diversity(apart) == pytest.approx(1 - 1 / 3)
    assert diversity(same[:1]) is None
