"""What a catalogue can be asked for: its numbers with their spread, and its labels by every name we know of them.

Nothing in here knows a vertical. Numeric fields find their quantity (duration, price, year, …) by the words of
their names; labels come from categories, tags, choices and whatever the schema calls a facet.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Literal, Protocol

import numpy as np

from catalog.schema import Field, Schema, say

from . import wishes_words_en as en
from .text import clean

#: Words in a field's name → the quantity that people mean by it. The first that fits.
QUANTITIES: Mapping[str, frozenset[str]] = {
    "level": frozenset({"level", "difficulty"}),
    "year": frozenset({"year"}),
    "calories": frozenset({"calories", "kcal", "energy"}),
    "weight": frozenset({"weight"}),
    "pages": frozenset({"pages"}),
    "episodes": frozenset({"episodes"}),
    "servings": frozenset({"servings", "portions"}),
    "duration": frozenset({"duration", "runtime", "minutes", "time", "length"}),
}
MOST_LABELS = 20_000  # beyond the most frequent ones nobody asks for a label by its name
LONGEST_LABEL = 60  # characters
LATEST_YEAR = 2100

_CJK = "\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
TOKEN = re.compile(
    rf"(?P<decade>(?:1[89]|20)?\d0['’]?s\b)|(?P<number>\d+(?:[.,]\d+)*)|(?P<cjk>[{_CJK}])"
    rf"|(?P<word>[^\W\d_{_CJK}]+(?:['’][^\W\d_{_CJK}]+)*)|(?P<sign>[^\s\w])"
)


_PARTED = re.compile(r"\s*(?:&|/|,|·|、| and | 和 )\s*")


class Columns(Protocol):
    """Where a catalogue's values come from: one entry an item, for each field of its schema and the common ones."""

    def numbers(self, field: str) -> np.ndarray:
        """(n,) float64, nan where missing; dates as seconds since 1970."""
        ...

    def labels(self, field: str) -> Sequence[Sequence[str]]:
        """The texts of each item as they are stored; none where missing."""
        ...


@dataclass(frozen=True)
class NumberField:
    """One numeric field. A quantity in its usual unit (minutes, grams, calories) is `factor` times the stored one."""

    field: str
    quantity: str
    kind: Literal["number", "money", "date"]
    factor: float
    values: np.ndarray  # known values, ascending

    def quantile(self, share: float) -> float:
        return float(np.quantile(self.values, share))

    def share_below(self, value: float) -> float:
        """Of the known values, how many lie at or below `value`."""
        return float(np.searchsorted(self.values, value, side="right") / len(self.values))


@dataclass(frozen=True)
class Label:
    """Values that items carry, and how a phrase means them.

    "name": it is what the value is called; "part": half of it, "coffee" of "Coffee & Tea"; "related": something that
    goes with it. `wider`: what a refusal of the phrase refuses, names that hold it as a part included.
    """

    field: str
    values: tuple[str, ...]
    by: Literal["name", "part", "related"] = "name"
    wider: tuple[str, ...] = ()


@dataclass(frozen=True)
class Vocabulary:
    """`labels` maps phrases (stems joined by blanks) to what they name; `units` words to (quantity, factor).

    `spelled`: the single words among those phrases as they are written, "falls" where `labels` has "fall".
    """

    schema: Schema
    numbers: Mapping[str, NumberField]  # by quantity
    labels: Mapping[str, Label]
    units: Mapping[str, tuple[str, float]]
    currency: str = ""
    counts: Mapping[tuple[str, str], int] = field(default_factory=dict)  # (field, value) → items
    spelled: frozenset[str] = frozenset()

    def number_of(self, name: str) -> NumberField | None:
        """The numeric field of that name, if the catalogue has values for it."""
        return next((number for number in self.numbers.values() if number.field == name), None)


def vocabulary_of(schema: Schema, columns: Columns, currency: str = "") -> Vocabulary:
    """Read the catalogue once. Sensitive fields are not asked for by name: a filter would tell who has what."""
    fields = [one for one in schema if not one.sensitive]
    numbers = _numbers(fields, columns)
    counts = _counts(fields, columns)
    units = {}
    for one in fields:
        if one.type in ("integer", "number") and (number := _of(numbers, one.name)):
            for words in (one.name.replace("_", " "), *_said(one)):
                units.setdefault(key_of(words), (number.quantity, 1.0))
    return Vocabulary(schema, numbers, _labels(fields, counts), units, currency, counts, _spelled(fields, counts))


def _numbers(fields: Sequence[Field], columns: Columns) -> dict[str, NumberField]:
    found: dict[str, NumberField] = {}
    numeric = [one for one in fields if one.type in ("integer", "number", "date")]
    candidates = [
        *((_quantity(one), one.name, "date" if one.type == "date" else "number", _factor(one)) for one in numeric),
        ("price", "price", "money", 1.0),
        ("published", "published_at", "date", 1.0),
        ("year", "published_at", "date", 1.0),
    ]
    for quantity, name, kind, factor in candidates:
        values = columns.numbers(name)
        values = np.sort(values[np.isfinite(values)])
        if quantity not in found and len(values):
            found[quantity] = NumberField(name, quantity, kind, factor, values)
    return found


