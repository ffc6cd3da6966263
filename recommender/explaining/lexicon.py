"""The words that sentences about one vertical may use, in one language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from behaviour.kinds import Kind
from catalog.schema import Field, say

from ..contracts import Vertical
from ..language.phrases import language_code
from .lexicon_words import (
    AND,
    BEFORE_OBJECT,
    BEFORE_VERB,
    CUES,
    GLUE,
    GROUNDS,
    LIKING,
    MODALS,
    NUMBERS,
    REASONS,
    SUBJECTS,
    TOGETHER,
    VERBS,
    reason_words,
)
from .tokens import keys, normalised
from .trace import CATEGORY

Phrase = tuple[str, ...]


@dataclass(frozen=True)
class Pattern:
    """The words that a vertical puts around a title, and the kinds of behaviour for which it says so."""

    before: Phrase
    after: Phrase
    kinds: frozenset[str]


@dataclass(frozen=True)
class Lexicon:
    """`verbs` and `cues` map a phrase to the kinds, and to the fields, for which it is true.

    `labels` maps a facet to other ways of writing its value. Phrases are words joined by a blank in English,
    characters in Chinese.
    """

    code: str
    nouns: frozenset[str]
    verbs: Mapping[str, frozenset[str]]
    cues: Mapping[str, frozenset[str]]
    patterns: tuple[Pattern, ...]
    labels: Mapping[tuple[str, str], tuple[str, ...]]

    @classmethod
    def of(cls, vertical: Vertical, language: str) -> Lexicon:
        code = language_code(language)
        spoken = "zh-hans" if code == "zh" else "en"
        telling = [kind for kind in vertical.kinds if kind.polarity != "negative" and not kind.hides]
        patterns = _patterns(vertical, telling, spoken)
        fields = [field for field in vertical.item_schema if not field.sensitive]
        return cls(
            code=code,
            nouns=_nouns(say(vertical.item_noun, spoken), code),
            verbs=_verbs(telling, patterns, code),
            cues=_cues(fields, spoken, code),
            patterns=patterns,
            labels={
                (field.name, choice): (field.choice_label(choice, spoken),)
                for field in fields
                for choice in field.choices
            },
        )

    def is_modal(self, phrase: str) -> bool:
        return phrase in MODALS[self.code]

    def is_liking(self, phrase: str) -> bool:
        return phrase in LIKING[self.code]

    def is_subject(self, phrase: str) -> bool:
        return phrase in SUBJECTS[self.code]

    def is_and(self, phrase: str) -> bool:
        return phrase in AND[self.code]

    def is_together(self, phrase: str) -> bool:
        return phrase in TOGETHER[self.code]

    def is_glue(self, phrase: str) -> bool:
        return phrase in GLUE[self.code]

    def before_object(self, phrase: str) -> bool:
        return phrase in BEFORE_OBJECT[self.code] or phrase in self.nouns

    def before_verb(self, phrase: str) -> bool:
        return phrase in BEFORE_VERB[self.code]

    def number(self, phrase: str) -> int | None:
        return int(phrase) if phrase.isdecimal() and len(phrase) < 6 else NUMBERS[self.code].get(phrase)

    @property
    def grounds(self) -> tuple[str, ...]:
        return GROUNDS[self.code]

    @property
    def liking_kinds(self) -> frozenset[str]:
        """The kinds that say that somebody liked something."""
        return self.verbs.get("liked" if self.code == "en" else "喜欢", frozenset())

    @property
    def blank(self) -> str:
        return " " if self.code == "en" else ""

    @cached_property
    def phrases(self) -> frozenset[Phrase]:
        """Every phrase that is known, as the keys of its tokens."""
        code = self.code
        tables = (GLUE, MODALS, LIKING, TOGETHER, NUMBERS, BEFORE_OBJECT, BEFORE_VERB, SUBJECTS, AND)
        known = {phrase for table in tables for phrase in table[code]} | {*self.nouns, *self.verbs, *self.cues}
        return frozenset(keys(phrase) for phrase in known) - {()}

    @cached_property
    def longest(self) -> int:
        return max(len(phrase) for phrase in self.phrases)


def _nouns(noun: str, code: str) -> frozenset[str]:
    word = " ".join(keys(noun)) if code == "en" else noun
    return frozenset({word, f"{word}s"} if code == "en" else {word})


def _patterns(vertical: Vertical, telling: list[Kind], spoken: str) -> tuple[Pattern, ...]:
    """The vertical's own reasons. Its general one is true whatever the person did."""
    kinds: dict[tuple[Phrase, Phrase], set[str]] = {}
    names = {kind.name for kind in telling}
    general = _around(say(vertical.reason, spoken))
    kinds[general] = set(names)
    for name in sorted(names & {*vertical.reasons, *REASONS}):
        kinds.setdefault(_around(say(reason_words(vertical, name), spoken)), set()).add(name)
    found = [Pattern(before, after, frozenset(of)) for (before, after), of in kinds.items() if before or after]
    return tuple(sorted(found, key=lambda pattern: -len(pattern.before) - len(pattern.after)))


def _around(words: str) -> tuple[Phrase, Phrase]:
    before, _, after = words.partition("{title}")
    return keys(before), keys(after)


def _verbs(telling: list[Kind], patterns: tuple[Pattern, ...], code: str) -> dict[str, frozenset[str]]:
    """What verbs say, from the table and from reasons such as "Because you watched {title}"."""
    found: dict[str, set[str]] = {}
    for kind in telling:
        for word in VERBS.get(kind.name, {}).get(code, "").split():
            found.setdefault(word, set()).add(kind.name)
    subject, blank = ("you", " ") if code == "en" else ("你", "")
    for pattern in patterns:
        if not pattern.after and subject in pattern.before:
            phrase = pattern.before[pattern.before.index(subject) + 1 :]
            if phrase and not GLUE[code] & {blank.join(phrase)}:
                found.setdefault(blank.join(phrase), set()).update(pattern.kinds)
    return {word: frozenset(kinds) for word, kinds in found.items()}


def _cues(fields: list[Field], spoken: str, code: str) -> dict[str, frozenset[str]]:
    """Words for what a facet is to an item: the labels of fields, and the table's where the schema has the field."""
    names = {field.name for field in fields} | {CATEGORY}
    found: dict[str, set[str]] = {}
    for word, of in CUES[code].items():
        if known := names & set(of.split()):
            found.setdefault(word, set()).update(known)
    blank = " " if code == "en" else ""
    for field in fields:
        label = say(field.label, spoken) or field.name.replace("_", " ")
        for part in re.split(r"[^\w\s]", normalised(label)):  # marks part the two words of "Country / region"
            word = blank.join(keys(part))
            for written in {word, word.removesuffix("s")} - {""}:
                found.setdefault(written, set()).add(field.name)
    return {word: frozenset(of) for word, of in found.items()}
