"""From a record of something that somebody did to the columns that are stored, and back to its identity.

This is the hot path of every import: plain tuples and dictionaries, no model instances.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any

from behaviour.kinds import kinds_for
from catalog.models import Storefront
from catalog.schema import FieldError
from catalog.services import RecordError
from catalog.services import values as check
from catalog.services.records import cleaned

#: How far a client's clock may be ahead of ours.
CLOCK_SKEW = timedelta(minutes=5)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WHY_AN_EVENT_ID = FieldError(
    "event_id",
    "required",
    "Give every event an id of your own: sending it again, after a timeout for instance, then records it once.",
)


def recommendation(value: Any) -> str:
    """32 hexadecimal digits: SQLite stores a UUID as such, and PostgreSQL reads it."""
    try:
        return (value if isinstance(value, uuid.UUID) else uuid.UUID(value)).hex
    except (ValueError, AttributeError, TypeError):
        raise check.Problem("format", "Expected the id of a served list, which is a UUID.") from None


CHECKS = {
    "event_id": check.identifier,
    "person": check.identifier,
    "item": check.identifier,
    "kind": check.text(32, required=True),
    "value": check.number,
    "text": check.text(10_000, lines=True),
    "context": check.scalars,
    "occurred_at": check.moment,
    "recommendation_id": recommendation,
}
_encode_json = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


class EventClean:
    """Call it with a record: every field in its stored form, or RecordError with every problem."""

    def __init__(self, storefront: Storefront, *, event_id_required: bool):
        self._kinds = kinds_for(storefront.vertical)
        self._required = ("person", "kind", "occurred_at", *(["event_id"] if event_id_required else []))
        self._latest = datetime.now(UTC) + CLOCK_SKEW

    def __call__(self, record: Mapping[str, Any]) -> dict[str, Any]:
        values, errors = cleaned(record, CHECKS, self._required)
        if errors or not self._fits_kind(values) or not _EPOCH <= values["occurred_at"] <= self._latest:
            raise RecordError(self._explain(values, errors))
        return values

    def _fits_kind(self, values: Mapping[str, Any]) -> bool:
        kind = self._kinds.get(values["kind"])
        if kind is None or (kind.needs_item and "item" not in values):
            return False
        return not kind.value_error(values.get("value"))

    def _explain(self, values: Mapping[str, Any], errors: list[FieldError]) -> list[FieldError]:
        errors = [_WHY_AN_EVENT_ID if (e.field, e.code) == ("event_id", "required") else e for e in errors]
        failed = {error.field for error in errors}
        kind = self._kinds.get(values.get("kind"))
        if kind is None and "kind" not in failed:
            known = ", ".join(self._kinds)
            errors.append(FieldError("kind", "unknown_kind", f"This vertical has no such kind. It has: {known}."))
        if kind and kind.needs_item and "item" not in values and "item" not in failed:
            errors.append(FieldError("item", "required", f"A {kind.name} needs the item that it is about."))
        if kind and "value" not in failed and (problem := kind.value_error(values.get("value"))):
            errors.append(FieldError("value", "range", problem))
        moment = values.get("occurred_at")
        if moment and moment > self._latest:
            say = "This lies in the future. Check the clock and the time zone of the sender."
            errors.append(FieldError("occurred_at", "future", say))
        if moment and moment < _EPOCH:
            errors.append(FieldError("occurred_at", "range", "Behaviours before 1970 are not recorded."))
        return errors


#: The columns that `body` fills, in its order.
BODY = ("person_id", "item_id", "kind", "value", "text", "context", "occurred_at", "recommendation_id")


def body(values: Mapping[str, Any], person: int, item: int | None, moment: str) -> tuple:
    """What an event says, as it is stored. Two events of one id and one body are one event that was sent twice."""
    context = values.get("context")
    return (
        person,
        item,
        values["kind"],
        values.get("value"),
        values.get("text", ""),
        _encode_json(context) if context else "{}",
        moment,
        values.get("recommendation_id"),
    )


def content_digest(values: Mapping[str, Any]) -> str:
    """32 hexadecimal digits that depend on what the event says, and on nothing else."""
    content = {name: value for name, value in values.items() if name != "occurred_at"}
    said = _encode_json([content, values["occurred_at"].isoformat()])
    return blake2b(said.encode(), digest_size=16).hexdigest()
