"""What one kind of row has to say about its files, and what becomes of each row of a file."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _
from import_export.fields import Field
from import_export.resources import Resource
from import_export.results import Result, RowResult

from ...auditing import Change, audit
from ...models import Storefront
from ...schema import FieldError
from ...services import ImportReport, Record, RecordError, Rejection
from ...services.imports import OnRow
from .columns import DOT, CellError
from .reading import FileError, Sheet

ROWS_LOOKED_UP = 500
ATTRIBUTES = "attributes"


class Outcome(RowResult):
    """What becomes of one row. `changes`: (field, before, after) of what it changes; `problems`: why it is refused."""

    def __init__(self, place: int, name: str):
        super().__init__()
        self.place = place
        self.name = name
        self.changes: list[tuple[str, Any, Any]] = []
        self.problems: list[FieldError] = []

    def said(self) -> str:
        problems = [(problem.field, problem.message) for problem in self.problems]
        return repr((self.place, self.name, self.import_type, self.changes, problems))


class FileResult(Result):
    """What becomes of all rows: `rows` are Outcomes, in the order in which they were looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.kept = False
        self._said = hashlib.sha256()

    def add(self, outcome: Outcome) -> None:
        self.append_row_result(outcome)
        self.increment_row_result_total(outcome)
        self.total_rows += 1
        self._said.update(outcome.said().encode("utf-8", "backslashreplace"))

    def of(self, kind: str) -> list[Outcome]:
        return [row for row in self.rows if row.import_type == kind]

    @property
    def refused(self) -> int:
        return self.totals[RowResult.IMPORT_TYPE_INVALID]

    @property
    def wanted(self) -> int:
        """Rows that would be written."""
        return self.totals[RowResult.IMPORT_TYPE_NEW] + self.totals[RowResult.IMPORT_TYPE_UPDATE]

    @property
    def digest(self) -> str:
        """The same for two imports that do the same."""
        return self._said.hexdigest()


