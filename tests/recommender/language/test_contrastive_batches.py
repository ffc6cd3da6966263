"""Each text is read once, and nothing that a person has to do with is a wrong answer for them."""

from dataclasses import replace

import numpy as np
import pytest

from recommender.contracts import EventView
from recommender.language.contrastive_batches import DECAY, Batches
from recommender.language.corpus import Event
from recommender.language.pairs import stretches

from .red_and_green import red_and_green


def batches(*histories: tuple[int, ...], corpus=None, **settings) -> Batches:
    corpus = corpus or red_and_green()
    events = [
        [Event(item, 1.0, float(time), EventView("like", corpus.titles[item])) for time, item in enumerate(own)]
        for own in histories
    ]
    corpus = replace(corpus, histories=events)
    defaults = {"in_words": 0.0, "hard": 0, "near": None, "seed": 0}
    return Batches(
        corpus,
        stretches(corpus, 6),
        corpus.items.texts,
        count_tokens=lambda text: len(text.split()),
        max_tokens=5,
        **{**defaults, **settings},
    )


def test_questions_are_the_fading_sum_of_what_came_before():
    batch = batches((4, 2, 7))(np.array([0]))
    texts = red_and_green().items.texts
    assert batch.columns == [texts[2], texts[4], texts[7]]
    assert batch.labels.tolist() == [0, 2]
    assert batch.weights == pytest.approx(np.array([[0, 1, 0], [1, DECAY, 0]]))


def test_a_text_is_read_once_however_many_chose_it():
    batch = batches((0, 1), (1, 0), (0, 1))(np.array([0, 1, 2]))
    assert len(batch.columns) == 2
    assert batch.labels.tolist() == [1, 0, 1]


def test_what_a_person_has_to_do_with_is_no_wrong_answer():
    batch = batches((0, 1, 2), (3, 4))(np.array([0, 1]))
    assert batch.wrong.tolist() == [
        [False, True, False, True, True],
        [False, False, True, True, True],
        [True, True, True, False, True],
    ]


def test_what_reads_like_the_right_answer_is_no_wrong_one():
    corpus = red_and_green()
    corpus.items.texts[4] = corpus.items.texts[1]
    batch = batches((0, 1), (3, 4), corpus=corpus)(np.array([0, 1]))
    assert batch.wrong.tolist() == [[False, True, True, False], [True, False, False, True]]


def test_what_is_chosen_often_is_corrected_by_its_share():
    batch = batches((0, 1), (2, 1), (3, 1), (4, 5))(np.array([0, 3]))
    assert batch.corrections[batch.labels] == pytest.approx(np.log([3 / 4, 1 / 4]))


def test_hard_answers_are_added_as_wrong_ones():
    near = np.tile(np.array([[9]]), (20, 1))
    batch = batches((0, 1), hard=3, near=near)(np.array([0]))
    assert batch.columns[2:] == [red_and_green().items.texts[9]]
    assert batch.wrong.tolist() == [[False, True, True]]


def test_histories_in_words_keep_the_newest_events():
    batch = batches((0, 1, 2, 3), in_words=1.0)(np.array([0]))
    texts = red_and_green().items.texts
    assert batch.words == [f"{texts[1]} {texts[2]}"]
    assert batch.labels[-1] == 3


def test_the_same_rows_give_the_same_batch():
    near = np.arange(20)[::-1].reshape(20, 1)
    made = batches((0, 1), (2, 3), (4, 5), in_words=0.5, hard=2, near=near)
    first, second = made(np.array([0, 2])), made(np.array([0, 2]))
    assert (first.columns, first.words) == (second.columns, second.words)
