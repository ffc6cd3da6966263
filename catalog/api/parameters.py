"""Query parameters: declared once, read strictly, and documented from the same declaration."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.http import QueryDict
from django.utils.dateparse import parse_datetime
from drf_spectacular.utils import OpenApiParameter

from .problems import Fault, invalid

LONGEST_ID = 128
MOST_IDS = 200


@dataclass(frozen=True)
class Parameter:
    """One query parameter. `read` turns its text into a value, or raises ValueError with a sentence.

    `many` parameters are repeated (`?exclude=a&exclude=b`) and give a list; others may stand once.
    """

    name: str
    description: str
    read: Callable[[str], Any]
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})
    default: Any = None
    required: bool = False
    many: bool = False

    def documented(self) -> OpenApiParameter:
        schema = dict(self.schema)
        if self.many:
            schema = {"type": "array", "items": schema, "maxItems": MOST_IDS}
        elif self.default is not None:
            schema["default"] = self.default
        return OpenApiParameter(
            self.name, schema, OpenApiParameter.QUERY, description=self.description, required=self.required
        )


def query_read(query: QueryDict, parameters: Mapping[str, Parameter]) -> dict[str, Any]:
    """The value of each declared parameter. Raises a Problem that names each one that is wrong or unknown."""
    faults = [
        Fault(f"?{name}", "unknown", f"Unknown parameter. This address has: {', '.join(parameters) or 'none'}.")
        for name in query
        if name not in parameters
    ]
    values = {}
    for name, parameter in parameters.items():
        try:
            values[name] = _value(query.getlist(name), parameter)
        except ValueError as error:
            faults.append(Fault(f"?{name}", "invalid", str(error)))
    if faults:
        raise invalid(faults)
    return values


def _value(texts: list[str], parameter: Parameter) -> Any:
    if any("\x00" in text for text in texts):
        raise ValueError("Text must not contain NUL characters.")
    if parameter.many:
        if len(texts) > MOST_IDS:
            raise ValueError(f"At most {MOST_IDS} are taken, got {len(texts)}.")
        return [parameter.read(text) for text in texts]
    if len(texts) > 1:
        raise ValueError("Stands more than once; send it once.")
    if not texts and parameter.required:
        raise ValueError("This parameter is required.")
    return parameter.read(texts[0]) if texts else parameter.default


def text(name: str, description: str, *, longest: int = LONGEST_ID, **options) -> Parameter:
    def read(value: str) -> str:
        if not value.strip():
            raise ValueError("Must not be empty; leave it out instead.")
        if len(value) > longest:
            raise ValueError(f"Is longer than {longest:,} characters.")
        return value

    return Parameter(name, description, read, {"type": "string", "maxLength": longest, "pattern": r"\S"}, **options)


def item_ids(name: str, description: str) -> Parameter:
    """Repeated rather than comma-separated: an id may hold a comma."""
    one = text(name, description)
    return Parameter(name, description, one.read, one.schema, many=True)


def choice(name: str, description: str, choices: tuple[str, ...], **options) -> Parameter:
    def read(value: str) -> str:
        if value not in choices:
            raise ValueError(f"Must be one of {', '.join(choices)}; got {value!r:.60}.")
        return value

    return Parameter(name, description, read, {"type": "string", "enum": list(choices)}, **options)


def integer(name: str, description: str, *, least: int, most: int, **options) -> Parameter:
    def read(value: str) -> int:
        # int() also takes "1_0", "+1", spaces and the digits of other scripts.
        if not (value.isascii() and value.isdigit() and len(value) < 20 and least <= int(value) <= most):
            raise ValueError(f"Must be a whole number from {least} to {most}; got {value!r:.60}.")
        return int(value)

    return Parameter(name, description, read, {"type": "integer", "minimum": least, "maximum": most}, **options)


def number(name: str, description: str, least: float, most: float, **options) -> Parameter:
    def read(value: str) -> float:
        # float() also takes "1_0", "nan", spaces and the digits of other scripts.
        if not (re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", value) and least <= float(value) <= most):
            raise ValueError(f"Must be a number from {least:g} to {most:g}, such as {most / 2:g}; got {value!r:.60}.")
        return float(value)

    return Parameter(name, description, read, {"type": "number", "minimum": least, "maximum": most}, **options)


def boolean(name: str, description: str, **options) -> Parameter:
    def read(value: str) -> bool:
        if value not in ("true", "false"):
            raise ValueError(f"Must be true or false; got {value!r:.60}.")
        return value == "true"

    return Parameter(name, description, read, {"type": "boolean"}, **options)


def moment(name: str, description: str, **options) -> Parameter:
    def read(value: str) -> datetime:
        try:
            parsed = parse_datetime(value)
            # A "+" that was not percent-encoded arrives as a space: the offset is then missing, not guessed.
            if parsed is None or parsed.tzinfo is None:
                raise ValueError
            return parsed.astimezone(UTC)
        except (ValueError, OverflowError):
            raise ValueError(
                f"Must be an RFC 3339 time with its offset, such as 2026-03-31T09:30:00Z; got {value!r:.60}."
            ) from None

    return Parameter(name, description, read, {"type": "string", "format": "date-time"}, **options)
