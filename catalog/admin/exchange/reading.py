"""A file as it was sent, as rows: CSV of any spreadsheet, JSON lines, or a JSON list."""

from __future__ import annotations

import codecs
import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

from django.utils.translation import gettext as _

MOST_BYTES = 5_000_000
MOST_ROWS = 10_000
MOST_CELL = 200_000  # characters: the longest text of an item twice over
SEPARATORS = ",;\t"


class FileError(ValueError):
    """The file as a whole cannot be read. The message says why, where, and what to do."""


@dataclass(frozen=True)
class Sheet:
    """`rows`: where each stands in the file, and its values by the name of the column.

    `cells`: every value is the text of a cell, as CSV has it; otherwise they are JSON.
    """

    names: list[str]
    rows: list[tuple[int, dict[str, Any]]]
    cells: bool


def sheet_read(content: bytes) -> Sheet:
    """Raises FileError."""
    if len(content) > MOST_BYTES:
        raise FileError(
            _(
                "The file has %(size)s MB; %(most)s MB are read at most. Split it, or send it through the API or "
                "the command import_dataset, which take files of any size."
            )
            % {"size": f"{len(content) / 1e6:.1f}", "most": f"{MOST_BYTES / 1e6:g}"}
        )
    written = _decoded(content)
    start = written.lstrip()[:1]
    if not start:
        raise FileError(_("The file is empty."))
    sheet = _json_sheet(written, start) if start in "{[" else _csv_sheet(written)
    if not sheet.rows:
        raise FileError(_("The file has the heads of columns, and no row below them."))
    return sheet


def _decoded(content: bytes) -> str:
    if content.startswith(b"PK\x03\x04"):
        raise FileError(_("This is a workbook. Save the sheet as “CSV UTF-8”, and send that."))
    utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return content.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise FileError(
            _("Line %(line)s is not in UTF-8. Save the file as UTF-8, and send it again.") % {"line": line}
        ) from None


def _csv_sheet(written: str) -> Sheet:
    rows = _csv_rows(written)
    heads = next(rows, (1, []))[1]
    names = [head.strip() for head in heads]
    if "" in names:
        _refuse(_("Column %(n)s has no name in the first row.") % {"n": names.index("") + 1})
    if twice := next((name for name in names if names.count(name) > 1), None):
        _refuse(_("The column %(name)s stands there twice. Take one out.") % {"name": _short(twice)})
    found = []
    for place, cells in rows:
        if not any(cells):
            continue  # spreadsheets leave empty rows behind
        if len(cells) != len(names):
            said = {"n": place, "cells": len(cells), "names": len(names)}
            _refuse(_("Row %(n)s has %(cells)s cells, and there are %(names)s columns. Mend it.") % said)
        found.append((place, dict(zip(names, cells, strict=True))))
        _count(found)
    return Sheet(names, found, cells=True)


def _csv_rows(written: str) -> Iterator[tuple[int, list[str]]]:
    """Rows as spreadsheets count them: the heads are the first, and a cell may hold line breaks."""
    head = written.partition("\n")[0]
    separator = max(SEPARATORS, key=head.count)
    reader = csv.reader(io.StringIO(written, newline=""), delimiter=separator, strict=True)
    usual = csv.field_size_limit(MOST_CELL)  # of the whole process: whoever reads after this has theirs again
    place = 0
    try:
        for cells in reader:
            place += 1
            yield place, cells
    except csv.Error as error:
        said = {"n": place + 1, "line": reader.line_num, "error": error}
        _refuse(_("Row %(n)s (line %(line)s) cannot be read: %(error)s. Mend it and send it again.") % said)
    finally:
        csv.field_size_limit(usual)


def _json_sheet(written: str, start: str) -> Sheet:
    found: list[tuple[int, dict[str, Any]]] = []
    for place, value in _json_list(written) if start == "[" else _json_lines(written):
        if not isinstance(value, dict):
            _refuse(_("Row %(n)s is no object of name and value.") % {"n": place})
        found.append((place, value))
        _count(found)
    names = dict.fromkeys(name for _place, row in found for name in row)
    return Sheet(list(names), found, cells=False)


def _json_list(written: str) -> Iterator[tuple[int, Any]]:
    yield from enumerate(_json(written, ""), 1)


def _json_lines(written: str) -> Iterator[tuple[int, Any]]:
    # Not splitlines(): a text may hold line separators of Unicode.
    for place, line in enumerate(written.split("\n"), 1):
        if line.strip():
            yield place, _json(line, _("Line %(n)s") % {"n": place})


def _json(written: str, where: str) -> Any:
    place = where or _("The file")
    try:
        return json.loads(written, object_pairs_hook=_object, parse_constant=_constant)
    except json.JSONDecodeError as error:
        said = {"where": place, "error": error.msg, "line": error.lineno, "column": error.colno}
        at = _("column %(column)s") if where else _("line %(line)s, column %(column)s")
        _refuse(_("%(where)s is not JSON: %(error)s (%(at)s).") % {**said, "at": at % said})
    except RecursionError:
        _refuse(_("%(where)s has brackets that are nested too deeply.") % {"where": place})
    except ValueError as error:
        _refuse(f"{place}: {error}")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(_("The name %(name)s stands twice in one object.") % {"name": _short(twice)})
    return found


def _constant(word: str) -> NoReturn:
    raise ValueError(_("%(word)s is no number. Leave out what is unknown.") % {"word": word})


def _count(found: list) -> None:
    if len(found) > MOST_ROWS:
        say = _(
            "The file has more than %(most)s rows. Split it, or send it through the API or the command import_dataset, "
            "which take files of any size."
        )
        _refuse(say % {"most": f"{MOST_ROWS:,}"})


def _refuse(sentence: str) -> NoReturn:
    raise FileError(sentence) from None


def _short(name: Any) -> str:
    return f"{name!s:.64}".encode("utf-8", "backslashreplace").decode()
