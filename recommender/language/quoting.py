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


def quoted(text: str) -> str:
    """A text as it may be quoted: on one line, without personal data, at most LONGEST words; "" if little is left."""
    text = _BRACKETS.sub(" ", _PERSONAL.sub(" ", clean(text[:_TOO_LONG])))
    text = " ".join(text.split())
    text = cut_to_tokens(text, _count, LONGEST)
    return text if _count(text) >= SHORTEST else ""


def chosen(said: Iterable[Said], most: int) -> list[Said]:
    """The texts to quote, as they may be: one a person, none twice, the most helpful first and then the newest."""
    persons: set[int] = set()
    texts: set[str] = set()
    kept: list[Said] = []
    for one in sorted(said, key=lambda one: (-one.helpful, -one.time, -one.key)):
        if len(kept) == most:
            break
        text = quoted(one.text) if one.person not in persons else ""
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
