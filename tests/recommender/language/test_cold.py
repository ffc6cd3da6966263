"""Withheld items are nowhere in what is learned from, and are ranked among themselves."""

from dataclasses import replace

import numpy as np
import pytest

from recommender.language.cold import ColdQuestions, figures, ranks, withhold

from .red_and_green import red_and_green


def test_withheld_items_are_nowhere_in_what_is_learned_from():
    corpus = red_and_green()
    warm, questions = withhold(corpus, 0.2, seed=1)
    withheld = set(questions.items.tolist())
    assert len(withheld) == 4
    assert not any(event.item in withheld for events in warm.histories for event in events)
    assert all(not withheld & set(history.tolist()) for history in questions.histories)


def test_withholding_leaves_something_to_ask_or_says_why():
    with pytest.raises(ValueError, match="too few to withhold"):
        withhold(replace(red_and_green(), histories=[]), 0.2, seed=0)


def test_a_constant_encoder_ranks_like_chance():
    questions = ColdQuestions(
        items=np.arange(9),
        histories=[np.array([9])],
        targets=np.array([3]),
        known=[np.zeros(0, dtype=np.int64)],
        persons=np.array([0]),
    )
    found = ranks(questions, np.ones((10, 4), dtype=np.float32) / 2, 0.8)
    assert found.tolist() == [5.0]
    assert figures(found, k=4)["recall@4"].tolist() == [0.0]


def test_what_a_person_had_already_is_not_in_their_way():
    vectors = np.array([[1.0, 0], [0.9, 0], [0.1, 0], [1.0, 0]], dtype=np.float32)
    questions = ColdQuestions(np.array([0, 1, 2]), [np.array([3])], np.array([1]), [np.array([0])], np.array([0]))
    assert ranks(questions, vectors, 1.0).tolist() == [1.0]
