import numpy as np
import pytest
import torch

from recommender.language.trie import NOWHERE, OnlyWritten, Trie

END = 9
WORDS = [[1, 2], [1, 2, 3], [4], [], [4], [1, END]]


@pytest.fixture
def trie():
    return Trie(WORDS, END)


def tokens_after(trie, *prefix):
    rows, tokens = trie.allowed(trie.walk(np.array([prefix], dtype=np.int64).reshape(1, -1)))
    assert not rows.any()
    return sorted(tokens.tolist())


def test_only_what_continues_a_word_may_come_next(trie):
    assert tokens_after(trie) == [1, 4]
    assert tokens_after(trie, 1) == [2]
    assert tokens_after(trie, 1, 2) == [3, END]  # a word that begins another one
    assert tokens_after(trie, 4) == [END]


def test_after_a_word_or_outside_all_of_them_only_the_end_may_come(trie):
    assert tokens_after(trie, 4, END) == [END]
    assert tokens_after(trie, 7) == [END]
    assert tokens_after(trie, 1, 2, 3, END, END) == [END]


def test_words_that_cannot_be_told_apart_or_written_are_left_out(trie):
    assert trie.left_out == [3, 4, 5]
    assert len(trie) == 3


def test_many_prefixes_are_walked_at_once(trie):
    nodes = trie.walk(np.array([[1, 2], [4, END], [2, 1]]))
    rows, tokens = trie.allowed(nodes)
    assert sorted(zip(rows.tolist(), tokens.tolist(), strict=True)) == [(0, 3), (0, END), (1, END), (2, END)]


def test_what_was_written_is_known_by_its_number_whatever_comes_behind(trie):
    written = trie.written(np.array([[1, 2, END, 0], [1, 2, 3, END], [4, END, END, END], [1, 2, 0, 0], [7, 7, 7, 7]]))
    assert written.tolist() == [0, 1, 2, NOWHERE, NOWHERE]


def test_the_probability_is_shared_among_what_may_be_written(trie):
    scores = torch.zeros(2, 10)
    scores[:, 5] = 100.0  # what the model would rather say
    kept = OnlyWritten(trie)(torch.tensor([[0, 1, 2], [0, 4, END]]), scores)
    assert kept.exp()[0].nonzero().flatten().tolist() == [3, END]
    torch.testing.assert_close(kept.exp()[0, 3], torch.tensor(0.5))
    torch.testing.assert_close(kept.exp()[1, END], torch.tensor(1.0))


def test_an_empty_trie_allows_nothing_but_the_end():
    trie = Trie([], END)
    assert len(trie) == 0 and tokens_after(trie) == [END]


def test_ten_thousand_words_for_a_thousand_prefixes_are_looked_up_at_once():
    random = np.random.default_rng(0)
    words = random.integers(10, 500, (10_000, 4)).tolist()
    trie = Trie(words, END)
    prefixes = np.array(words[:1000])[:, :3]
    rows, tokens = trie.allowed(trie.walk(prefixes))
    allowed = set(zip(rows.tolist(), tokens.tolist(), strict=True))
    assert all((row, words[row][3]) in allowed for row in range(1000))
