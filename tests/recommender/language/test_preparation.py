import random

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from recommender.language.preparation import (
    cut_to_tokens,
    detect_language,
    fit_to_tokens,
    prepare,
    token_counter,
)


def in_words(events):
    return " ".join(events)


def count(text):
    return len(text.split())


@pytest.mark.parametrize("max_tokens", range(1, 12))
@pytest.mark.parametrize("length", [0, 1, 2, 3, 7, 8, 9])
def test_as_many_of_the_newest_events_as_fit_are_kept(length, max_tokens):
    events = [f"e{place}" for place in range(length)]
    assert fit_to_tokens(events, in_words, count, max_tokens) == " ".join(events[-max_tokens:])


def test_events_of_many_tokens_are_kept_whole():
    assert fit_to_tokens(["a b c", "d e f", "g h i"], in_words, count, 7) == "d e f g h i"


def test_a_long_history_is_not_worded_as_a_whole():
    worded = []

    def render(events):
        worded.append(len(events))
        return in_words(events)

    prepared = prepare([str(place) for place in range(10_000)], render, count, 20)
    assert (prepared.tokens, prepared.dropped_events) == (20, 9_980)
    assert max(worded) <= 40
    assert len(worded) <= 12


def test_of_a_newest_event_that_does_not_fit_the_beginning_is_kept():
    prepared = prepare(["old", "one two three four"], in_words, count, 3)
    assert (prepared.text, prepared.tokens, prepared.dropped_events) == ("one two three", 3, 1)


def test_no_tokens_at_all_are_refused():
    with pytest.raises(ValueError, match="at least 1"):
        prepare(["a"], in_words, count, 0)


def test_the_text_is_cleaned_before_it_is_counted():
    prepared = prepare(["a<br/>b", "c\u200bd"], in_words, count, 9)
    assert (prepared.text, prepared.tokens) == ("a b cd", 3)


def test_a_tokenizer_that_cuts_is_counted_without_cutting():
    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.enable_truncation(2)
    assert token_counter(tokenizer)("a b c d") == 4
    assert len(tokenizer.encode("a b c d").ids) == 2


def test_a_cut_text_is_the_longest_beginning_that_fits():
    text = " ".join("word" * random.Random(0).randint(1, 3) for _ in range(50))
    assert cut_to_tokens(text, count, 10) == " ".join(text.split()[:10])


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The person watched “Heat”, on a phone; rated “Alien” 5 of 5.", "en"),
        ("something light for a rainy evening, not too long", "en"),
        ("red running shoes", "en"),
        ("Stoneware mug", "en"),
        ("此人早上用手机观看了“Heat”，给“Alien”打了5分。", "zh-hans"),
        ("OPI 指甲油", "zh-hans"),
        ("春季新款绿茶礼盒", "zh-hans"),
        ("這個電影講的是什麼？", ""),
        ("これは映画です", ""),
        ("이 영화는 재미있다", ""),
        ("Это фильм о космосе", ""),
        ("los zapatos rojos para el verano", ""),
        ("une robe rouge pour l'été", ""),
        ("ein rotes Kleid für den Sommer", ""),
        ("", ""),
        ("12345 !!! 🙂", ""),
    ],
)
def test_english_and_simplified_chinese_are_told_from_everything_else(text, language):
    assert detect_language(text) == language
