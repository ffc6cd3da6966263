"""What an import says: progress while it runs, a summary at the end, refused rows to a file."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from django.core.serializers.json import DjangoJSONEncoder
from rich.console import Console
from rich.progress import Progress as RichProgress
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

from catalog.services import ImportReport, Rejection

from .dataset import Dataset, DatasetError

ERRORS_SHOWN = 20
ROWS_A_LINE = 100_000
COUNTS = ("read", "created", "updated", "unchanged", "rejected")


class Progress:
    """A counter that moves on a terminal, and now and then a line elsewhere."""

    def __init__(self, stderr: TextIO):
        self._stderr = stderr
        self._tasks: dict[str, Any] = {}
        self._live = None
        if sys.stderr.isatty():
            columns = (SpinnerColumn(), TextColumn("{task.description}"), TextColumn("{task.fields[rows]:,} rows"))
            self._live = RichProgress(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True)

    def __enter__(self) -> Progress:
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self._live:
            self._live.stop()

    def show(self, what: str, rows: int) -> None:
        if not self._live:
            if rows and rows % ROWS_A_LINE == 0:
                self._stderr.write(f"{what}: {rows:,} rows read")
            return
        if what not in self._tasks:
            self._tasks[what] = self._live.add_task(what, total=None, rows=0)
        self._live.update(self._tasks[what], rows=rows)


class Rejects:
    """Refused rows as JSON lines: file, line, errors and the record."""

    def __init__(self, path: Path):
        try:
            self._file = path.open("w", encoding="utf-8", errors="backslashreplace")
        except OSError as error:
            raise DatasetError(f"{path} cannot be written: {error.strerror}.") from None

    def __enter__(self) -> Rejects:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def write(self, rejection: Rejection) -> None:
        self._file.write(json.dumps(_rejected(rejection), cls=DjangoJSONEncoder, ensure_ascii=False) + "\n")


def _rejected(rejection: Rejection) -> dict[str, Any]:
    return {
        "file": rejection.file,
        "line": rejection.line,
        "errors": [asdict(error) for error in rejection.errors],
        "record": rejection.values,
    }


def as_json(reports: Mapping[str, ImportReport], dataset: Dataset) -> dict[str, Any]:
    """The summary for programs. `errors` are the first of each kind of row; `rejected` says how many there are."""
    errors = [_rejected(rejection) for report in reports.values() for rejection in report.rejections]
    return {
        "kept": all(report.kept for report in reports.values()),
        **{what: {name: getattr(report, name) for name in (*COUNTS, "erased")} for what, report in reports.items()},
        "persons_created_by_behaviours": reports["behaviours"].persons_created,
        "skipped": dict(dataset.skipped),
        "notes": dataset.notes,
        "errors": [{name: error[name] for name in ("file", "line", "errors")} for error in errors],
    }


def as_table(reports: Mapping[str, ImportReport], dataset: Dataset) -> str:
    """The summary for people."""
    kept = all(report.kept for report in reports.values())
    lines = [] if kept else ["Nothing was kept. Otherwise this would have come of it:"]
    lines.append(f"{'':<14}" + "".join(f"{name:>12}" for name in COUNTS))
    for what, report in reports.items():
        if report.read:
            lines.append(f"{what:<14}" + "".join(f"{getattr(report, name):>12,}" for name in COUNTS))
    if not any(report.read for report in reports.values()):
        lines = ["There was nothing to import."]
    if created := reports["behaviours"].persons_created:
        lines.append(f"Persons created because a behaviour named them: {created:,}.")
    if erased := sum(report.erased for report in reports.values()):
        lines.append(f"Rows left out because they tell of persons who were erased: {erased:,}.")
    lines += [f"Rows skipped: {rows:,} ({reason})." for reason, rows in dataset.skipped.most_common()]
    lines += dataset.notes
    lines += _errors(reports)
    return "\n".join(lines)


def _errors(reports: Mapping[str, ImportReport]) -> list[str]:
    rejections = [rejection for report in reports.values() for rejection in report.rejections]
    refused = sum(report.rejected for report in reports.values())
    rejections.sort(key=lambda rejection: (rejection.file, rejection.line))
    lines = [
        f"{rejection.file}:{rejection.line} {error.field}: {error.message}"
        for rejection in rejections[:ERRORS_SHOWN]
        for error in rejection.errors
    ]
    if refused > ERRORS_SHOWN:
        lines.append(f"… and {refused - ERRORS_SHOWN:,} more.")
    return lines