class FileResource(Resource):
    """The rows of one storefront as files, and back.

    A column that a file leaves out stays as it is in rows that are there already; an empty cell, or a null, empties
    its field. Rows are written by a service, which validates them; all of them are kept or none.
    """

    #: Every row of a file names its storefront, so that a file cannot land in the wrong one.
    STOREFRONT = "storefront"
    what: str  # "items": in names of files and in the audit log
    key: str  # the column that says which row it is
    key_required = True

    def __init__(self, storefront: Storefront, *, actor: Any = None, reason: str = ""):
        super().__init__()
        self.storefront = storefront
        self.actor = actor
        self.reason = reason
        self.fields = {column.column_name: column for column in self.columns()}

    @classmethod
    def get_result_class(cls) -> type[FileResult]:
        return FileResult

    @abstractmethod
    def columns(self) -> list[Field]:
        """In the order of the file."""

    @abstractmethod
    def record(self, row: Model) -> dict[str, Any]:
        """The record that the service would make this row from, without what whoever asks may not see."""

    @abstractmethod
    def known(self, keys: list[Any]) -> Mapping[Any, Model]:
        """The rows of the storefront that have these keys."""

    @abstractmethod
    def store(
        self, records: Iterable[Record], *, dry_run: bool, on_row: OnRow, on_reject: Callable[[Rejection], None]
    ) -> ImportReport:
        """Have the service write the records, all or none."""

    def merged(self, row: Model | None, values: dict[str, Any]) -> dict[str, Any]:
        """The whole record of a row that is there (or None), once it says what stands in the file."""
        return values if row is None else self._onto(self.record(row), values)

    def row_changes(self, result: FileResult) -> list[Change]:
        """What the audit log is told of single rows, besides that there was an import."""
        return []

    def import_data(self, dataset: Sheet, dry_run: bool = False, expected: str = "", **options: Any) -> FileResult:
        """`expected`: the digest of what was agreed to; where it would turn out otherwise, nothing is written.

        Raises FileError for a column that there is not.
        """
        self._check_names(dataset)
        result = FileResult()
        by_place = dict(dataset.rows)

        def reject(rejection: Rejection) -> None:
            outcome = Outcome(rejection.line, _words(by_place[rejection.line].get(self.key)))
            outcome.import_type = RowResult.IMPORT_TYPE_INVALID
            outcome.problems = list(rejection.errors)
            result.add(outcome)

        def tell(record: Record, before: Model | None, after: Model) -> None:
            result.add(self._outcome(record, before, after))

        with transaction.atomic():
            self.store(self._records(dataset), dry_run=dry_run, on_row=tell, on_reject=reject)
            agreed = not expected or expected == result.digest
            result.kept = agreed and not dry_run and not result.refused
            if result.kept:
                audit(*self.row_changes(result), self._import_change(result, dataset, options.get("file_name", "")))
            else:
                transaction.set_rollback(True)
        return result

    def _records(self, sheet: Sheet) -> Iterator[Record]:
        """The rows as whole records, or as what is wrong with them."""
        places: dict[Any, int] = {}
        rows = iter(sheet.rows)
        while some := list(islice(rows, ROWS_LOOKED_UP)):
            read = [(place, *self._read(values, sheet.cells)) for place, values in some]
            keys = [values.get(self.key) for _place, values, _problems in read]
            known = self.known([key for key in keys if _is_plain(key)])
            for (place, values, problems), key in zip(read, keys, strict=True):
                if _is_plain(key) and places.setdefault(key, place) != place:
                    say = _("Row %(n)s has the same. Keep one of the two.") % {"n": places[key]}
                    problems.append(FieldError(self.key, "twice", say))
                if not problems:
                    values = self.merged(known.get(key) if _is_plain(key) else None, values)
                yield Record(RecordError(problems) if problems else values, "", place)

    def _read(self, values: Mapping[str, Any], cells: bool) -> tuple[dict[str, Any], list[FieldError]]:
        read: dict[str, Any] = {}
        problems = []
        for name, value in values.items():
            if name == self.STOREFRONT:
                if value not in (self.storefront.slug, "", None):
                    problems.append(FieldError(name, "foreign", self._foreign(value)))
                continue
            try:
                value = self.fields[name].widget.clean(value) if cells else value
            except CellError as error:
                problems.append(FieldError(name, "format", str(error)))
            first, dot, inner = name.partition(DOT)
            if dot:
                read.setdefault(first, {})[inner] = value
            else:
                read[name] = value
        return read, problems

    def _foreign(self, value: Any) -> str:
        said = {"other": f"{value!s:.64}", "own": self.storefront.slug}
        return _("This row is of %(other)s, and the import goes into %(own)s. Take it out, or import it there.") % said

    @staticmethod
    def _onto(kept: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
        record = {**kept, **values}
        told = values.get(ATTRIBUTES)
        if isinstance(told, Mapping):
            both = {**kept.get(ATTRIBUTES, {}), **told}
            record[ATTRIBUTES] = {name: value for name, value in both.items() if value is not None}
        return record

    def _check_names(self, sheet: Sheet) -> None:
        known = set(self.fields) if sheet.cells else {name.partition(DOT)[0] for name in self.fields}
        unknown = [name for name in sheet.names if name not in known and name != self.STOREFRONT]
        if unknown:
            said = {"name": f"{unknown[0]!a:.64}", "known": ", ".join([self.STOREFRONT, *self.fields])}
            raise FileError(_("There is no column %(name)s. Take it out; there are: %(known)s.") % said)
        if self.key_required and self.key not in sheet.names:
            raise FileError(_("The column %(name)s is missing: it says which row is meant.") % {"name": self.key})

    def _outcome(self, record: Record, before: Model | None, after: Model) -> Outcome:
        # A key that the database gives is another one each time that one looks.
        given = before is not None or self.key_required
        outcome = Outcome(record.line, str(getattr(after, self.key)) if given else "")
        outcome.instance, outcome.original = after, before
        was, now = _flat(self.record(before)) if before else {}, _flat(self.record(after))
        names = dict.fromkeys([*now, *was])
        outcome.changes = [
            (name, was.get(name), now.get(name))
            for name in names
            if name != self.key and was.get(name) != now.get(name) and not (before is None and now[name] in _NOTHING)
        ]
        if before is None:
            outcome.import_type = RowResult.IMPORT_TYPE_NEW
        else:
            outcome.import_type = RowResult.IMPORT_TYPE_UPDATE if outcome.changes else RowResult.IMPORT_TYPE_SKIP
        return outcome

    def _import_change(self, result: FileResult, sheet: Sheet, file: str) -> Change:
        after = {
            "file": f"{file:.200}",
            "new": result.totals[RowResult.IMPORT_TYPE_NEW],
            "changed": result.totals[RowResult.IMPORT_TYPE_UPDATE],
            "unchanged": result.totals[RowResult.IMPORT_TYPE_SKIP],
            "columns": sheet.names,
        }
        return Change(f"import {self.what}", self.storefront, self.actor, self.storefront, None, after, self.reason)


_NOTHING = (None, "", [], {})


def _is_plain(key: Any) -> bool:
    """Whether a database can be asked for it; what is no such key is the service's to refuse."""
    return key.isprintable() if isinstance(key, str) else isinstance(key, int) and not isinstance(key, bool)


def _words(key: Any) -> str:
    return "" if key is None else f"{key!s:.128}".encode("utf-8", "backslashreplace").decode()


def _flat(record: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes beside the other fields, each by its own name."""
    flat = {name: value for name, value in record.items() if name != ATTRIBUTES}
    return flat | {f"{ATTRIBUTES}{DOT}{name}": value for name, value in record.get(ATTRIBUTES, {}).items()}
