"""How commands talk: data to stdout, progress to stderr, one shape of error, exit codes that mean something."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from catalog.models import Storefront

FAILED, USAGE, DATA_INVALID, GATE_FAILED, DEPENDENCY_MISSING, INTERRUPTED = 1, 2, 3, 4, 5, 130


class ConsoleCommand(BaseCommand):
    """A command of ours: Ctrl-C exits with 130, and `format` chooses how a table is printed."""

    def execute(self, *args, **options):
        try:
            return super().execute(*args, **options)
        except KeyboardInterrupt:
            raise CommandError("Interrupted.", returncode=INTERRUPTED) from None

    def add_format(self, parser: CommandParser) -> None:
        parser.add_argument("--format", choices=("table", "json", "csv"), default="table", help="Default: table.")

    def print_rows(self, rows: Sequence[Mapping[str, Any]], format: str, title: str = "") -> None:
        """Rows with the same keys, in the chosen format, to stdout."""
        if format == "json":
            self.stdout.write(json.dumps(list(rows), indent=2, ensure_ascii=False, default=str))
        elif format == "csv":
            text = io.StringIO()
            writer = csv.DictWriter(text, list(rows[0]) if rows else [], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
            self.stdout.write(text.getvalue(), ending="")
        else:
            self.stdout.write(rendered(rows, title), ending="")


def storefront_named(slug: str) -> Storefront:
    """Raises CommandError that lists the storefronts there are."""
    try:
        return Storefront.objects.get(slug=slug)
    except Storefront.DoesNotExist:
        known = ", ".join(Storefront.objects.values_list("slug", flat=True))
        raise CommandError(
            f"There is no storefront {slug!r}. There are: {known or 'none yet; make one in the admin'}.",
            returncode=USAGE,
        ) from None


def rendered(rows: Sequence[Mapping[str, Any]], title: str = "") -> str:
    """The rows as a table of text."""
    if not rows:
        return f"{title + ': ' if title else ''}nothing to show.\n"
    table = Table(title=title or None, title_justify="left")
    for name in rows[0]:
        numeric = all(isinstance(row[name], (int, float)) for row in rows)
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(f"{value:.4f}" if isinstance(value, float) else str(value) for value in row.values()))
    terminal = sys.stdout.isatty()
    console = Console(file=io.StringIO(), force_terminal=terminal, width=None if terminal else 120)
    console.print(table)
    return console.file.getvalue()


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[str, float], None]]:
    """Yields `show(stage, fraction)`. Off a terminal it prints a line a stage, so that logs stay readable."""
    if not sys.stderr.isatty():
        yield _lines(title)
        return
    columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(title, total=1.0)
        yield lambda stage, fraction: bars.update(task, description=f"{title}: {stage}", completed=fraction)


def _lines(title: str) -> Callable[[str, float], None]:
    told: set[str] = set()

    def show(stage: str, fraction: float) -> None:
        step = f"{stage} {int(fraction * 4) * 25}%"
        if step not in told:
            told.add(step)
            print(f"{title}: {stage} ({fraction:.0%})", file=sys.stderr, flush=True)

    return show
