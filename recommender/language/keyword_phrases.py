"""Phrases of a text that could be keywords, in languages with and without blanks between words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from .text import clean

READ = 2000  # characters of a text
LONGEST = 3  # words of a phrase
LONGEST_CHINESE = 4  # characters of a phrase without blanks
SHORTEST = 3  # letters of a phrase that is one word

_HAN = "\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_STRETCH = re.compile(rf"[{_HAN}]+|[^\W{_HAN}_]+(?:['’&-][^\W{_HAN}_]+)*|[^\w\s]")
_IS_HAN = re.compile(rf"[{_HAN}]")

# Neither first nor last in a phrase. Small words of the languages that texts are written in, and what shops say of
# everything.
STOP = frozenset(
    re.findall(
        r"\w+",
        "a about after all also an and any are as at be been but by can do does each for from get had has have he her "
        "his how i if in into is it its just like made make may more most much my new no not of off on one only or "
        "other our out over own per she so some such than that the their them then there these they this those to too "
        "two up us use used very was we well were what when where which while who will with within without would you "
        "your",
    )
)
_STOP_HAN = frozenset("的了是在和与及或也都就而为以于之其个这那有被把从到对很更最不没我你他她它们吧吗呢啊着过")


def phrases(text: str) -> set[str]:
    """Lower-case phrases of one to LONGEST words, and of two to LONGEST_CHINESE Chinese characters or kana.

    A phrase does not reach over a punctuation mark, and does not begin or end with a word that says nothing.
    """
    found: set[str] = set()
    run: list[str] = []
    for stretch in _STRETCH.findall(clean(text[: 4 * READ])[:READ].casefold()):
        if stretch[0].isalnum() and not _IS_HAN.match(stretch):
            run.append(stretch.strip("-'’&"))
            continue
        found.update(_of_words(run))
        run = []
        if _IS_HAN.match(stretch):
            found.update(_of_characters(stretch))
    found.update(_of_words(run))
    return found


def _of_words(run: Sequence[str]) -> Iterator[str]:
    for start, first in enumerate(run):
        if first in STOP or not _wordy(first):
            continue
        for end in range(start + 1, min(start + LONGEST, len(run)) + 1):
            last = run[end - 1]
            if last in STOP or not _wordy(last) or (end == start + 1 and len(first) < SHORTEST):
                continue
            yield " ".join(run[start:end])


def _of_characters(stretch: str) -> Iterator[str]:
    for start in range(len(stretch)):
        for end in range(start + 2, min(start + LONGEST_CHINESE, len(stretch)) + 1):
            if stretch[start] not in _STOP_HAN and stretch[end - 1] not in _STOP_HAN:
                yield stretch[start:end]


def _wordy(word: str) -> bool:
    return any(character.isalpha() for character in word)


def parts_of(phrase: str) -> Iterator[str]:
    """The phrases that lie within one."""
    if _IS_HAN.match(phrase):
        yield from (part for part in _of_characters(phrase) if part != phrase)
    else:
        yield from (part for part in _of_words(phrase.split()) if part != phrase)
