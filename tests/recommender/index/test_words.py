import math

import numpy as np
import pytest

from recommender.index import words as words_module
from recommender.index.words import WordIndex
from recommender.language.text import asked_words, words

DOCUMENTS = ["red shoe", "red tea", "green tea from china", "绿茶礼盒", "a film about shoes"]


@pytest.fixture
def index():
    return WordIndex.build(DOCUMENTS, words)


def found(index, query, k=10, **options):
    return index.search(query, k, **options).items.tolist()


def test_the_document_with_more_of_the_words_comes_first(index):
    assert found(index, "red tea ") == [1, 0, 2]


def test_documents_without_any_of_the_words_are_not_found(index):
    assert found(index, "green ") == [2]
    assert found(index, "bicycle ") == []


def test_the_score_is_that_of_bm25():
    index = WordIndex.build(["red red tea", "tea"], words)
    # N = 2, n = 1, f = 2, length 3, mean length 2
    expected = math.log(1 + 1.5 / 1.5) * 2 * 2.2 / (2 + 1.2 * (1 - 0.75 + 0.75 * 3 / 2))
    assert index.search("red ", 1).scores[0] == pytest.approx(expected, rel=1e-5)


def test_a_word_in_a_weighted_field_counts_more():
    documents = [{"title": "tea", "text": "red shoe"}, {"title": "red shoe", "text": "tea"}]
    assert found(WordIndex.build(documents, words, {"title": 3}), "tea ") == [0, 1]
    assert found(WordIndex.build(documents, words, {"text": 3}), "tea ") == [1, 0]


def test_an_unfinished_last_word_finds_what_it_may_become(index):
    assert found(index, "red sh") == [0, 1, 4]


def test_only_the_last_word_may_be_unfinished(index):
    assert found(index, "re sho") == [0, 4]  # not "red tea"


def test_a_blank_or_the_caller_says_that_the_last_word_is_finished(index):
    assert found(index, "sho ") == []
    assert found(index, "sho", prefix=False) == []


def test_the_whole_word_comes_before_longer_ones():
    assert found(WordIndex.build(["artist", "art", "artery"], words), "art")[0] == 1


@pytest.mark.parametrize("query", ["绿", "茶", "绿茶", "礼盒"])
def test_chinese_is_found_by_any_part(index, query):
    assert found(index, query) == [3]


def test_one_chinese_character_of_a_longer_word_finds_nothing():
    index = WordIndex.build(["带一包饼干", "面包", "怎么种菜"], words, asked=asked_words)
    assert found(index, "面包") == [1]
    assert found(index, "酸面种") == []
    assert found(index, "包") == [1, 0]  # alone it is all that was said


@pytest.mark.parametrize("query", ["", "   ", "!?", '"unbalanced', "(a+)+$", "the " * 10_000, "x" * 100_000, "\x00"])
def test_odd_queries_are_answered(index, query):
    index.search(query, 10)


def test_k_limits_and_ties_go_to_the_lower_row():
    assert found(WordIndex.build(["tea"] * 5, words), "tea", k=2) == [0, 1]


def test_an_added_document_is_found_at_once(index):
    index.add(7, "purple bicycle")
    assert found(index, "bicycle") == [7]
    assert found(index, "bic") == [7]
    assert len(index) == 6


def test_a_document_that_is_added_again_replaces_the_old(index):
    index.add(0, "blue bicycle")
    assert 0 not in found(index, "red ")
    assert found(index, "blue ") == [0]
    assert len(index) == len(DOCUMENTS)


@pytest.mark.parametrize("position", [1, 7])
def test_a_removed_document_is_not_found(index, position):
    index.add(7, "red tea")
    index.remove(position)
    assert position not in found(index, "red tea")
    assert len(index) == len(DOCUMENTS)


def test_removing_what_is_not_there_does_nothing(index):
    index.remove(99)
    index.remove(-1)
    assert len(index) == len(DOCUMENTS)


def test_an_index_made_step_by_step_scores_like_one_that_was_built(index):
    grown = WordIndex(words)
    for position, document in enumerate(["another", *DOCUMENTS[1:]]):
        grown.add(position, document)
    grown.add(9, "to be removed red")
    grown.remove(9)
    grown.add(0, DOCUMENTS[0])
    for query in ("red tea ", "sho", "茶", "a"):
        np.testing.assert_array_equal(grown.search(query, 9).items, index.search(query, 9).items)
        np.testing.assert_allclose(grown.search(query, 9).scores, index.search(query, 9).scores, rtol=1e-5)


def test_moving_recent_documents_into_the_arrays_changes_no_answer(index, monkeypatch):
    index.add(5, "red bicycle")
    index.add(0, "blue shoe")
    index.remove(1)
    before = {query: index.search(query, 9) for query in ("red tea ", "sho", "b")}
    monkeypatch.setattr(words_module, "MAX_RECENT", 2)
    index.add(5, "red bicycle")
    index.add(6, "unrelated")
    index.remove(6)
    for query, ranking in before.items():
        np.testing.assert_array_equal(index.search(query, 9).items, ranking.items)
        np.testing.assert_allclose(index.search(query, 9).scores, ranking.scores, rtol=1e-5)


def test_an_empty_index_answers_with_nothing():
    assert found(WordIndex.build([], words), "tea") == []
    assert found(WordIndex.build(["", ""], words), "tea") == []


@pytest.mark.parametrize("wrong", [{"title": 0}, {"title": -1}])
def test_weights_must_be_above_zero(wrong):
    with pytest.raises(ValueError, match="above 0"):
        WordIndex.build([], words, wrong)


def test_negative_positions_and_k_below_one_are_refused(index):
    with pytest.raises(ValueError, match="start at 0"):
        index.add(-1, "tea")
    with pytest.raises(ValueError, match="at least 1"):
        index.search("tea", 0)
