"""What people wrote in public about an item, as a few short quotes that its text can take in.

They are data like any other text of strangers: cleaned, cut, without anything that says who wrote them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .preparation import cut_to_tokens
from .text import clean, words

LONGEST = 60  # words of one quote
SHORTEST = 3  # words: "ok" and "+1" say nothing about the item
_TOO_LONG = 2_000  # characters that are read at all

# What could lead to a person: addresses of any kind, names that are called out to, numbers as long as a telephone's.
_PERSONAL = re.compile(
    r"(?:https?://|www\.)\S+"
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|(?<!\w)@\w+"
    r"|(?<![\w.])\+?\d(?:[\s().\-/]{0,2}\d){6,}(?!\w)"
)
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")  # written without spaces between words
SHORTEST_NAME = 3  # letters; of those that are written without spaces, 2
# What tokenizers take for tokens of their own ([SEP], <mask>, <|im_end|>) stands in brackets.
_BRACKETS = re.compile(r"[<>\[\]{}|]+")


@dataclass(frozen=True, slots=True)
class Said:
    """One text of one person; `helpful`: how many others found it so, as far as is known."""

    key: int
    person: int
    text: str
    time: float  # seconds since 1970
    helpful: float = 0.0


def quoted(text: str, names: Iterable[str] = ()) -> str:
    """A text as it may be quoted: on one line, without personal data, at most LONGEST words; "" if little is left.

    `names`: what people who wrote about the item are called.
    """
    text = _BRACKETS.sub(" ", _PERSONAL.sub(" ", clean(text[:_TOO_LONG])))
    text = " ".join(_without_names(text, names).split())
    text = cut_to_tokens(text, _count, LONGEST)
    return text if _count(text) >= SHORTEST else ""


def _without_names(text: str, names: Iterable[str]) -> str:
    """A whole name goes however it is written, a part of one only as the name writes it: Mr Long in a long coat."""
    wholes = {" ".join(name.split()) for name in names}
    parts = {part for whole in wholes for part in whole.split() if part != whole}
    for known, flags in ((wholes, re.IGNORECASE), (parts, 0)):
        told = sorted((re.escape(name) for name in known if _is_telling(name)), key=len, reverse=True)
        edged = [one if _CJK.search(one) else rf"(?<!\w){one}(?!\w)" for one in told]
        if edged:
            text = re.sub("|".join(edged).replace(r"\ ", r"\s+"), " ", text, flags=flags)
    return text


def _is_telling(name: str) -> bool:
    """Whether it can be a name: numbers and single letters are in every text."""
    shortest = 2 if _CJK.search(name) else SHORTEST_NAME
    return len(name) >= shortest and any(character.isalpha() for character in name)


def chosen(said: Iterable[Said], most: int, names: Iterable[str] = ()) -> list[Said]:
    """The texts to quote, as they may be: one a person, none twice, the most helpful first and then the newest.

    `names` stand in none of them.
    """
    names = tuple(names)
    persons: set[int] = set()
    texts: set[str] = set()
    kept: list[Said] = []
    for one in sorted(said, key=lambda one: (-one.helpful, -one.time, -one.key)):
        if len(kept) == most:
            break
        text = quoted(one.text, names) if one.person not in persons else ""
        if not text or text.casefold() in texts:
            continue
        persons.add(one.person)
        texts.add(text.casefold())
        kept.append(Said(one.key, one.person, text, one.time, one.helpful))
    return kept


def digest(quotes: Sequence[str], most_words: int) -> str:
    """The quotes in one text of at most `most_words`; the last that fits in part is cut."""
    return cut_to_tokens(" ".join(f"“{text}”" for text in quotes), _count, most_words) if quotes else ""


def _count(text: str) -> int:
    """Words, by no model's tokenizer: every model then reads the same."""
    return len(words(text))
