"""Records on their way in: where they came from, what is wrong with them, what became of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from catalog.schema import FieldError

from .values import Problem

#: How many rejections a report keeps word for word; the others are counted.
REJECTIONS_KEPT = 100

Check = Callable[[Any], Any]


class RecordError(ValueError):
    """One record cannot be stored. `errors` names every problem, not only the first."""

    def __init__(self, errors: list[FieldError]):
        self.errors = errors
        super().__init__("; ".join(f"{error.field}: {error.message}" for error in errors))


class Record(NamedTuple):
    """A record that knows its place. A reader passes on a line that it cannot make sense of as the error itself."""

    values: Mapping[str, Any] | RecordError
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Rejection:
    """A record that was refused. `line` counts from 1: the line of a file, or the position in what was passed."""

    file: str
    line: int
    errors: tuple[FieldError, ...]
    values: Mapping[str, Any] | None = None

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.file else f"Record {self.line}"
        return "; ".join(f"{place} {error.field}: {error.message}" for error in self.errors)


@dataclass
class ImportReport:
    """What became of the records of one import. `unchanged` counts what was there already, to the letter."""

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    erased: int = 0  # left out: they tell of somebody who was erased
    persons_created: int = 0
    kept: bool = True  # False: a dry run, or there were errors; the database is as it was
    rejections: list[Rejection] = field(default_factory=list)  # the first REJECTIONS_KEPT
    on_reject: Callable[[Rejection], None] | None = field(default=None, repr=False)

    def reject(self, record: Record, errors: Iterable[FieldError]) -> None:
        values = None if isinstance(record.values, RecordError) else record.values
        rejection = Rejection(record.file, record.line, tuple(errors), values)
        self.rejected += 1
        if len(self.rejections) < REJECTIONS_KEPT:
            self.rejections.append(rejection)
        if self.on_reject:
            self.on_reject(rejection)


def located(records: Iterable[Mapping[str, Any] | Record]) -> Iterator[Record]:
    """Plain mappings get their position, from 1, for a line."""
    for position, record in enumerate(records, 1):
        yield record if isinstance(record, Record) else Record(record, "", position)


def cleaned(record: Any, checks: Mapping[str, Check], required: Iterable[str]) -> tuple[dict[str, Any], list]:
    """The fields that pass their checks, and what is wrong with the others. A null is as good as an absent field."""
    if not isinstance(record, Mapping):
        return {}, [FieldError("record", "type", f"Expected an object of name and value, got {type(record).__name__}.")]
    values: dict[str, Any] = {}
    errors: list[FieldError] = []
    for name, value in record.items():
        check = checks.get(name)
        if check is None:
            known = ", ".join(checks)
            errors.append(FieldError(named(name), "unknown", f"There is no such field. There are: {known}."))
        elif value is not None:
            try:
                values[name] = check(value)
            except Problem as problem:
                errors.append(FieldError(name, problem.code, str(problem)))
    failed = {error.field for error in errors}
    errors += [
        FieldError(name, "required", "This field is required.")
        for name in required
        if name not in values and name not in failed
    ]
    return values, errors


def named(name: Any) -> str:
    """A name from outside as it can go into an answer: short, and without what UTF-8 cannot encode."""
    return f"{name!s:.64}".encode("utf-8", "backslashreplace").decode()
