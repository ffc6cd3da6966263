"""The click model and the people who click."""

from datetime import UTC, date, datetime

import numpy as np
import pytest

from recommender.simulation.clicks import ClickModel, react
from recommender.simulation.preferences import attractions
from recommender.simulation.visits import visits_of

LATE = datetime(2027, 1, 1, tzinfo=UTC)


def test_a_click_needs_a_look_and_an_attraction():
    reaction = react(np.tile([0.5, 0.0, 1.0, 0.2], (20_000, 1)), ClickModel(examination=0.8), np.random.default_rng(0))
    np.testing.assert_allclose(reaction.seen.mean(axis=0), [1, 0.8, 0.64, 0.512], atol=0.01)
    np.testing.assert_allclose(reaction.clicked.mean(axis=0), [0.5, 0, 0.64, 0.1024], atol=0.01)
    assert not (reaction.clicked & ~reaction.seen).any()
    assert not (reaction.converted & ~reaction.clicked).any()
    assert not (reaction.dismissed & reaction.clicked).any()
    assert (reaction.dwell > 0).sum() == reaction.clicked.sum()


def test_an_attraction_that_is_no_chance_is_refused():
    with pytest.raises(ValueError, match="between 0 and 1"):
        react(np.array([1.2]), ClickModel(), np.random.default_rng(0))


def test_people_differ_in_what_they_like_and_every_time_in_the_same_way():
    facets = [["drama"]] * 30 + [["comedy"]] * 30 + [["war"]] * 30 + [["farce"]] * 30
    first = attractions(facets, np.zeros(120), 40, seed=3)
    np.testing.assert_array_equal(first, attractions(facets, np.zeros(120), 40, seed=3))
    favourites = first.argmax(axis=1) // 30
    assert set(favourites.tolist()) == {0, 1, 2, 3}
    assert first.min() > 0 and first.max() <= 0.45


def test_items_of_a_liked_facet_attract_more():
    facets = [[f"facet-{n // 12}"] for n in range(120)]
    means = attractions(facets, np.zeros(120), 100, seed=0).reshape(100, 10, 12).mean(axis=2)
    ordered = np.sort(means, axis=1)
    assert (ordered[:, -1] > 2 * ordered[:, 3]).mean() > 0.95  # three are liked, seven are not


def test_a_day_is_the_same_whenever_it_is_played():
    day = date(2026, 11, 2)
    assert visits_of(day, 50, 1, before=LATE) == visits_of(day, 50, 1, before=LATE)
    assert visits_of(day, 50, 1, before=LATE) != visits_of(date(2026, 11, 3), 50, 1, before=LATE)


def test_visits_come_in_order_and_none_after_now():
    noon = datetime(2026, 11, 2, 12, tzinfo=UTC)
    visits = visits_of(noon.date(), 400, 1, before=noon)
    assert visits and [v.at for v in visits] == sorted(v.at for v in visits)
    assert visits[-1].at <= noon
    assert len(visits) < len(visits_of(noon.date(), 400, 1, before=LATE))


def test_nobody_can_like_items_that_are_not_there():
    with pytest.raises(ValueError, match="import some first"):
        attractions([], np.zeros(0), 3, seed=0)
