"""Anybody's csv: our own field names as columns, or a mapping from their columns to our fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from behaviour.kinds import person_schema_for
from behaviour.services import events, persons, relationships
from catalog.schema import FieldError, schema_for
from catalog.services import RecordError, items

from .dataset import Dataset, DatasetError, Format, Options, mapped
from .files import table
from .own_files import own_files

NUMBERS = ("value", "weight")
BOOLEANS = ("withdrawn", "anonymous")
LISTS = ("categories", "tags")
TIMES = ("published_at", "available_from", "available_until", "occurred_at")
OBJECTS = ("attributes", "context", "consents")
TRUE, FALSE = ("true", "yes", "1", "t", "y"), ("false", "no", "0", "f", "n")

Convert = Callable[[str], Any]

#: What each stream's records may hold.
FIELDS = {
    "items": items.CHECKS,
    "persons": persons.CHECKS,
    "behaviours": events.CHECKS,
    "relationships": relationships.CHECKS,
}


def read(path: Path, options: Options) -> Dataset:
    streams = {}
    for what, file in own_files(path, "csv", options).items():
        check_fields(what, [*options.columns, *options.constants], "--map and --set name")
        rows = table(file, needs=list(options.columns.values()), delimiter=options.delimiter, encoding=options.encoding)
        streams[what] = mapped(rows, RowReader(what, options))
    return Dataset(**streams)


def check_fields(what: str, targets: Iterable[str], where: str) -> None:
    """Raises DatasetError for what is no field: better one sentence than one for each row."""
    unknown = [target for target in targets if not _is_field(what, target)]
    if unknown:
        raise DatasetError(
            f"{where} {', '.join(unknown)[:200]}, which {what} do not have. They have: {', '.join(FIELDS[what])}, "
            "where attributes, context and consents need a part, as in attributes.year. "
            "Say what the columns are with --map FIELD=COLUMN."
        )


def _is_field(what: str, target: str) -> bool:
    outer, _, inner = target.partition(".")
    return outer in FIELDS[what] and (outer in OBJECTS) == bool(inner)


class RowReader:
    """Call it with a row of cells: the record that they and the constants make. Empty cells are left out."""

    def __init__(self, what: str, options: Options):
        self._options = options
        self._what = what
        self._converts: dict[str, Convert] = {}
        self._columns: Mapping[str, str] = options.columns
        self._constants = dict(options.constants)
        if options.kind and what in ("behaviours", "relationships"):
            self._constants["kind"] = options.kind

    def __call__(self, row: Mapping[str, str]) -> dict[str, Any]:
        if not self._columns:
            check_fields(self._what, row, "The header has")
            self._columns = {name: name for name in row}
        cells = {target: row[column] for target, column in self._columns.items()} | self._constants
        record: dict[str, Any] = {}
        errors = []
        for target, cell in cells.items():
            cell = cell.strip()
            if not cell:
                continue
            try:
                value = self._convert(target)(cell)
            except (ValueError, ArithmeticError) as error:
                errors.append(FieldError(target, "format", str(error)))
                continue
            outer, _, inner = target.partition(".")
            if inner:
                record.setdefault(outer, {})[inner] = value
            else:
                record[target] = value
        if errors:
            raise RecordError(errors)
        return record

    def _convert(self, target: str) -> Convert:
        if target not in self._converts:
            self._converts[target] = self._converter(target)
        return self._converts[target]

    def _converter(self, target: str) -> Convert:
        outer, _, inner = target.partition(".")
        if inner and outer in OBJECTS:
            return self._inner_converter(outer, inner)
        if target in NUMBERS:
            return _number
        if target in BOOLEANS:
            return _boolean
        if target in LISTS:
            return _list
        if target in TIMES:
            return time_reader(self._options.time_format)
        if target == "price":
            return _minor_from_major if self._options.price_unit == "major" else _whole
        return str

    def _inner_converter(self, outer: str, inner: str) -> Convert:
        if outer == "consents":
            return _boolean
        if outer == "context":
            return str
        vertical = self._options.vertical
        schema = person_schema_for(vertical) if self._what == "persons" else schema_for(vertical)
        types = {field.name: field.type for field in schema}
        converts: dict[str, Convert] = {"integer": _whole, "number": _number, "boolean": _boolean, "list": _list}
        return converts.get(types.get(inner, "text"), str)


def time_reader(time_format: str) -> Convert:
    """From a cell to a time in UTC: "iso", "seconds" or "milliseconds" since 1970, or a pattern of strptime's."""
    scales = {"seconds": 1, "milliseconds": 1000}

    def read_epoch(cell: str) -> datetime:
        try:
            return datetime.fromtimestamp(float(cell) / scales[time_format], UTC)
        except (ValueError, OverflowError, OSError):
            raise ValueError(f"Expected {time_format} since 1970, got {cell!a:.60}.") from None

    def read_pattern(cell: str) -> datetime:
        try:
            return datetime.strptime(cell, time_format)
        except ValueError:
            raise ValueError(f"Expected a time like {time_format}, got {cell!a:.60}.") from None

    if time_format in scales:
        return read_epoch
    if time_format == "iso":
        return str
    if "%" not in time_format:
        raise DatasetError(f"{time_format!r} is no time format. Use iso, seconds, milliseconds or such as %d.%m.%Y.")
    return read_pattern


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        raise ValueError(f"Expected a number, got {cell!a:.60}.") from None


def _whole(cell: str) -> int:
    try:
        return int(cell)
    except ValueError:
        raise ValueError(f"Expected a whole number, got {cell!a:.60}.") from None


def _minor_from_major(cell: str) -> int:
    try:
        amount = Decimal(cell) * 100
        if amount == amount.to_integral_value():
            return int(amount)
    except (InvalidOperation, OverflowError, ValueError):
        pass
    raise ValueError(f"Expected an amount such as 19.99, got {cell!a:.60}.")


def _boolean(cell: str) -> bool:
    lowered = cell.lower()
    if lowered in TRUE or lowered in FALSE:
        return lowered in TRUE
    raise ValueError(f"Expected true or false, got {cell!a:.60}.")


def _list(cell: str) -> list[str]:
    return [part.strip() for part in cell.split("|") if part.strip()]


FORMAT = Format("csv", "our own records as a table, or anybody's with --map field=column", read)