def _of(numbers: Mapping[str, NumberField], name: str) -> NumberField | None:
    return next((number for number in numbers.values() if number.field == name), None)


def _quantity(one: Field) -> str:
    tokens = set(one.name.split("_"))
    return next((quantity for quantity, names in QUANTITIES.items() if tokens & names), one.name)


def _factor(one: Field) -> float:
    said = set(one.name.split("_")) | set(say(one.label, "en").lower().split())
    if {"seconds", "secs"} & said:
        return 1 / 60
    return 60.0 if {"hours"} & said else 1000.0 if {"kg", "kilograms"} & said else 1.0


def _counts(fields: Sequence[Field], columns: Columns) -> dict[tuple[str, str], int]:
    """How many items carry each label; the most frequent labels only."""
    counts: dict[tuple[str, str], int] = {}
    for name in label_fields(fields):
        for values in columns.labels(name):
            for value in values:
                counts[name, value] = counts.get((name, value), 0) + 1
    kept = sorted(counts, key=lambda one: (-counts[one], one))[:MOST_LABELS]
    return {one: counts[one] for one in kept if len(one[1]) <= LONGEST_LABEL}


def label_fields(fields: Iterable[Field]) -> list[str]:
    """Fields whose values are asked for by name, the most telling first."""
    asked = [
        one.name
        for one in fields
        if not one.sensitive
        and (one.type in ("choice", "boolean") or (one.type in ("text", "list") and (one.facet or one.searchable)))
    ]
    return ["category", *asked, "tag"]


def _labels(fields: Sequence[Field], counts: Mapping[tuple[str, str], int]) -> dict[str, Label]:
    """Own names first, then halves of names, then other names of the same thing, then what only goes with it."""
    by_name = {one.name: one for one in fields}
    order = {name: place for place, name in enumerate(label_fields(fields))}
    ranked = sorted(counts, key=lambda one: (order[one[0]], -counts[one], one[1]))
    parts: dict[tuple[str, str], list[str]] = {}
    for name, value in ranked:
        for part in _parts(value):
            parts.setdefault((name, part), []).append(value)
    labels: dict[str, Label] = {}
    for name, value in ranked:
        for phrase in map(key_of, _names(by_name.get(name), value)):
            if phrase:
                # "No leather" means cotton with leather, too; "no tea" does not mean all of Coffee & Tea.
                wider = () if name == "category" else tuple(parts.get((name, phrase), ()))
                labels.setdefault(phrase, Label(name, (value,), "name", (value, *wider)))
    for (name, part), values in parts.items():
        labels.setdefault(part, Label(name, tuple(values), "part", tuple(values)))
    for group in _groups():
        named = next((labels[phrase] for phrase in group if phrase in labels), None)
        if named is not None:
            for phrase in group:
                labels.setdefault(phrase, named)
    for phrase, goes_with in _related().items():
        if phrase not in labels and goes_with in labels:
            named = labels[goes_with]
            labels[phrase] = Label(named.field, named.values, "related", named.values)
    return labels


def _spelled(fields: Sequence[Field], counts: Mapping[tuple[str, str], int]) -> frozenset[str]:
    by_name = {one.name: one for one in fields}
    names = [name for field_name, value in counts for name in _names(by_name.get(field_name), value)]
    ours = [*"|".join(en.NAMES).split("|"), *"|".join(en.RELATED.values()).split("|")]
    parts = [part for name in names for part in _PARTED.split(name)]
    return frozenset(clean(word).lower() for word in (*names, *parts, *ours) if " " not in word)


def _names(one: Field | None, value: str) -> list[str]:
    if one is not None and one.type == "boolean":
        return [*_said(one), one.name.replace("_", " ")] if value == "true" else []
    said = [value]
    if one is not None and value in one.choice_labels:
        words = one.choice_labels[value]
        # A bare number or "all" in the middle of a sentence means something else.
        said = [*([value] if value.isalpha() and len(value) > 3 else []), *words.values()]
    return said


def _said(one: Field) -> list[str]:
    return [one.label] if isinstance(one.label, str) else list(one.label.values())


def _parts(value: str) -> list[str]:
    """The halves of "Coffee & Tea": each is asked for by itself, and then means the whole softly."""
    parts = _PARTED.split(value)
    return [key for part in parts if len(parts) > 1 and len(key := key_of(part)) > 2]


def key_of(words: str) -> str:
    """Words as they are looked up: stems joined by blanks, each Chinese character a word of its own."""
    found = []
    for token in TOKEN.finditer(clean(words).lower()):
        if token.lastgroup != "sign":
            found.append(stem(token[0]))
    return " ".join(found)


def stem(word: str) -> str:
    """Without the plural: "comedies" and "comedy" are one word here. Other languages stay as they are."""
    word = word.replace("'", "").replace("’", "")
    if not word.isascii() or len(word) < 4 or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3] + ("y" if len(word) > 5 else "ie")
    if word.endswith(("sses", "ches", "shes", "xes", "zes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") else word


@cache
def _groups() -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(key_of(name) for name in group.split("|")) for group in en.NAMES)


@cache
def _related() -> dict[str, str]:
    return {key_of(word): key_of(label) for label, words in en.RELATED.items() for word in words.split("|")}
