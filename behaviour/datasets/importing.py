"""A dataset into a storefront: everything, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from django.db import transaction

from behaviour.services import behaviours_import, persons_import, relationships_import
from catalog.models import Storefront
from catalog.services import ImportReport, Record, Rejection, items_import

from .dataset import Dataset

IMPORTS = {
    "items": items_import,
    "persons": persons_import,
    "behaviours": behaviours_import,
    "relationships": relationships_import,
}


def dataset_import(
    *,
    storefront: Storefront,
    dataset: Dataset,
    keep_valid: bool = False,
    dry_run: bool = False,
    limit: int | None = None,
    progress: Callable[[str, int], None] = lambda what, rows: None,
    on_reject: Callable[[Rejection], None] | None = None,
) -> dict[str, ImportReport]:
    """Import every stream in one transaction; the reports by stream.

    Nothing is kept on a dry run, after an interruption, or when a record is refused and `keep_valid` is not set.
    `limit`: at most so many behaviours. `progress(what, rows)` is called for every 1,000 rows and at the end.
    """
    with transaction.atomic():
        reports = {}
        for what, import_stream in IMPORTS.items():
            records = getattr(dataset, what)
            records = islice(records, limit) if what == "behaviours" else records
            # What is kept is decided below, for all streams together: one refused item must not make every
            # behaviour with it and with all the others an error.
            reports[what] = import_stream(
                storefront=storefront,
                records=_watched(what, records, progress),
                keep_valid=True,
                on_reject=on_reject,
            )
        refused = any(report.rejected for report in reports.values())
        kept = not dry_run and (keep_valid or not refused)
        if not kept:
            transaction.set_rollback(True)
    for report in reports.values():
        report.kept = kept
    return reports


def _watched(what: str, records: Iterable[Record], progress: Callable[[str, int], None]) -> Iterator[Record]:
    rows = 0
    for rows, record in enumerate(records, 1):
        if rows % 1000 == 0:
            progress(what, rows)
        yield record
    if rows % 1000:
        progress(what, rows)
