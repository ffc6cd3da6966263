"""What a model reads of a person: as many of the newest events as fit, and in which language a text is.

No tokenizer is loaded here; callers bring the count of tokens of the model that is meant.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from .text import clean

Told = TypeVar("Told")


@dataclass(frozen=True, slots=True)
class Prepared:
    """Exactly what a model reads: `text`, its tokens, and how many of the oldest events were left out for it."""

    text: str
    tokens: int
    dropped_events: int
    language: str


def fit_to_tokens(
    events: Sequence[Told],
    render: Callable[[Sequence[Told]], str],
    count_tokens: Callable[[str], int],
    max_tokens: int,
) -> str:
    """The text of the newest of `events` (oldest first) that takes at most `max_tokens`; see `prepare`."""
    return prepare(events, render, count_tokens, max_tokens).text


def prepare(
    events: Sequence[Told],
    render: Callable[[Sequence[Told]], str],
    count_tokens: Callable[[str], int],
    max_tokens: int,
) -> Prepared:
    """Word the newest of `events` (oldest first), as many as fit into `max_tokens`.

    More events must not give fewer tokens. Where not even the newest event fits, its beginning is kept. Renders
    about 2 log₂ of the number of events that fit, however long the history is. Raises ValueError when `max_tokens`
    is below 1.
    """
    if max_tokens < 1:
        raise ValueError(f"A text of at most {max_tokens} tokens cannot be; give at least 1.")
    if not events:
        return Prepared("", 0, 0, "")
    worded: dict[int, tuple[str, int]] = {}

    def tokens(count: int) -> int:
        if count not in worded:
            text = clean(render(events[len(events) - count :]))
            worded[count] = text, count_tokens(text)
        return worded[count][1]

    beyond = 1  # doubled until it does not fit: a history of 10,000 events is not worded as a whole
    while beyond <= len(events) and tokens(beyond) <= max_tokens:
        beyond *= 2
    low, high = beyond // 2, min(beyond, len(events) + 1)  # `low` fits, `high` does not
    kept = low + bisect_right(range(low + 1, high), max_tokens, key=tokens)
    if kept == 0:
        text = cut_to_tokens(worded[1][0], count_tokens, max_tokens)
        return Prepared(text, count_tokens(text) if text else 0, len(events) - 1, detect_language(text))
    tokens(kept)
    text, count = worded[kept]
    return Prepared(text, count, len(events) - kept, detect_language(text))


def cut_to_tokens(text: str, count_tokens: Callable[[str], int], max_tokens: int) -> str:
    """The longest beginning of `text` with at most `max_tokens`."""
    if count_tokens(text) <= max_tokens:
        return text
    length = bisect_right(range(1, len(text)), max_tokens, key=lambda length: count_tokens(text[:length]))
    return text[:length].rstrip()


def token_counter(tokenizer: Any, special: bool = True) -> Callable[[str], int]:
    """Counts the tokens of a text, special ones included unless told otherwise, for a `tokenizers.Tokenizer`.

    The tokenizer itself may be set to cut texts, and then every text seems to fit: a copy counts.
    """
    counting = type(tokenizer).from_str(tokenizer.to_str())
    counting.no_truncation()
    counting.no_padding()
    return lambda text: len(counting.encode(text, add_special_tokens=special).ids)


# Languages are told apart for choosing a template and for the operator's eye. Two are written here; for anything
# else the answer is "not one of them", and the storefront's own language counts.
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_OTHER_EAST_ASIAN = re.compile(r"[\u3040-\u30ff\uac00-\ud7af]")  # kana and hangul
_LETTER = re.compile(r"[^\W\d_]")
_LATIN_WORD = re.compile(r"[a-z\u00c0-\u024f]+")
# Frequent characters that the 1956 reform changed, so that they are written in only one of the two ways.
_TRADITIONAL = frozenset("這個們來時國會說學對發後過還實現點開問樣麼種長嗎車東馬書見買賣電話語請門風飛鳥魚龍與從體")
_SIMPLIFIED = frozenset("这个们来时国会说学对发后过还实现点开问样么种长吗车东马书见买卖电话语请门风飞鸟鱼龙与从体")
_ENGLISH = frozenset(
    _LATIN_WORD.findall(
        "the of and to in is that it for with was are this on not you your my what how from by at or an be have has "
        "who which about without under over more best new"
    )
)
_NEIGHBOURS = frozenset(
    _LATIN_WORD.findall(
        "el la los las de del un una unos y que en por para con sin es se su lo le les des du et est dans pour avec "
        "sur une au aux der die das den dem ein eine und ist nicht mit von zu für auf im il di gli della che è non per "
        "o os as do da dos em uma não het een van voor niet met op och att det som är på og til af på"
    )
)
_ENGLISH_SPELLING = re.compile(r"th|sh|wh|ght|ck|oo|ee|ea|ow|ould|(?:ing|ly|ness|less|ful|ers?|ed|y|ware)$")
_NEIGHBOUR_SPELLING = re.compile(r"[^a-z]|sch|eux|ij|aa|ll[oa]|(?:[oai]s?|eur|ung|keit|lich|ão|eau|ette|elle|zione)$")


def detect_language(text: str) -> str:
    """Give "en", "zh-hans", or "" for another language or too little to tell.

    By script first. Han characters without kana or hangul are Chinese, simplified unless more of them are written
    the traditional way; Latin letters are English where its little words and spellings outweigh its neighbours'.
    """
    text = clean(text[:2000])
    letters = len(_LETTER.findall(text))
    if not letters:
        return ""
    if _OTHER_EAST_ASIAN.search(text):
        return ""
    han = _HAN.findall(text)
    # A Chinese character says about as much as three Latin letters: "OPI 指甲油" is Chinese.
    if 3 * len(han) >= letters - len(han):
        traditional = sum(character in _TRADITIONAL for character in han)
        simplified = sum(character in _SIMPLIFIED for character in han)
        return "" if traditional > simplified else "zh-hans"
    words = _LATIN_WORD.findall(text.lower())
    if 2 * sum(map(len, words)) < letters:
        return ""
    evidence = sum(map(_evidence, words))
    return "en" if evidence > 0 else ""


def _evidence(word: str) -> int:
    """How much a word speaks for English, below 0 for one of its neighbours."""
    if word in _ENGLISH or word in _NEIGHBOURS:
        return 3 * (word in _ENGLISH) - 3 * (word in _NEIGHBOURS)
    if len(word) < 3:
        return 0
    return bool(_ENGLISH_SPELLING.search(word)) - bool(_NEIGHBOUR_SPELLING.search(word))
