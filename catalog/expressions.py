"""Conditions over items that strangers may write: `price < 2000 and not (brand in ("Acme", "Bolt"))`.

Text is read into a small tree, checked against the schema before anything runs, and evaluated on columns. Nothing in
it can call, import or reach anything: there are fields, comparisons, and, or, not.

    condition   := conjunction ("or" conjunction)*
    conjunction := negation ("and" negation)*
    negation    := "not" negation | "(" condition ")" | comparison
    comparison  := field ("=" | "!=" | "<" | "<=" | ">" | ">=") value
                 | field ["not"] "in" "(" value ("," value)* ")"
                 | field "is" ("missing" | "present")

A list fits `=` when one of its entries does. A value that is missing fits no comparison, `!=` included; ask for it
with `is missing`. Texts compare without regard to case, dates as dates.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import numpy as np

from .schema import Field, Schema

LONGEST = 2_000  # characters
DEEPEST = 20  # brackets and negations inside each other
MOST_VALUES = 100  # in one list
AROUND = 40  # characters of the text, before and after, are shown with an error

#: Fields that items of every vertical have, beside those of its schema.
COMMON = Schema(
    (
        Field("id", "text"),
        Field("title", "text"),
        Field("category", "list"),
        Field("tag", "list"),
        Field("price", "number"),
        Field("currency", "text"),
        Field("language", "text"),
        Field("published_at", "date"),
    )
)

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>-?\d+(?:\.\d+)?(?![\w.]))|(?P<name>[^\W\d]\w*)|(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
    r"""|(?P<sign><=|>=|!=|==|=|<|>|\(|\)|,))"""
)
_WORDS = {"and", "or", "not", "in", "is", "true", "false"}
_ORDER: dict[str, Callable[[np.ndarray, float], np.ndarray]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}


class ExpressionError(ValueError):
    """The text is no condition over this schema. `position` is the character that it stumbles over, from 0."""

    def __init__(self, message: str, position: int):
        self.position = position
        super().__init__(f"{message} (character {position + 1})")

    def shown(self, text: str) -> str:
        """The sentence, and below it the part of `text` that it is about, with a caret under the character."""
        start = max(self.position - AROUND, 0)
        line = "".join(c if c.isprintable() else " " for c in text[start : self.position + AROUND])
        before, after = "…" if start else "", "…" if self.position + AROUND < len(text) else ""
        return f"{self}\n{before}{line}{after}\n{' ' * (self.position - start + len(before))}^"


class TextColumn:
    """By each text, casefolded, the items that have it: to ask for a value costs as much as it has items."""

    def __init__(self, texts: Sequence[Sequence[str]]):
        self.size = len(texts)
        self._rows: dict[str, list[int]] = {}
        written: dict[str, list[int]] = {}
        for row, own in enumerate(texts):
            for text in own:
                written.setdefault(text, []).append(row)
        for text, rows in written.items():  # folding each text once is what makes this fast
            self._rows.setdefault(text.casefold(), []).extend(rows)
        self.known = np.fromiter(map(bool, texts), dtype=bool, count=self.size)  # (n,) whether there is a value

    @classmethod
    def of(cls, texts: TextColumn | Sequence[Sequence[str]]) -> TextColumn:
        return texts if isinstance(texts, cls) else cls(texts)

    def having(self, values: frozenset[str]) -> np.ndarray:
        """(n,) bool: one of their texts is among `values`."""
        mask = np.zeros(self.size, dtype=bool)
        for value in values & self._rows.keys():
            mask[self._rows[value]] = True
        return mask


class Columns(Protocol):
    """Where values come from: one entry an item, for every field of the schema and of COMMON."""

    def numbers(self, field: str) -> np.ndarray:
        """(n,) float64, nan where missing; booleans as 0 and 1, dates as seconds since 1970."""
        ...

    def texts(self, field: str) -> TextColumn | Sequence[Sequence[str]]:
        """The texts of each item, none where missing; as a TextColumn where they are asked for more than once."""
        ...


class Node(Protocol):
    def mask(self, columns: Columns) -> np.ndarray: ...


@dataclass(frozen=True)
class Expression:
    """A condition that was checked. `fields` are those that it reads."""

    text: str
    fields: frozenset[str]
    root: Node

    def mask(self, columns: Columns) -> np.ndarray:
        """(n,) bool: the items that it is true of."""
        return self.root.mask(columns)


def parse(text: str, schema: Schema, common: Schema = COMMON) -> Expression:
    """`common`: the fields beside those of the schema; without it, those of items.

    Raises ExpressionError that points at the character and says what is expected there.
    """
    if len(text) > LONGEST:
        raise ExpressionError(f"A condition is at most {LONGEST:,} characters long, this one has {len(text):,}.", 0)
    parser = _Parser(text, {field.name: field for field in (*common, *schema)})
    root = parser.condition(0)
    if parser.token.kind != "end":
        raise parser.error('Expected "and", "or" or the end')
    return Expression(text, frozenset(parser.seen), root)


@dataclass(frozen=True)
class _All:
    parts: tuple[Node, ...]

    def mask(self, columns: Columns) -> np.ndarray:
        return np.logical_and.reduce([part.mask(columns) for part in self.parts])


@dataclass(frozen=True)
class _Any:
    parts: tuple[Node, ...]

    def mask(self, columns: Columns) -> np.ndarray:
        return np.logical_or.reduce([part.mask(columns) for part in self.parts])


@dataclass(frozen=True)
class _Not:
    part: Node

    def mask(self, columns: Columns) -> np.ndarray:
        return ~self.part.mask(columns)


@dataclass(frozen=True)
class _Compare:
    field: str
    sign: str
    value: float

    def mask(self, columns: Columns) -> np.ndarray:
        return _ORDER[self.sign](columns.numbers(self.field), self.value)  # nan compares false


@dataclass(frozen=True)
class _OneOf:
    """Is among the values, or (`negated`) has a value and is not."""

    field: str
    values: frozenset[Any]
    numeric: bool
    negated: bool = False

    def mask(self, columns: Columns) -> np.ndarray:
        if self.numeric:
            numbers = columns.numbers(self.field)
            found, known = np.isin(numbers, list(self.values)), ~np.isnan(numbers)
        else:
            column = TextColumn.of(columns.texts(self.field))
            found, known = column.having(self.values), column.known
        return known & ~found if self.negated else found


@dataclass(frozen=True)
class _Present:
    field: str
    numeric: bool
    negated: bool

    def mask(self, columns: Columns) -> np.ndarray:
        if self.numeric:
            present = ~np.isnan(columns.numbers(self.field))
        else:
            present = TextColumn.of(columns.texts(self.field)).known
        return ~present if self.negated else present


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # number, name, text, sign, word, end
    value: str
    position: int


class _Parser:
    """Recursive descent over the grammar at the top of this module."""

    def __init__(self, text: str, fields: Mapping[str, Field]):
        self.text = text
        self.fields = fields
        self.seen: set[str] = set()
        self.place = 0
        self.token = self._next()

    def error(self, message: str) -> ExpressionError:
        found = f", found {self.token.value[:40]!r}." if self.token.kind != "end" else ", found the end."
        return ExpressionError(message + found, self.token.position)

    def condition(self, depth: int) -> Node:
        return self._joined("or", self.conjunction, _Any, depth)

    def conjunction(self, depth: int) -> Node:
        return self._joined("and", self.negation, _All, depth)

    def negation(self, depth: int) -> Node:
        if depth > DEEPEST:
            raise ExpressionError(f"Brackets and negations go at most {DEEPEST} deep.", self.token.position)
        if self._taken("word", "not"):
            return _Not(self.negation(depth + 1))
        if self._taken("sign", "("):
            inside = self.condition(depth + 1)
            self._expect("sign", ")")
            return inside
        return self.comparison()

    def comparison(self) -> Node:
        field = self._field()
        numeric = _numeric(field)
        if self._taken("word", "is"):
            wanted = self._advance("name", 'Expected "missing" or "present"')
            if wanted.value.lower() not in ("missing", "present"):
                raise ExpressionError('Expected "missing" or "present".', wanted.position)
            return _Present(field.name, numeric, negated=wanted.value.lower() == "missing")
        negated = self._taken("word", "not")
        if negated or (self.token.kind, self.token.value) == ("word", "in"):
            self._expect("word", "in")
            return _OneOf(field.name, self._values(field), numeric, negated)
        sign = self._advance("sign", "Expected a comparison such as = or <")
        if sign.value in _ORDER:
            if not numeric:
                raise ExpressionError(f"{field.name} is {field.type} and has no order; use = or in.", sign.position)
            return _Compare(field.name, sign.value, self._value(field))
        if sign.value not in ("=", "==", "!="):
            raise ExpressionError("Expected a comparison such as = or <.", sign.position)
        return _OneOf(field.name, frozenset([self._value(field)]), numeric, negated=sign.value == "!=")

    def _joined(self, word: str, part: Callable[[int], Node], join: type, depth: int) -> Node:
        parts = [part(depth)]
        while self._taken("word", word):
            parts.append(part(depth))
        return parts[0] if len(parts) == 1 else join(tuple(parts))

    def _field(self) -> Field:
        token = self._advance("name", "Expected the name of a field")
        field = self.fields.get(token.value)
        if field is None or field.sensitive:  # a filter would tell who has what
            known = ", ".join(sorted(name for name, field in self.fields.items() if not field.sensitive))
            raise ExpressionError(f"There is no field {token.value[:40]!r}. There are: {known}.", token.position)
        self.seen.add(field.name)
        return field

    def _values(self, field: Field) -> frozenset[Any]:
        self._expect("sign", "(")
        values = [self._value(field)]
        while self._taken("sign", ","):
            values.append(self._value(field))
            if len(values) > MOST_VALUES:
                raise self.error(f"A list holds at most {MOST_VALUES} values")
        self._expect("sign", ")")
        return frozenset(values)

    def _value(self, field: Field) -> float | str:
        """The value as columns hold it. Raises where its type is not the field's."""
        token = self.token
        if field.type == "boolean":
            if token.kind != "word" or token.value not in ("true", "false"):
                raise self.error(f"{field.name} is true or false")
            self.token = self._next()
            return float(token.value == "true")
        if field.type in ("integer", "number"):
            return float(self._advance("number", f"{field.name} is compared with a number").value)
        text = _unquoted(self._advance("text", f"{field.name} is compared with a text in quotes").value)
        if field.type == "date":
            try:
                return seconds(text)
            except ValueError:
                raise ExpressionError(
                    f"Expected a date such as 2026-03-31, got {text[:40]!r}.", token.position
                ) from None
        if field.type == "choice" and text not in field.choices:
            raise ExpressionError(f"{field.name} is one of {', '.join(field.choices)}.", token.position)
        return text.casefold()

    def _taken(self, kind: str, value: str) -> bool:
        if (self.token.kind, self.token.value) != (kind, value):
            return False
        self.token = self._next()
        return True

    def _expect(self, kind: str, value: str) -> None:
        if not self._taken(kind, value):
            raise self.error(f"Expected {value!r}")

    def _advance(self, kind: str, message: str) -> _Token:
        token = self.token
        if token.kind != kind:
            raise self.error(message)
        self.token = self._next()
        return token

    def _next(self) -> _Token:
        found = _TOKEN.match(self.text, self.place)
        if found is None:
            rest = self.text[self.place :]
            start = self.place + len(rest) - len(rest.lstrip())
            if start < len(self.text):
                raise ExpressionError(f"{self.text[start]!r} has no meaning here.", start)
            return _Token("end", "", len(self.text))
        self.place = found.end()
        kind, value = found.lastgroup or "", found[found.lastgroup or 0]
        if kind == "name" and value.lower() in _WORDS:
            kind, value = "word", value.lower()
        return _Token(kind, value, found.start(kind if kind != "word" else "name"))


def seconds(text: str) -> float:
    """An ISO date or time, as seconds since 1970; without a zone it is UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text)  # reads dates as well as times
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _numeric(field: Field) -> bool:
    return field.type in ("integer", "number", "boolean", "date")


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1])
