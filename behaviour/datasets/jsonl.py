"""Our own records as JSON, one object a line: items.jsonl, persons.jsonl, behaviours.jsonl, relationships.jsonl."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from catalog.schema import FieldError
from catalog.services import Record, RecordError

from .dataset import Dataset, DatasetError, Format, Options
from .files import MAX_LINE, open_bytes
from .own_files import own_files

MAX_LINE_BYTES = 4 * MAX_LINE


def read(path: Path, options: Options) -> Dataset:
    return Dataset(**{what: json_records(file) for what, file in own_files(path, "jsonl", options).items()})


def json_records(path: Path) -> Iterator[Record]:
    """The objects of a file; a line that is none comes as its error. Raises DatasetError for UTF-16 and bad gzip."""
    name = str(path)
    with open_bytes(path) as file:
        for number, line in enumerate(iter(partial(file.readline, MAX_LINE_BYTES), b""), 1):
            if number == 1:
                line = _without_byte_order_mark(line, path)
            if len(line) >= MAX_LINE_BYTES:
                _skip_line(file)
                yield Record(_error("length", f"The line is longer than {MAX_LINE_BYTES:,} bytes."), name, number)
            elif not line.isspace():
                yield Record(_parsed(line), name, number)


def _without_byte_order_mark(line: bytes, path: Path) -> bytes:
    if line.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DatasetError(f"{path} is UTF-16. Save it as UTF-8.")
    return line.removeprefix(b"\xef\xbb\xbf")


def _skip_line(file) -> None:
    while (part := file.readline(MAX_LINE_BYTES)) and not part.endswith(b"\n"):
        pass


def _parsed(line: bytes) -> Any:
    try:
        return _decode(line.decode())
    except json.JSONDecodeError as error:
        say = f"Not JSON: {error.msg} at column {error.colno}. One whole object a line, each ended by a newline."
    except UnicodeDecodeError as error:
        say = f"Byte 0x{line[error.start]:02X} is not UTF-8. Save the file as UTF-8."
    except RecursionError:
        say = "The brackets are nested too deeply."
    except ValueError as error:
        say = f"{error}"
    return _error("format", say)


def _error(code: str, say: str) -> RecordError:
    return RecordError([FieldError("line", code, say)])


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"The name {next(name for name in names if names.count(name) > 1)!a:.60} is there twice.")
    return values


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON; leave the field out or give a number.")


# One decoder for all lines: json.loads with these hooks would build a new one for each.
_decode = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_no_constant).decode

FORMAT = Format("jsonl", "our own records, one JSON object a line; a folder, or one file with --what", read)
