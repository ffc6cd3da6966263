"""Gorse's feedback, which is behaviours here.

Gorse keeps one row a (type, user, item); here every event is a fact of its own. What Gorse would keep is the last of
them: a POST adds its value to the one before, a PUT replaces it. The same row sent twice with the same timestamp is
recorded once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import CharField, Max, Q, QuerySet
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.utils import timezone
from rest_framework.response import Response

from behaviour.api.views import withheld_from
from behaviour.kinds import kinds_for
from behaviour.models import Behaviour
from behaviour.services import behaviour_retract, behaviours_record, erased_among
from catalog.models import Item, Storefront
from catalog.services import RecordError, item_upsert

from .base import GorseView, N, affected, needs
from .kinds import kind_of
from .pages import cursor_of
from .refusals import refusing
from .shapes import ShapeError, moment_of, said, text_of

TYPE = "feedback_type"  # in the context of a behaviour: what the client called its kind
BATCH = 1000


class Feedback(GorseView):
    @needs("read")
    def get(self, request):
        n = max(self.number("n", N), 1)
        found = latest(of(self.storefront), after=cursor_of(self), most=n + 1)
        cursor = str(found[n - 1].pk) if len(found) > n else ""
        return Response({"Cursor": cursor, "Feedback": list(feedback_shown(self, found[:n]))})

    @needs("write")
    def post(self, request):
        return affected(feedback_record(self.storefront, self.rows(), add=True))

    @needs("write")
    def put(self, request):
        return affected(feedback_record(self.storefront, self.rows(), add=False))


class FeedbackOf(GorseView):
    """Of one user, of one item, of one type, or of a user or item and type."""

    @needs("read")
    def get(self, request, user: str | None = None, item: str | None = None, kind: str | None = None):
        rows = of(self.storefront, user=user, item=item, feedback_type=kind)
        if user is not None or item is not None:
            return Response(list(feedback_shown(self, latest(rows))))
        n = max(self.number("n", N), 1)
        found = latest(rows, after=cursor_of(self), most=n + 1)
        cursor = str(found[n - 1].pk) if len(found) > n else ""
        return Response({"Cursor": cursor, "Feedback": list(feedback_shown(self, found[:n]))})


class FeedbackBetween(GorseView):
    """What one user said of one item, of all types or of one."""

    @needs("read")
    def get(self, request, user: str, item: str, kind: str | None = None):
        self.person(user), self.item(item)  # 404 where there is none
        found = list(feedback_shown(self, latest(of(self.storefront, user=user, item=item, feedback_type=kind))))
        if kind is None:
            return Response(found)
        return Response(found[0] if found else None, status=200 if found else 404)

    @needs("write")
    def delete(self, request, user: str, item: str, kind: str | None = None):
        rows = of(self.storefront, user=user, item=item, feedback_type=kind).select_related("person")
        shown = {(row.person_id, row.item_id, type_of(row)) for row in rows}
        for row in rows:
            behaviour_retract(person=row.person, event_id=row.event_id)
        return affected(len(shown))


def of(
    storefront: Storefront, *, user: str | None = None, item: str | None = None, feedback_type: str | None = None
) -> QuerySet[Behaviour]:
    said_as = Cast(KT(f"context__{TYPE}"), CharField())  # as text: else SQLite would read the type as JSON
    rows = Behaviour.objects.filter(storefront=storefront, item__isnull=False).annotate(said_as=said_as)
    if user is not None:
        rows = rows.filter(person__storefront=storefront, person__external_id=user)
    if item is not None:
        rows = rows.filter(item__storefront=storefront, item__external_id=item)
    if feedback_type is not None:
        # What came in by the other API has no type of the client's: its kind is its name.
        rows = rows.filter(Q(said_as=feedback_type) | Q(said_as__isnull=True, kind=feedback_type))
    return rows


def latest(rows: QuerySet[Behaviour], after: int = 0, most: int | None = None) -> list[Behaviour]:
    """The last event of each (type, user, item), in the order of their primary keys."""
    groups = rows.order_by().values("person", "item", "kind", "said_as").annotate(last=Max("pk"))
    keys = groups.filter(last__gt=after).order_by("last").values_list("last", flat=True)
    wanted = list(keys[:most] if most is not None else keys)
    found: dict[int, Behaviour] = {}
    for start in range(0, len(wanted), 500):  # SQLite bears no more variables
        batch = Behaviour.objects.select_related("person", "item").in_bulk(wanted[start : start + 500])
        found |= batch
    return [found[key] for key in wanted if key in found]


def type_of(row: Behaviour) -> str:
    return row.context.get(TYPE) or row.kind


def feedback_shown(view: GorseView, rows: Iterable[Behaviour]) -> Iterator[dict[str, Any]]:
    """Without the events that the view's key does not get to see."""
    withheld = withheld_from(view.storefront, view.request.auth)
    return (feedback_row(row) for row in rows if not withheld(row))


