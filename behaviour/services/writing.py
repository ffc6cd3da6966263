"""Cleaned events into the behaviour table, as fast as the database takes them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from behaviour.models import Behaviour, Person
from catalog.models import Item, Storefront
from catalog.schema import FieldError
from catalog.services import ImportReport, Record
from catalog.services.imports import clean_batch

from .directory import Directory
from .erasures import erased_among
from .events import BODY, EventClean, body, content_digest

_COLUMNS = ("storefront_id", "received_at", "event_id", *BODY)
_IDS_A_QUERY = 900  # see directory.py

Event = tuple[Record, Mapping[str, Any]]


class EventWriter:
    """Writes events of one storefront, a batch a call. Keep one for a whole import: it remembers who is who."""

    def __init__(
        self,
        storefront: Storefront,
        *,
        event_id_required: bool,
        create_persons: bool = True,
        anonymous: bool = False,
        from_files: bool = False,
    ):
        self._storefront = storefront
        self._anonymous = anonymous  # who is created
        self._create_persons = create_persons
        self._from_files = from_files  # which may be from before somebody was erased
        self._clean = EventClean(storefront, event_id_required=event_id_required)
        self._items = Directory(Item, storefront.pk)
        self._persons = Directory(Person, storefront.pk)
        self._occurrences: Occurrences | None = None
        # What the driver would make of a datetime; once a row, this saves a call of Django.
        self._moment: Callable[[datetime], str] = _naive if connection.vendor == "sqlite" else str

    def write(self, batch: Sequence[Record], report: ImportReport) -> None:
        """Store the batch and count what became of it. Call it inside a transaction."""
        events = list(clean_batch(batch, self._clean, report))
        if self._from_files:
            events = self._without_erased(events, report)
        events, items = self._with_known_items(events, report)
        events, persons = self._with_known_persons(events, report)
        received = self._moment(datetime.now(UTC))
        rows = []
        for _, values in events:
            item = values.get("item")
            said = body(
                values,
                persons[values["person"]],
                None if item is None else items[item],
                self._moment(values["occurred_at"]),
            )
            rows.append((self._storefront.pk, received, values.get("event_id") or self._derived_id(values), *said))
        inserted = _insert(rows)
        report.created += inserted
        if inserted < len(rows):
            conflicts = self._reject_conflicts(events, rows, report)
            report.unchanged += len(rows) - inserted - conflicts

    def _without_erased(self, events: list[Event], report: ImportReport) -> list[Event]:
        """What somebody did before they were erased stays gone; what they did since is new."""
        erased = erased_among(self._storefront, {values["person"] for _, values in events})
        if not erased:
            return events
        kept = [
            event
            for event in events
            if event[1]["person"] not in erased or event[1]["occurred_at"] > erased[event[1]["person"]]
        ]
        report.erased += len(events) - len(kept)
        return kept

    def _with_known_items(self, events: list[Event], report: ImportReport) -> tuple[list[Event], dict[str, int]]:
        known = self._items.find({values["item"] for _, values in events if "item" in values})
        kept = []
        for event in events:
            item = event[1].get("item")
            if item is None or item in known:
                kept.append(event)
            else:
                say = f"There is no item {item!r} in this storefront. Import the items first."
                report.reject(event[0], [FieldError("item", "unknown_item", say)])
        return kept, known

    def _with_known_persons(self, events: list[Event], report: ImportReport) -> tuple[list[Event], dict[str, int]]:
        wanted = {values["person"] for _, values in events}
        known = self._persons.find(wanted)
        missing = wanted - known.keys()
        if missing and self._create_persons:
            created = [
                Person(storefront=self._storefront, external_id=name, anonymous=self._anonymous)
                for name in sorted(missing)
            ]
            Person.objects.bulk_create(created, ignore_conflicts=True)
            report.persons_created += len(created)
            return events, self._persons.find(wanted)
        for record, values in events:
            if values["person"] in missing:
                say = f"There is no person {values['person']!r} in this storefront."
                report.reject(record, [FieldError("person", "unknown_person", say)])
        return [event for event in events if event[1]["person"] not in missing], known

    def _derived_id(self, values: Mapping[str, Any]) -> str:
        """For files whose events have no ids: the same file read again gives the same ids, in whatever order."""
        self._occurrences = self._occurrences or Occurrences()
        digest = content_digest(values)
        occurrence = self._occurrences.count(digest)
        return digest if occurrence == 1 else f"{digest}-{occurrence}"

    def _reject_conflicts(self, events: Sequence[Event], rows: Sequence[tuple], report: ImportReport) -> int:
        stored = self._stored([row[2] for row in rows])
        conflicts = 0
        for (record, _), row in zip(events, rows, strict=True):
            if row[3:] != stored[row[2]]:
                conflicts += 1
                say = f"An event {row[2]!r} with other content is recorded already. Every event needs an id of its own."
                report.reject(record, [FieldError("event_id", "conflict", say)])
        return conflicts

    def _stored(self, event_ids: list[str]) -> dict[str, tuple]:
        """The bodies of recorded events by their id."""
        bodies = {}
        for start in range(0, len(event_ids), _IDS_A_QUERY):
            found = Behaviour.objects.filter(
                storefront=self._storefront, event_id__in=event_ids[start : start + _IDS_A_QUERY]
            )
            for values in found.order_by().values("event_id", *BODY):
                served = values["recommendation_id"]
                values["recommendation_id"] = served and served.hex
                moment = self._moment(values["occurred_at"])
                bodies[values["event_id"]] = body(values, values["person_id"], values["item_id"], moment)
        return bodies


class Occurrences:
    """How often each digest was seen, on disk: a file may hold any number of them."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)  # a private file that is gone when this is
        self._database.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-8000;"
            "CREATE TABLE seen (digest TEXT PRIMARY KEY, times INTEGER NOT NULL) WITHOUT ROWID; BEGIN"
        )

    def count(self, digest: str) -> int:
        """1 for the first time, 2 for the second…"""
        return self._database.execute(
            "INSERT INTO seen VALUES (?, 1) ON CONFLICT (digest) DO UPDATE SET times = times + 1 RETURNING times",
            (digest,),
        ).fetchone()[0]


def _naive(moment: datetime) -> str:
    return str(moment.replace(tzinfo=None))


def _insert(rows: Sequence[tuple]) -> int:
    """The number of rows that were not there yet. Rows are raw column values: no model instance is worth its time."""
    if not rows:
        return 0
    into = f"INSERT INTO {Behaviour._meta.db_table} ({', '.join(_COLUMNS)}) VALUES"
    conflict = "ON CONFLICT (storefront_id, event_id) DO NOTHING"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            from psycopg2.extras import execute_values

            returned = execute_values(
                cursor.cursor, f"{into} %s {conflict} RETURNING 1", rows, page_size=1000, fetch=True
            )
            return len(returned)
        cursor.executemany(f"{into} ({', '.join(['%s'] * len(_COLUMNS))}) {conflict}", rows)
        return cursor.rowcount
