"""Events that were not recorded: a few of the latest word for word, and counts by the hour of all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from behaviour.models import RefusalHour, RefusedEvent
from catalog.models import Storefront
from catalog.services import Rejection

#: How many of a storefront are kept word for word. Older ones go when newer ones come.
KEPT = 500
#: How many of one call: a batch that is wrong from end to end must not push out what others did.
KEPT_A_CALL = 20
#: What a refused event is kept with. What somebody typed, and where they were, is nobody's business here.
_SHOWN = ("event_id", "person", "item", "kind", "value", "occurred_at", "recommendation_id")
_LONGEST = 200
#: The code under which events that were sent again, to the letter, are counted. They are not refused.
SENT_AGAIN = "sent_again"


def refusals_record(
    *, storefront: Storefront, rejections: Iterable[Rejection], refused: int = 0, sent_again: int = 0
) -> None:
    """Keep the latest and count all. `refused`: how many there were, where `rejections` lists only the first of them.

    Call it outside the transaction that was rolled back. Events without a reason that is listed count as "other".
    """
    rejections = list(rejections)
    counts = Counter(rejection.errors[0].code for rejection in rejections)
    counts["other"] += max(0, refused - len(rejections))
    counts[SENT_AGAIN] += sent_again
    now = timezone.now()
    with transaction.atomic():
        for code, events in counts.items():
            if events:
                _count(storefront, now.replace(minute=0, second=0, microsecond=0), code, events)
        RefusedEvent.objects.bulk_create(_row(storefront, one, now) for one in rejections[-KEPT_A_CALL:])
        if rejections:
            _forget(storefront)


def _row(storefront: Storefront, rejection: Rejection, now: datetime) -> RefusedEvent:
    record = rejection.values or {}
    return RefusedEvent(
        storefront=storefront,
        person=str(_short(record.get("person") or ""))[:128],
        code=rejection.errors[0].code,
        message="; ".join(f"{error.field}: {error.message}" for error in rejection.errors)[:500],
        record={name: _short(record[name]) for name in _SHOWN if name in record},
        received_at=now,
    )


def _count(storefront: Storefront, hour: datetime, code: str, events: int) -> None:
    RefusalHour.objects.get_or_create(storefront=storefront, hour=hour, code=code)
    RefusalHour.objects.filter(storefront=storefront, hour=hour, code=code).update(events=F("events") + events)


def _forget(storefront: Storefront) -> None:
    rows = RefusedEvent.objects.filter(storefront=storefront).order_by("-id")
    oldest = rows.values_list("pk", flat=True)[KEPT : KEPT + 1].first()
    if oldest is not None:
        RefusedEvent.objects.filter(storefront=storefront, pk__lte=oldest).delete()


def _short(value: Any) -> Any:
    """A value as it goes into a small row: an event may hold anything."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, (int, float)):
        # JSON holds neither infinities nor, in every reader, more digits than a float has.
        return value if -(2**53) <= value <= 2**53 else "…"
    if isinstance(value, Mapping | list):
        return "…"
    return str(value)[:_LONGEST].encode("utf-8", "backslashreplace").decode()[:_LONGEST].replace("\x00", "")