def feedback_row(row: Behaviour) -> dict[str, Any]:
    return {
        "FeedbackType": type_of(row),
        "UserId": row.person.external_id,
        "ItemId": row.item.external_id,
        "Value": row.value or 0,
        "Timestamp": said(row.occurred_at),
        "Updated": said(row.received_at),
        "Comment": row.text,
    }


def feedback_record(
    storefront: Storefront, rows: Iterable[Mapping[str, Any]], *, add: bool, from_files: bool = False
) -> int:
    """Record Gorse rows, all or none; users and items that are not there yet are made, as Gorse does. Returns how many.

    `from_files`: leave out what users did before they were erased. Raises a Problem that points at the row.
    """
    rows = list(rows)
    with transaction.atomic():
        records = []
        for place, row in enumerate(rows):
            with refusing(place):
                records.append(_record(storefront, row))
        if from_files:
            erased = erased_among(storefront, {record["person"] for record in records})
            records = [one for one in records if not _is_erased(one, erased)]
        _items_make(storefront, {record["item"] for record in records})
        if add:
            _values_add(storefront, records)
        for start in range(0, len(records), BATCH):
            _write(storefront, records[start : start + BATCH], start)
    return len(records)


def _is_erased(record: Mapping[str, Any], erased: Mapping[str, datetime]) -> bool:
    return record["person"] in erased and record["occurred_at"] <= erased[record["person"]]


def _record(storefront: Storefront, row: Mapping[str, Any]) -> dict[str, Any]:
    feedback_type, user, item = (text_of(row, field) for field in ("FeedbackType", "UserId", "ItemId"))
    kind = kind_of(storefront, feedback_type)
    value = row.get("Value") or 0
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ShapeError("Value", f"Value must be a number, got {value!r:.60}.")
    when = moment_of(row)
    # A timestamp makes the row a fact that can be told twice; without one, every telling is a new one.
    told = json.dumps([feedback_type, user, item, said(when or timezone.now()), value])
    return {
        "event_id": "gorse:" + hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:40],
        "person": user,
        "item": item,
        "kind": kind.name,
        "value": value if value or kind.neutral_value is not None else None,
        "text": text_of(row, "Comment", ""),
        "context": {TYPE: feedback_type},
        "occurred_at": when or timezone.now(),
    }


def _items_make(storefront: Storefront, external_ids: set[str]) -> None:
    wanted = sorted(external_ids)
    known: set[str] = set()
    for start in range(0, len(wanted), 500):
        rows = Item.objects.filter(storefront=storefront, external_id__in=wanted[start : start + 500])
        known.update(rows.values_list("external_id", flat=True))
    for external_id in wanted:
        if external_id not in known:
            with refusing():
                item_upsert(storefront=storefront, record={"external_id": external_id, "title": external_id})


def _values_add(storefront: Storefront, records: list[dict[str, Any]]) -> None:
    """Values of kinds that count add up; a rating is no count: the new one stands."""
    kinds = kinds_for(storefront.vertical)
    totals: dict[tuple[str, str, str], float] = {}
    for record in records:
        if record["value"] is None or kinds[record["kind"]].neutral_value is not None:
            continue
        key = record["person"], record["item"], record["context"][TYPE]
        if key not in totals:
            before = latest(of(storefront, user=key[0], item=key[1], feedback_type=key[2]))
            repeated = Behaviour.objects.filter(storefront=storefront, event_id=record["event_id"]).exists()
            totals[key] = 0.0 if repeated or not before else before[-1].value or 0.0
        totals[key] += record["value"]
        record["value"] = totals[key]


def _write(storefront: Storefront, records: list[dict[str, Any]], start: int) -> None:
    report = behaviours_record(storefront=storefront, records=records)
    # A conflict is the same row with another value added up since: it was recorded, and stays as it was.
    for rejection in report.errors:
        with refusing(start + rejection.line - 1):
            raise RecordError(rejection.errors)
    if report.conflicts:
        told = {start + rejection.line - 1 for rejection in report.conflicts}
        behaviours_record(
            storefront=storefront,
            records=[record for place, record in enumerate(records, start) if place not in told],
        )
