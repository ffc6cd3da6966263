"""Checks of single values that come from outside.

Each function takes what was sent and returns what is stored, or raises `Problem` with a sentence for the sender.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

MAX_ID = 128
MAX_PRICE = 2**63 - 1
MAX_ENTRIES = 200
MAX_METADATA = 16_384  # bytes

_UNSTORABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_LINE_BREAK = re.compile(r"[\t\n\r]")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_CURRENCY = re.compile(r"[A-Z]{3}")

# Far enough for a book from 1605; and no time zone can push what is inside over the edge of the calendar.
_FIRST_YEAR, _LAST_YEAR = 1000, 9998


class Problem(ValueError):
    """What is wrong with a value: a code for programs, a sentence for people."""

    def __init__(self, code: str, message: str):
        self.code = code
        super().__init__(message)


def identifier(value: Any) -> str:
    """1 to 128 characters in one line, without space around them."""
    if not isinstance(value, str):
        raise Problem("type", f"Expected text, got {type(value).__name__}. Numbers need quotes around them.")
    if not value:
        raise Problem("required", "An id must not be empty.")
    if len(value) > MAX_ID:
        raise Problem("length", f"An id has at most {MAX_ID} characters; this one has {len(value):,}.")
    if not value.isprintable():
        _refuse_unstorable(value, lines=False)
    if value[0].isspace() or value[-1].isspace():
        raise Problem("format", "An id must not begin or end with a space.")
    return value


def text(limit: int, *, lines: bool = False, required: bool = False) -> Callable[[Any], str]:
    """A check for text of at most `limit` characters. `lines`: line breaks and tabs are allowed."""

    def check(value: Any) -> str:
        if not isinstance(value, str):
            raise Problem("type", f"Expected text, got {type(value).__name__}.")
        if not value.isprintable():
            _refuse_unstorable(value, lines)
        value = value.strip()
        if len(value) > limit:
            raise Problem("length", f"At most {limit:,} characters are kept; these are {len(value):,}.")
        if required and not value:
            raise Problem("required", "This must not be empty.")
        return value

    return check


def _refuse_unstorable(value: str, lines: bool) -> None:
    found = _UNSTORABLE.search(value) or (None if lines else _LINE_BREAK.search(value))
    if found:
        raise Problem(
            "characters",
            f"Character U+{ord(found[0]):04X} at position {found.start() + 1} cannot be stored. Take it out.",
        )


def texts(count: int, limit: int) -> Callable[[Any], list[str]]:
    """A check for a list of at most `count` texts; the second of two equal entries is dropped."""
    check_one = text(limit, required=True)

    def check(value: Any) -> list[str]:
        if not isinstance(value, (list, tuple)):
            raise Problem("type", f"Expected a list of texts, got {type(value).__name__}.")
        if len(value) > count:
            raise Problem("length", f"At most {count} entries are kept; these are {len(value):,}.")
        return list(dict.fromkeys(check_one(entry) for entry in value))

    return check


def moment(value: Any) -> datetime:
    """A time in UTC. A time without a zone is taken as UTC."""
    if isinstance(value, str):
        try:
            parsed = datetime.fromisoformat(value)
        except ValueError:
            raise Problem("format", f"Expected a time such as 2026-03-31T12:00:00Z, got {value!a:.60}.") from None
    elif isinstance(value, datetime):
        parsed = value
    else:
        raise Problem("type", f"Expected a time such as 2026-03-31T12:00:00Z, got {type(value).__name__}.")
    if not _FIRST_YEAR <= parsed.year <= _LAST_YEAR:
        raise Problem("range", f"The year {parsed.year} is outside {_FIRST_YEAR} to {_LAST_YEAR}.")
    if parsed.tzinfo is UTC:
        return parsed
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)


def number(value: Any) -> float:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Problem("type", f"Expected a number, got {type(value).__name__}.")
    try:
        converted = float(value)
    except OverflowError:
        raise Problem("range", "The number is too large.") from None
    if not math.isfinite(converted):
        raise Problem("range", "The number must be finite.")
    return converted


def price(value: Any) -> int:
    """A whole number of minor units."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise Problem("type", "A price is a whole number of minor units: 1999 for 19.99.")
    if not 0 <= value <= MAX_PRICE:
        raise Problem("range", "A price lies between 0 and 2^63 - 1 minor units.")
    return value


def currency(value: Any) -> str:
    if value == "":
        return ""
    if not isinstance(value, str) or not _CURRENCY.fullmatch(value):
        raise Problem("format", "A currency is three capital letters, such as EUR.")
    return value


def language(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 16 or not _LANGUAGE.fullmatch(value):
        raise Problem("format", "A language is a code such as en or zh-hans.")
    return value


def web_address(value: Any) -> str:
    """An http(s) address, or nothing."""
    value = text(1000)(value)
    if not value:
        return ""
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
        # .port raises where the port is no number.
        usable = usable and (parts.port is None or parts.port > 0) and not re.search(r"\s|\\", value)
    except ValueError:
        usable = False
    if not usable:
        raise Problem("format", "Expected an address that starts with https:// or http:// and names a host.")
    return value


def boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Problem("type", f"Expected true or false, got {type(value).__name__}.")
    return value


def flags(value: Any) -> dict[str, bool]:
    """An object of name and true or false."""
    value = _object(value)
    return {_name(key): boolean(flag) for key, flag in value.items()}


def scalars(value: Any) -> dict[str, Any]:
    """A flat object of name and text, number, true, false or null."""
    value = _object(value)
    return {_name(key): _scalar(entry) for key, entry in value.items()}


def attributes(value: Any) -> dict[str, Any]:
    """An object whose texts can be stored; what may be in it is the vertical's schema to say."""
    for name, entry in _object(value).items():
        _name(name)
        for part in entry if isinstance(entry, (list, tuple)) else (entry,):
            if isinstance(part, str) and not part.isprintable():
                _refuse_unstorable(part, lines=True)
    return dict(value)


def metadata(value: Any) -> dict[str, Any]:
    """An object of the client's own, of any depth, that is kept and given back. At most 16 KB as JSON."""
    if not isinstance(value, dict):
        raise Problem("type", f"Expected an object, got {type(value).__name__}.")
    try:
        encoded = json.dumps(value, ensure_ascii=False, allow_nan=False)
        size = len(encoded.encode())
    except (TypeError, ValueError, RecursionError, UnicodeEncodeError):
        raise Problem("format", "Metadata must be plain JSON: texts, finite numbers, lists and objects.") from None
    if r"\u0000" in encoded:
        raise Problem("format", "Text must not contain NUL characters.")
    if size > MAX_METADATA:
        raise Problem("length", f"Metadata takes at most {MAX_METADATA:,} bytes as JSON; this takes {size:,}.")
    return value


def _object(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise Problem("type", f"Expected an object of name and value, got {type(value).__name__}.")
    if len(value) > MAX_ENTRIES:
        raise Problem("length", f"At most {MAX_ENTRIES} entries are kept; these are {len(value):,}.")
    return value


_name = text(64, required=True)
_short = text(1000, lines=True)


def _scalar(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _short(value)
    if isinstance(value, (int, float)):
        whole = number(value)
        return value if isinstance(value, float) or abs(whole) < 2**53 else whole
    raise Problem("type", f"Expected text, a number, true or false, got {type(value).__name__}.")
