"""Behaviours as the storefront writes them down, in the form that `behaviours_record` takes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.utils import timezone

from behaviour.models import Behaviour, Person
from catalog.models import Storefront


def fact(
    person: Person,
    item: str | None,
    kind: str,
    event_id: str,
    *,
    at: float | None = None,
    value: float | None = None,
    text: str = "",
    recommendation: str = "",
) -> dict[str, Any]:
    """`item` is an external id, `at` seconds since 1970 (now, if not given)."""
    record: dict[str, Any] = {
        "event_id": event_id,
        "person": person.external_id,
        "item": item,
        "kind": kind,
        "value": value,
        "text": text,
        "occurred_at": (timezone.now() if at is None else datetime.fromtimestamp(at, tz=UTC)).isoformat(),
        "context": {"source": "storefront"},
        "recommendation_id": recommendation or None,
    }
    return {name: entry for name, entry in record.items() if entry not in (None, "")}


def is_told(storefront: Storefront, event_id: str) -> bool:
    """Whether it was recorded before: looking twice, or a button pressed twice, is no second event and no mistake."""
    return Behaviour.objects.filter(storefront=storefront, event_id=event_id).exists()
