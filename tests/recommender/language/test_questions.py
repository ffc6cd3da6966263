import numpy as np
import pytest

from recommender.contracts import EventView
from recommender.data import Items
from recommender.language.corpus import Corpus, Event
from recommender.language.questions import Questions, lost


def corpus(*histories, items=4):
    events = [[Event(item, signal, 0.0, EventView("like")) for item, signal in history] for history in histories]
    return Corpus(Items(ids=np.arange(items)), events, lambda views, language: "")


def liked(*items):
    return [(item, 1.0) for item in items]


def test_an_answer_that_lies_where_the_past_lies_is_found_first():
    vectors = np.array([[1, 0], [0.9, 0.1], [0, 1], [-1, 0]], dtype=np.float32)
    assert Questions.of(corpus(liked(0, 1)), range(4)).gains(vectors).tolist() == [1.0]


def test_the_second_rank_gains_less_by_the_logarithm():
    vectors = np.array([[1, 0], [0.9, 0.1], [0, 1], [-1, 0]], dtype=np.float32)
    assert Questions.of(corpus(liked(0, 2)), range(4)).gains(vectors)[0] == pytest.approx(1 / np.log2(3))


def test_items_that_were_seen_do_not_stand_before_the_answer():
    vectors = np.array([[1, 0], [1, 0], [0.5, 0.5], [-1, 0]], dtype=np.float32)
    assert Questions.of(corpus(liked(0, 1, 2)), range(4)).gains(vectors).tolist() == [1.0]


def test_vectors_that_are_all_alike_find_nothing():
    assert Questions.of(corpus(liked(0, 1), items=20), range(20)).gains(np.ones((20, 2), np.float32)).tolist() == [0.0]


def test_dislikes_and_searches_ask_nothing():
    assert len(Questions.of(corpus([(0, 1.0), (1, -1.0)], [(-1, 1.0), (0, 1.0)]), range(4))) == 0


def test_only_items_that_are_ranked_are_asked():
    asked = Questions.of(corpus(liked(0, 3), liked(3, 0), liked(0, 2)), [0, 2])
    assert asked.answers.tolist() == [1]


def test_what_is_lost_is_a_share_of_what_there_was():
    share, at_most = lost(np.array([1.0, 1.0, 0.0, 1.0]), np.array([1.0, 0.5, 0.0, 0.0]))
    assert share == pytest.approx(0.5)
    assert share < at_most <= 1


def test_the_same_gains_lose_nothing_however_persons_are_drawn():
    gains = np.array([1.0, 0.0, 0.3])
    assert lost(gains, gains) == (0.0, 0.0)
