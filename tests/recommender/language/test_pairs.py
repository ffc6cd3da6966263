"""What people chose after what: pairs, stretches and items that are hard to tell apart."""

from dataclasses import replace

import numpy as np

from recommender.contracts import EventView
from recommender.language.corpus import Event
from recommender.language.pairs import neighbours, next_pairs, stretches

from .red_and_green import red_and_green


def liked(*items: int) -> list[Event]:
    return [Event(item, 1.0, float(time), EventView("like")) for time, item in enumerate(items)]


def test_pairs_are_first_likes_after_another_like():
    events = [
        Event(0, 1.0, 0, EventView("like")),
        Event(-1, 0.0, 1, EventView("search", text="tea")),
        Event(0, 1.0, 2, EventView("like")),
        Event(1, -1.0, 3, EventView("dismiss")),
        Event(2, 1.0, 4, EventView("like")),
    ]
    pairs = next_pairs(replace(red_and_green(), histories=[events]))
    assert list(zip(pairs.befores.tolist(), pairs.targets.tolist(), strict=True)) == [(4, 2)]


def test_neighbours_are_the_nearest_others():
    vectors = np.array([[1, 0], [0.9, 0.1], [0, 1], [0.1, 0.9]], dtype=np.float32)
    assert neighbours(vectors, 1).tolist() == [[1], [0], [3], [2]]


def test_a_long_history_is_cut_where_the_next_stretch_begins():
    found = stretches(replace(red_and_green(), histories=[liked(0, 1, 2, 3, 4)]), 3)
    assert [stretch.items for stretch in found] == [(0, 1, 2), (2, 3, 4)]
    assert [stretch.places for stretch in found] == [(0, 1, 2), (2, 3, 4)]


def test_stretches_ask_for_the_same_answers_as_pairs():
    corpus = red_and_green()
    asked = [(own.person, item) for own in stretches(corpus, 4) for item in own.items[1:]]
    pairs = next_pairs(corpus)
    assert sorted(asked) == sorted(zip(pairs.persons.tolist(), pairs.targets.tolist(), strict=True))


def test_who_liked_one_item_asks_nothing():
    corpus = replace(red_and_green(), histories=[liked(0), [], liked(1, 1)])
    assert stretches(corpus, 4) == []
    assert len(next_pairs(corpus)) == 0
