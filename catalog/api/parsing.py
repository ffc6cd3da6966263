"""Strict JSON: what two parsers could read differently, or a database could not store, is refused."""

from __future__ import annotations

import json
import math
from typing import Any

from rest_framework.exceptions import ParseError, UnsupportedMediaType
from rest_framework.parsers import BaseParser
from rest_framework.utils.mediatypes import _MediaType

from .pointers import escaped
from .problems import Fault, Problem

DEEPEST = 20
LARGEST_INTEGER = 2**63 - 1


class StrictJSONParser(BaseParser):
    """UTF-8 JSON without duplicate names, NaN, integers beyond 64 bits, NUL, lone surrogates or deep nesting."""

    media_type = "application/json"

    def parse(self, stream, media_type=None, parser_context=None) -> Any:
        charset = _MediaType(media_type or "").params.get("charset", "utf-8")
        if charset.lower() not in ("utf-8", "utf8"):
            raise UnsupportedMediaType(media_type)
        # Not stream.read(): only `body` refuses more than DATA_UPLOAD_MAX_MEMORY_SIZE.
        return parse_json(parser_context["request"].body)


def parse_json(body: bytes, what: str = "The body") -> Any:
    """Raises ParseError for what is no such JSON, calling it `what`, and Problem where a place in it can be named."""
    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_int=_integer,
            parse_float=_float,
        )
    except UnicodeDecodeError as error:
        raise ParseError(f"{what} is not UTF-8: byte {error.start} cannot be read.") from None
    except json.JSONDecodeError as error:
        raise ParseError(f"{what} is not JSON: {error.msg} (line {error.lineno}, column {error.colno}).") from None
    except RecursionError:
        raise ParseError(f"The JSON is nested more than {DEEPEST} levels deep.") from None
    _check(value, "", 0)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ParseError(f"The name {twice!r:.60} stands twice in one object.")
    return found


def _constant(word: str):
    raise ParseError(f"{word} is not JSON. Leave out numbers that are unknown.")


def _integer(digits: str) -> int:
    if len(digits) > 20 or abs(int(digits)) > LARGEST_INTEGER:
        raise ParseError(f"The number {digits:.24}… does not fit into 64 bits.")
    return int(digits)


def _float(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ParseError(f"The number {digits:.24} is too large.")
    return number


def _check(value: Any, pointer: str, depth: int) -> None:
    """Refuse what JSON can carry and a database cannot, naming the place."""
    if isinstance(value, str):
        _check_text(value, pointer)
    elif isinstance(value, (dict, list)):
        if depth == DEEPEST:
            raise ParseError(f"The JSON is nested more than {DEEPEST} levels deep.")
        for name, part in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(name, str):
                _check_text(name, pointer)
                name = escaped(name)
            _check(part, f"{pointer}/{name}", depth + 1)


def _check_text(text: str, pointer: str) -> None:
    if "\x00" in text:
        raise _bad_text(pointer, "Text must not contain NUL characters.")
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            raise _bad_text(pointer, r"Text must not contain half of a surrogate pair, such as \ud83d.") from None


def _bad_text(pointer: str, detail: str) -> Problem:
    return Problem("invalid", f"{pointer or '/'}: {detail}", [Fault(pointer, "text", detail)])
