import numpy as np

from recommender.algorithms.text_features import tfidf, whitened
from recommender.data import Items


def cosines(**columns) -> np.ndarray:
    n = len(next(iter(columns.values())))
    rows = tfidf(Items(ids=np.arange(n), **columns))
    return (rows @ rows.T).toarray()


def test_rare_shared_words_say_more_than_common_ones():
    likeness = cosines(texts=["the opal ring", "the opal vase", "the silver ring", "the silver ring", "the ring", "a"])
    assert likeness[0, 1] > likeness[0, 4]


def test_words_of_one_item_alone_are_left_out():
    likeness = cosines(texts=["B0001 red shoe", "B0002 red shoe", "blue hat"])
    np.testing.assert_allclose(likeness[0, 1], 1, rtol=1e-5)


def test_a_facet_is_one_token_and_no_word():
    likeness = cosines(texts=["red", "x", "red"], facets=[(), ("colour:red",), ("colour:red",)])
    assert likeness[0, 1] == 0
    assert likeness[1, 2] > 0


def test_items_without_text_are_zero_rows():
    assert cosines(texts=["", "red", "red"])[0].tolist() == [0, 0, 0]
    assert tfidf(Items(ids=np.arange(3))).nnz == 0


def test_whitening_removes_what_all_texts_share():
    random = np.random.default_rng(0)
    vectors = (random.normal(size=(200, 6)) * [1, 1, 1, 1, 1, 0.1] + [5, 0, 0, 0, 0, 0]).astype(np.float32)
    rows = whitened(vectors, 6)
    assert abs((rows @ rows.T)[~np.eye(200, dtype=bool)].mean()) < 0.02
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, rtol=1e-4)


def test_unknown_texts_stay_zero_when_whitened():
    vectors = np.random.default_rng(0).normal(size=(20, 4)).astype(np.float32)
    vectors[3] = 0
    assert not whitened(vectors, 4)[3].any()


def test_without_vectors_there_is_nothing_to_whiten():
    assert whitened(None, 4) is None
    assert whitened(np.zeros((5, 4), np.float32), 4) is None
