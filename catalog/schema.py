"""Typed attributes: what a vertical says that its items (and persons) can have.

A vertical declares a `Schema`; the recommender's registry pushes it down here when Django is ready, so
that the catalogue validates items of a vertical without knowing who defined it.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

#: The same words in several languages: language code → text. English is always there.
Words = Mapping[str, str]

FieldType = Literal["text", "integer", "number", "boolean", "choice", "date", "list"]

MAX_TEXT = 10_000
MAX_LIST = 200


def say(words: Words | str, language: str) -> str:
    """`words` in `language`, or in English where that language is missing."""
    if isinstance(words, str):
        return words
    return words.get(language) or words["en"]


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field, in a sentence that names the field and says what to do."""

    field: str
    code: str
    message: str


class SchemaError(ValueError):
    """One or more attributes do not fit their schema."""

    def __init__(self, errors: list[FieldError]):
        self.errors = errors
        super().__init__("; ".join(f"{error.field}: {error.message}" for error in errors))


@dataclass(frozen=True, slots=True)
class Field:
    """One attribute.

    `choice_labels`: what people read for a choice; one without words is shown as it is stored. `options`: entries
    that forms offer for a list, with what people read for them; a list may hold others, too. `searchable`:
    its words are found by search. `facet`: lists can be narrowed by it, and algorithms read it as a feature.
    `sensitive`: never shown in explanations, logs or exports to others. `telling`: whether two items with one value
    have something in common that is worth saying; of a form or a colour neither a reason nor a taste is made.
    """

    name: str
    type: FieldType = "text"
    label: Words | str = ""
    required: bool = False
    choices: tuple[str, ...] = ()
    choice_labels: Mapping[str, Words] = dataclasses.field(default_factory=dict)
    options: Mapping[str, Words] = dataclasses.field(default_factory=dict)
    minimum: float | None = None
    maximum: float | None = None
    searchable: bool = False
    facet: bool = False
    sensitive: bool = False
    telling: bool = True

    def __post_init__(self) -> None:
        if not self.name.isidentifier():
            raise ValueError(f"Field name {self.name!r} must be a Python identifier.")
        if self.type not in _CLEANERS:
            raise ValueError(f"Field {self.name!r} has the unknown type {self.type!r}; use one of {sorted(_CLEANERS)}.")
        if (self.type == "choice") != bool(self.choices):
            raise ValueError(f"Field {self.name!r}: choices belong to type 'choice', and only to it.")
        if unknown := [choice for choice in self.choice_labels if choice not in self.choices]:
            raise ValueError(f"Field {self.name!r} has labels for {', '.join(unknown)}, which are no choices of it.")

        if self.options and self.type != "list":
            raise ValueError(f"Field {self.name!r}: options belong to type 'list', and only to it.")

    def clean(self, value: Any) -> Any:
        """`value` in its stored form. Raises ValueError with a sentence for the person who sent it."""
        value = _CLEANERS[self.type](value)
        if self.type == "choice" and value not in self.choices:
            raise ValueError(f"{value!r} is not one of {', '.join(self.choices)}.")
        if self.type in ("integer", "number"):
            if self.minimum is not None and value < self.minimum:
                raise ValueError(f"{value} is below the minimum of {self.minimum:g}.")
            if self.maximum is not None and value > self.maximum:
                raise ValueError(f"{value} is above the maximum of {self.maximum:g}.")
        return value

    def choice_label(self, choice: str, language: str) -> str:
        """`choice` in words, or as it is stored where it has none."""
        return say(self.choice_labels.get(choice, choice), language)

    def option_label(self, entry: str, language: str) -> str:
        """One entry of a list in words, or as it is stored where it has none."""
        return say(self.options.get(entry, entry), language)


@dataclass(frozen=True)
class Schema:
    """The fields of one kind of row, in display order."""

    fields: tuple[Field, ...] = ()

    def __post_init__(self) -> None:
        names = [field.name for field in self.fields]
        if len(names) != len(set(names)):
            raise ValueError(f"Schema has a field twice: {sorted(n for n in names if names.count(n) > 1)}.")

    def __iter__(self):
        return iter(self.fields)

    def clean(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        """Validated attributes. Raises SchemaError with every problem, not only the first."""
        if not isinstance(attributes, Mapping):
            raise SchemaError([FieldError("attributes", "type", "Attributes must be an object of name and value.")])
        known = {field.name: field for field in self.fields}
        errors = [
            FieldError(str(name), "unknown", f"Unknown attribute. This vertical has: {', '.join(known) or 'none'}.")
            for name in attributes
            if name not in known
        ]
        cleaned: dict[str, Any] = {}
        for name, field in known.items():
            value = attributes.get(name)
            if value is None or value == "":
                if field.required:
                    errors.append(FieldError(name, "required", "This attribute is required."))
                continue
            try:
                cleaned[name] = field.clean(value)
            except ValueError as error:
                errors.append(FieldError(name, "invalid", str(error)))
        if errors:
            raise SchemaError(errors)
        return cleaned


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"Expected text, got {type(value).__name__}.")
    if "\x00" in value:
        raise ValueError("Text must not contain NUL characters.")
    if len(value) > MAX_TEXT:
        raise ValueError(f"Text is longer than {MAX_TEXT:,} characters.")
    return value.strip()


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"Expected a number, got {value!r:.60}.")
    try:
        number = float(value)
    except OverflowError:
        raise ValueError("The number is too large.") from None
    if not math.isfinite(number):
        raise ValueError("The number must be finite.")
    return number


def _integer(value: Any) -> int:
    number = _number(value)
    if number != int(number) or abs(number) >= 2**53:
        raise ValueError(f"Expected a whole number below 2^53, got {value!r:.60}.")
    return int(number)


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"Expected true or false, got {value!r:.60}.")
    return value


def _date(value: Any) -> str:
    try:
        return date.fromisoformat(_text(value)).isoformat()
    except ValueError:
        raise ValueError(f"Expected a date such as 2026-03-31, got {value!r:.60}.") from None


def _list(value: Any) -> list[str]:
    if not isinstance(value, (list, tuple)):
        raise ValueError(f"Expected a list of texts, got {type(value).__name__}.")
    if len(value) > MAX_LIST:
        raise ValueError(f"The list is longer than {MAX_LIST} entries.")
    return [_text(entry) for entry in value]


_CLEANERS: dict[str, Callable[[Any], Any]] = {
    "text": _text,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "choice": _text,
    "date": _date,
    "list": _list,
}

_schemas: dict[str, Schema] = {}


def schema_register(vertical: str, schema: Schema) -> None:
    """Called by the recommender's registry; a vertical that registers again replaces its schema."""
    _schemas[vertical] = schema


def schema_for(vertical: str) -> Schema:
    """The item schema of a vertical. Raises LookupError when no installed plugin declares it."""
    try:
        return _schemas[vertical]
    except KeyError:
        raise LookupError(
            f"No vertical named {vertical!r} is installed. Installed: {', '.join(sorted(_schemas)) or 'none'}."
        ) from None


def verticals_known() -> list[str]:
    return sorted(_schemas)
