"""What every format gives: streams of records. One format a file, all of this shape."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from behaviour.kinds import kinds_for, person_schema_for
from catalog.schema import FieldError, schema_for
from catalog.services import Record, RecordError

#: The streams of a dataset in the order in which they must be read.
STREAMS = ("items", "persons", "behaviours", "relationships")


class DatasetError(Exception):
    """The files as a whole cannot be read: nothing there, the wrong encoding, missing columns."""


class MissingPackage(DatasetError):
    """Reading this kind of file takes a package that is not installed."""


@dataclass(frozen=True)
class Options:
    """What the caller wants; a format ignores what does not concern it."""

    vertical: str
    kind: str = ""  # for behaviours, instead of the format's own choice
    what: str = ""  # which of STREAMS a single file holds
    columns: Mapping[str, str] = field(default_factory=dict)  # field → column
    constants: Mapping[str, str] = field(default_factory=dict)  # field → value
    delimiter: str = ","
    encoding: str = ""
    time_format: str = "iso"  # or "seconds", "milliseconds", or what strptime understands
    price_unit: str = "minor"  # or "major": 19.99 means 1999

    def choose_kind(self, names: Sequence[str], value: float | None = None) -> str:
        """The first kind of the vertical's that takes such a value, or the caller's choice. Raises DatasetError."""
        known = kinds_for(self.vertical)
        if self.kind:
            if self.kind not in known:
                raise DatasetError(f"{self.vertical} has no kind {self.kind!r}. It has: {', '.join(known)}.")
            return self.kind
        if kind := self.find_kind(names, value):
            return kind
        raise DatasetError(
            f"{self.vertical} has none of the kinds {', '.join(names)} for such values. "
            f"Choose one with --kind: {', '.join(known)}."
        )

    def find_kind(self, names: Sequence[str], value: float | None = None) -> str:
        """As `choose_kind`, but empty where the vertical has no such kind, and blind to the caller's choice."""
        known = kinds_for(self.vertical)
        return next((name for name in names if name in known and not known[name].value_error(value)), "")

    def item_attributes(self, found: Mapping[str, Any]) -> dict[str, Any]:
        """Those that the vertical has, where there is a value."""
        return _fitting(found, {field.name for field in schema_for(self.vertical)})

    def person_attributes(self, found: Mapping[str, Any]) -> dict[str, Any]:
        """As `item_attributes`, of persons."""
        return _fitting(found, {field.name for field in person_schema_for(self.vertical)})


def _fitting(found: Mapping[str, Any], known: set[str]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name in known and value not in (None, "")}


@dataclass
class Dataset:
    """What a format found at a path. Streams are lazy and are read once, in the order of STREAMS.

    `skipped` fills while they are read: reason → number of rows that the format leaves out on purpose.
    `notes` are sentences about what was assumed.
    """

    items: Iterable[Record] = ()
    persons: Iterable[Record] = ()
    behaviours: Iterable[Record] = ()
    relationships: Iterable[Record] = ()
    skipped: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Format:
    """A way in which people publish such data. `read` raises DatasetError when `path` does not hold it."""

    name: str
    summary: str
    read: Callable[[Path, Options], Dataset]


def mapped(rows: Iterable[Record], make: Callable[[Any], Any]) -> Iterator[Record]:
    """Each row as what `make` makes of its values; None leaves the row out, a RecordError goes on as its error."""
    for row in rows:
        if isinstance(row.values, RecordError):
            yield row
            continue
        try:
            values = make(row.values)
        except RecordError as error:
            values = error
        if values is not None:
            yield Record(values, row.file, row.line)


def number_in(row: Mapping[str, str], column: str) -> float:
    """The number in a column. Raises RecordError that names the column."""
    try:
        return float(row[column])
    except ValueError:
        raise RecordError([FieldError(column, "format", f"Expected a number, got {row[column]!a:.60}.")]) from None


def moment_in(row: Mapping[str, str], column: str) -> datetime:
    """The time in a column of seconds since 1970. Raises RecordError that names the column."""
    try:
        return datetime.fromtimestamp(float(row[column]), UTC)
    except (ValueError, OverflowError, OSError):
        say = f"Expected seconds since 1970, got {row[column]!a:.60}."
        raise RecordError([FieldError(column, "format", say)]) from None
