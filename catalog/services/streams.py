"""Imports of any length from a sender who may have to send them again: whole batches, each kept or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from django.db import OperationalError

from .records import ImportReport, Record, Rejection

BATCH = 1000
#: How many refused records a report names; the others are counted.
REFUSALS_KEPT = 1000

Store = Callable[[list[Record], Callable[[Rejection], None]], ImportReport]


@dataclass
class StreamReport:
    """What became of the records of a stream.

    `refused` records were wrong; `held_back` were right and stand in a batch with one that was refused: such a batch
    is not stored at all. `erased` were left out, for they tell of somebody who was erased. `broken_off`: why it ended
    before the end, or nothing; `unavailable`: because of us.
    """

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    erased: int = 0
    refused: int = 0
    held_back: int = 0
    broken_off: str = ""
    unavailable: bool = False
    refusals: list[Rejection] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        return not self.refused and not self.broken_off


def stream_import(records: Iterable[Record], store: Store, *, broken: type[Exception]) -> StreamReport:
    """Store records by the thousand; memory holds one batch, and each is a transaction of its own.

    `store` keeps the whole of a batch or nothing, and tells of each record that it refuses. An exception of the type
    `broken` out of `records` ends the import: what was read of that batch is not stored, and the report says why. To
    go on, send everything again: what is stored already is left alone.
    """
    report = StreamReport()
    source = iter(records)

    def refuse(rejection: Rejection) -> None:
        report.refused += 1
        if len(report.refusals) < REFUSALS_KEPT:
            report.refusals.append(rejection)

    while not report.broken_off and (batch := _batch(source, report, broken)) and not report.broken_off:
        report.read += len(batch)
        before = report.refused
        try:
            stored = store(batch, refuse)
        except OperationalError:
            report.held_back += len(batch)
            report.broken_off, report.unavailable = "The database did not answer.", True
        else:
            if stored.rejected:
                report.held_back += len(batch) - (report.refused - before)
            else:
                report.created += stored.created
                report.updated += stored.updated
                report.unchanged += stored.unchanged
                report.erased += stored.erased
    return report


def _batch(source: Iterator[Record], report: StreamReport, broken: type[Exception]) -> list[Record]:
    batch: list[Record] = []
    try:
        for record in islice(source, BATCH):
            batch.append(record)
    except broken as error:
        report.broken_off = str(error)
        report.read += len(batch)
        report.held_back += len(batch)
    return batch
