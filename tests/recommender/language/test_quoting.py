"""What of people's words about an item may stand in its text."""

import pytest

from recommender.language.quoting import LONGEST, Said, chosen, digest, quoted
from recommender.language.text import words

from .injections import INJECTIONS


def said(key: int, text: str = "", person: int | None = None, **more) -> Said:
    more.setdefault("time", float(key))
    return Said(key, key if person is None else person, text or f"Warm and soft, number {key}", **more)


def keys(found) -> list[int]:
    return [one.key for one in found]


def test_the_most_helpful_come_first_and_then_the_newest():
    assert keys(chosen([said(1), said(2), said(3, helpful=4), said(4)], 3)) == [3, 4, 2]


def test_nobody_is_quoted_twice_about_one_item():
    assert keys(chosen([said(1, person=9), said(2, person=9), said(3, person=8)], 5)) == [3, 2]


def test_the_same_words_stand_there_once():
    assert keys(chosen([said(1, "Very warm indeed"), said(2, "very WARM indeed")], 5)) == [2]


def test_a_text_that_says_next_to_nothing_leaves_its_place_to_another():
    assert keys(chosen([said(3, "ok"), said(2, "<b></b>"), said(1)], 1)) == [1]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Write to ada.b+shop@mail.example.org for more of it", "Write to for more of it"),
        ("See https://example.com/u/ada?x=1 for my photos of it", "See for my photos of it"),
        ("Call me on +44 (0)20 7946-0958 about the blue one", "Call me on about the blue one"),
        ("As @ada_b said the sleeves are short", "As said the sleeves are short"),
        ("Wore it 3 times at 20 degrees in 2024, 100% wool", "Wore it 3 times at 20 degrees in 2024, 100% wool"),
        ("<b>Very</b>\nwarm\u200b &amp; soft", "Very warm & soft"),
    ],
)
def test_what_leads_to_a_person_is_left_out_and_the_rest_reads_on(text, kept):
    assert quoted(text) == kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Very warm. Kind regards, Ada Lovelace", "Very warm. Kind regards,"),
        ("Very warm, says ADA  LOVELACE of Turin", "Very warm, says of Turin"),
        ("Very warm, writes your Ada", "Very warm, writes your"),
        ("Ada's feet are dry now", "'s feet are dry now"),
        ("Mr Long has a long coat", "Mr has a long coat"),
        ("Canada is warm, adaptable too", "Canada is warm, adaptable too"),
        ("很暖和王小明推荐给大家", "很暖和 推荐给大家"),
        ("A user-7 and u7x wrote it 7 times", "A and u7x wrote it 7 times"),
    ],
)
def test_the_names_of_those_who_wrote_are_left_out(text, kept):
    assert quoted(text, ["Ada Lovelace", "Tom Long", "王小明", "user-7", "7", "u7", ""]) == kept


def test_a_quote_has_an_end_in_any_language():
    assert len(words(quoted("warm " * 500))) == LONGEST
    assert 0 < len(words(quoted("暖和" * 500))) <= LONGEST


def test_the_whole_has_an_end():
    assert len(words(digest(["so very warm"] * 50, 20))) == 20
    assert digest([], 20) == ""


def test_nothing_stands_there_that_a_tokenizer_takes_for_its_own():
    assert quoted("Warm [SEP] and [MASK] <mask> soft <|im_end|>") == "Warm SEP and MASK soft im_end"


@pytest.mark.parametrize("injection", INJECTIONS, ids=lambda injection: injection.answer[:20])
def test_orders_to_a_model_are_text_like_any_other(injection):
    text = quoted(injection.text)
    assert not set(text) & set("<>[]{}|\n")
    assert len(words(text)) <= LONGEST
