import numpy as np
import pytest

from recommender.language import cache as cache_module
from recommender.language.cache import VectorCache, encode_cached, text_hash


class CountingEncoder:
    """An encoder whose vector of a text is (length, 1), and which notes what it was asked."""

    dimensions = 2

    def __init__(self, fingerprint="f"):
        self.fingerprint = fingerprint
        self.asked = []

    def encode(self, texts, progress=None):
        self.asked += texts
        if progress:
            progress(len(texts), len(texts))
        return np.array([[len(text), 1] for text in texts], dtype=np.float32)


@pytest.fixture
def cache(tmp_path):
    return VectorCache(tmp_path / "vectors")


def test_the_hash_of_a_text_is_stable_and_32_digits_long():
    assert text_hash("tea") == "a9f74d1ec36ebdeb2da3f6e5868090cd"
    assert len(text_hash("\ud800")) == 32


def test_a_text_is_encoded_once_even_by_another_process(cache):
    encoder = CountingEncoder()
    first = encode_cached(encoder, ["tea", "shoe"], cache)
    again = encode_cached(encoder, ["shoe", "film", "tea"], VectorCache(cache.folder))
    assert encoder.asked == ["tea", "shoe", "film"]
    np.testing.assert_array_equal(first, [[3, 1], [4, 1]])
    np.testing.assert_array_equal(again, [[4, 1], [4, 1], [3, 1]])


def test_a_text_that_comes_twice_is_encoded_once(cache):
    encoder = CountingEncoder()
    np.testing.assert_array_equal(encode_cached(encoder, ["a", "bb", "a"], cache), [[1, 1], [2, 1], [1, 1]])
    assert encoder.asked == ["a", "bb"]


def test_no_texts_give_no_rows(cache):
    assert encode_cached(CountingEncoder(), [], cache).shape == (0, 2)


def test_another_encoder_does_not_see_the_vectors(cache):
    encode_cached(CountingEncoder("one"), ["tea"], cache)
    other = CountingEncoder("other")
    encode_cached(other, ["tea"], cache)
    assert other.asked == ["tea"]


def test_a_torn_write_costs_only_the_record_that_was_torn(cache):
    encode_cached(CountingEncoder(), ["a", "bb", "ccc"], cache)
    (file,) = cache.folder.iterdir()
    file.write_bytes(file.read_bytes()[:-5])
    encoder = CountingEncoder()
    np.testing.assert_array_equal(encode_cached(encoder, ["a", "bb", "ccc"], cache), [[1, 1], [2, 1], [3, 1]])
    assert encoder.asked == ["ccc"]
    encode_cached(encoder, ["a", "bb", "ccc"], cache)
    assert encoder.asked == ["ccc"]


def test_a_damaged_vector_is_made_anew_and_then_found(cache):
    encode_cached(CountingEncoder(), ["a", "bb"], cache)
    (file,) = cache.folder.iterdir()
    content = bytearray(file.read_bytes())
    content[40] ^= 1  # within the vector of "a"
    file.write_bytes(content)
    encoder = CountingEncoder()
    for _ in range(2):
        np.testing.assert_array_equal(encode_cached(encoder, ["a", "bb"], cache), [[1, 1], [2, 1]])
    assert encoder.asked == ["a"]


def test_what_was_encoded_before_an_interruption_is_kept(cache, monkeypatch):
    monkeypatch.setattr(cache_module, "CHUNK", 1)

    def stop_at_two(done, total):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        encode_cached(CountingEncoder(), ["a", "bb", "ccc"], cache, stop_at_two)
    encoder = CountingEncoder()
    encode_cached(encoder, ["a", "bb", "ccc"], cache)
    assert encoder.asked == ["bb", "ccc"]


def test_progress_counts_known_texts_as_done_and_ends_with_everything(cache):
    encode_cached(CountingEncoder(), ["a", "bb"], cache)
    calls = []
    encode_cached(CountingEncoder(), ["a", "bb", "ccc"], cache, lambda done, total: calls.append((done, total)))
    assert calls == [(3, 3), (3, 3)]


def test_a_real_encoder_gives_the_same_through_the_cache(cache, tiny):
    texts = ["red shoe", "green tea"]
    np.testing.assert_array_equal(encode_cached(tiny, texts, cache), tiny.encode(texts))
