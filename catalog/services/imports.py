"""The frame of every import: batches, transactions, and an upsert that leaves equal rows alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from itertools import islice
from typing import Any, NamedTuple

from django.db import models, transaction

from .records import ImportReport, Record, RecordError, Rejection, located

Clean = Callable[[Any], dict[str, Any]]
#: Hears of each record that is stored: where it stood, the row as it was or None, the row as it is.
OnRow = Callable[[Record, models.Model | None, models.Model], None]


def import_batches(
    records: Iterable[Mapping[str, Any] | Record],
    write: Callable[[list[Record], ImportReport], None],
    *,
    size: int,
    keep_valid: bool,
    dry_run: bool,
    on_reject: Callable[[Rejection], None] | None = None,
) -> ImportReport:
    """`write` stores one batch and counts it; memory holds one batch.

    Without `keep_valid` the import is one transaction, which is rolled back when any record is refused: on SQLite
    other writers wait until it is over. With `keep_valid` every batch commits by itself.
    """
    report = ImportReport(on_reject=on_reject)
    one_transaction = dry_run or not keep_valid
    with transaction.atomic() if one_transaction else nullcontext():
        for batch in _batches(located(records), size):
            report.read += len(batch)
            # No savepoint inside a larger transaction: an exception undoes all of it anyway.
            with transaction.atomic(savepoint=False):
                write(batch, report)
        report.kept = not dry_run and (keep_valid or not report.rejected)
        if not report.kept:
            transaction.set_rollback(True)
    return report


def _batches(records: Iterator[Record], size: int) -> Iterator[list[Record]]:
    while batch := list(islice(records, size)):
        yield batch


def clean_batch(batch: Iterable[Record], clean: Clean, report: ImportReport) -> Iterator[tuple[Record, dict]]:
    """The records that can be stored, each with its cleaned values; the others are rejected."""
    for record in batch:
        try:
            if isinstance(record.values, RecordError):
                raise record.values
            values = clean(record.values)
        except RecordError as error:
            report.reject(record, error.errors)
        else:
            yield record, values


class Upserted(NamedTuple):
    written: list[models.Model]  # with their primary keys
    created: int
    updated: int
    unchanged: int
    compared: list[tuple[models.Model | None, models.Model]]  # of each row, in order: as it was, and as it is


def rows_upsert(
    rows: Iterable[models.Model], known: Iterable[models.Model], *, unique: Sequence[str], update: Sequence[str]
) -> Upserted:
    """Write the rows that are new or differ from those of the same key in `known`; the last of a key wins.

    One INSERT … ON CONFLICT DO UPDATE: whoever else writes the same key at the same time makes no error.
    """
    latest = {_key(row, unique): row for row in known}
    written: dict[tuple, models.Model] = {}
    compared = []
    created = updated = unchanged = 0
    for row in rows:
        key = _key(row, unique)
        before = latest.get(key)
        compared.append((before, row))
        if before is None:
            created += 1
        elif all(getattr(before, name) == getattr(row, name) for name in update):
            unchanged += 1
            continue
        else:
            updated += 1
        latest[key] = written[key] = row
    if written:
        # What django.utils.timezone.now gives for auto_now columns counts as an update too.
        model = type(next(iter(written.values())))
        stamps = [field.name for field in model._meta.concrete_fields if getattr(field, "auto_now", False)]
        model._base_manager.bulk_create(
            written.values(), update_conflicts=True, unique_fields=unique, update_fields=[*update, *stamps]
        )
    return Upserted(list(written.values()), created, updated, unchanged, compared)


def rows_tell(accepted: Iterable[tuple[Record, dict]], upserted: Upserted, on_row: OnRow | None) -> None:
    """Tell `on_row` of the records of one batch."""
    if on_row:
        for (record, _values), (before, row) in zip(accepted, upserted.compared, strict=True):
            on_row(record, before, row)


def _key(row: models.Model, unique: Sequence[str]) -> tuple:
    # attname: comparing storefront_id costs nothing, comparing storefront may cost a query.
    return tuple(getattr(row, row._meta.get_field(name).attname) for name in unique)
