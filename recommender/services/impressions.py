"""Writing down what became of a served list. Every figure of clicks and conversions starts here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from behaviour.services.events import CLOCK_SKEW
from recommender.models import Click, Impression, Recommendation

from .answers import ServiceError

#: A list that is older is no longer on anybody's screen.
LIFETIME = timedelta(days=2)


def impressions_record(*, recommendation: Recommendation, seen: Mapping[int, datetime | None]) -> int:
    """Items of a list came into sight: position in the list, from 0 → when, None for now.

    Returns how many of them were new: an item is seen once in a list, however often it is told.
    Raises ServiceError, and records nothing, for a position or a time that cannot be.
    """
    return _record(Impression, "seen_at", recommendation, seen)


def click_record(*, recommendation: Recommendation, position: int, at: datetime | None = None) -> bool:
    """The item at `position`, from 0, was opened from a list. True where that was not known yet.

    What was opened was seen: where nobody told so, the impression is written too.
    Raises ServiceError, and records nothing, for a position or a time that cannot be.
    """
    with transaction.atomic():
        _record(Impression, "seen_at", recommendation, {position: at})
        return bool(_record(Click, "clicked_at", recommendation, {position: at}))


def positions_of(recommendation: Recommendation) -> dict[int, int]:
    """Primary key of an item → its position in the list."""
    return {pk: position for position, (pk, *_) in enumerate(recommendation.items, recommendation.start)}


def _record(
    model: type[Impression] | type[Click],
    time_field: str,
    recommendation: Recommendation,
    told: Mapping[int, datetime | None],
) -> int:
    now = timezone.now()
    times = {position: _checked(recommendation, position, at or now, now) for position, at in told.items()}
    with transaction.atomic():
        known = set(
            model.objects.filter(recommendation=recommendation, position__in=times).values_list("position", flat=True)
        )
        rows = [
            model(
                storefront_id=recommendation.storefront_id,
                recommendation=recommendation,
                position=position,
                **{time_field: at},
            )
            for position, at in times.items()
            if position not in known
        ]
        model.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _checked(recommendation: Recommendation, position: int, at: datetime, now: datetime) -> datetime:
    start, length = recommendation.start, len(recommendation.items)
    if not start <= position < start + length:
        raise ServiceError(f"Position {position} is not in this list, which has {length} items, counted from {start}.")
    if at > now + CLOCK_SKEW:
        raise ServiceError(f"{at.isoformat()} is in the future. Check the clock of the client.")
    if not recommendation.created_at - CLOCK_SKEW <= at <= recommendation.created_at + LIFETIME:
        raise ServiceError(
            f"{at.isoformat()} is not within {LIFETIME.days} days after the list was served, "
            f"{recommendation.created_at.isoformat()}."
        )
    return at
