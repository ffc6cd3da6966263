"""Keeping the hourly figures up to date. A page reads these and never what they are made of.

An update looks at what arrived since the one before, finds the hours in which the lists concerned were served, and
counts those hours anew, from their rows: counting an hour twice gives the same. So figures of an hour go on changing
until the windows of its lists have closed, some three days later, and nothing is ever added to a sum twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import chain

from django.db import transaction
from django.db.models import Count, F, Max, Model, Q
from django.db.models.functions import TruncHour
from django.utils import timezone

from behaviour.models import Behaviour, Person
from catalog.models import Item, Storefront

from .. import registry
from ..evaluation import item_sets
from ..evaluation.online import DIVERSITY_SAMPLE, Tally, diversity
from ..models import (
    Click,
    EventHour,
    Impression,
    ItemsShown,
    ItemVector,
    LatencyHour,
    ListHour,
    LiveEncoder,
    Measured,
    PlaceHour,
    Recommendation,
    RevenueHour,
)
from ..selectors.measures import list_vectors, lists_served

HOUR = timedelta(hours=1)
#: What a first update counts: no page shows more. `manage.py measure --days` goes back further.
FIRST = timedelta(days=60)
#: How long somebody may be at an update before others take him for dead.
CLAIM = timedelta(minutes=15)
#: How often items, persons and vectors are counted: a scan of an index each.
COUNT_EVERY = timedelta(minutes=10)
_CHUNK = 1_000


def measures_update(*, storefront_id: int, days: int | None = None, now: datetime | None = None) -> int:
    """Bring the figures of a storefront up to date; with `days`, count the last days anew whatever has changed.

    Returns how many hours were counted; 0 also where another worker is at it, or the vertical is not installed.
    """
    now = now or timezone.now()
    storefront = Storefront.objects.get(pk=storefront_id)
    if storefront.vertical not in registry.verticals() or not _claimed(storefront, now):
        return 0
    state = Measured.objects.get(storefront=storefront)
    try:
        marks = _marks(storefront)
        since = now - timedelta(days=days) if days is not None else None
        hours = _hours_since(storefront, since) if since else _hours_to_count(storefront, state, now)
        for hour in sorted(hours):
            hour_count(storefront, hour)
        _events_count(storefront, since or state.until_before or now - FIRST)
        if state.counted_at is None or state.counted_at < now - COUNT_EVERY:
            _inventory(storefront, state, now)
        before = (state.impression, state.click, state.until) if state.until else (*marks, now)
        state.impression_before, state.click_before, state.until_before = before
        state.impression, state.click, state.until = *marks, now
    finally:
        state.claimed_at = None
        state.save()
    return len(hours)


def _claimed(storefront: Storefront, now: datetime) -> bool:
    Measured.objects.get_or_create(storefront=storefront)
    free = Q(claimed_at=None) | Q(claimed_at__lt=now - CLAIM)
    return bool(Measured.objects.filter(free, storefront=storefront).update(claimed_at=now))


def _marks(storefront: Storefront) -> tuple[int, int]:
    """The newest impression and click of all storefronts: their ids come from one sequence."""
    return tuple(model.objects.order_by().aggregate(last=Max("pk"))["last"] or 0 for model in (Impression, Click))


def _hours_to_count(storefront: Storefront, state: Measured, now: datetime) -> set[datetime]:
    if state.until_before is None:
        return _hours_since(storefront, now - FIRST)
    served = Recommendation.objects.filter(storefront=storefront, created_at__gte=state.until_before)
    seen = Impression.objects.filter(storefront=storefront, pk__gt=state.impression_before)
    opened = Click.objects.filter(storefront=storefront, pk__gt=state.click_before)
    arrived = Behaviour.objects.filter(
        storefront=storefront, received_at__gte=state.until_before, recommendation_id__isnull=False
    )
    named = arrived.order_by().values_list("recommendation_id", flat=True).distinct().iterator(chunk_size=_CHUNK)
    return set(
        chain(
            _served_hours(served, "created_at"),
            _served_hours(seen, "recommendation__created_at"),
            _served_hours(opened, "recommendation__created_at"),
            *(
                _served_hours(Recommendation.objects.filter(storefront=storefront, pk__in=ids), "created_at")
                for ids in _chunks(named)
            ),
        )
    )


def _hours_since(storefront: Storefront, since: datetime) -> set[datetime]:
    """Hours with lists, and those that were counted before: a list may have gone with its person."""
    floor = since.replace(minute=0, second=0, microsecond=0)
    served = Recommendation.objects.filter(storefront=storefront, created_at__gte=floor)
    counted = ListHour.objects.filter(storefront=storefront, hour__gte=floor)
    return {*_served_hours(served, "created_at"), *counted.order_by().values_list("hour", flat=True).distinct()}


def _served_hours(rows, column: str) -> Iterable[datetime]:
    return rows.order_by().annotate(at=TruncHour(column, tzinfo=UTC)).values_list("at", flat=True).distinct()


def _chunks(ids) -> Iterable[list]:
    chunk = []
    for one in ids:
        chunk.append(one)
        if len(chunk) == _CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def hour_count(storefront: Storefront, hour: datetime) -> Tally:
    """Count one hour's lists from their rows and put the sums in the place of those before."""
    tally, left = Tally(), DIVERSITY_SAMPLE
    for lists in lists_served(storefront, hour, hour + HOUR):
        tally.add(lists)
        for one, vectors in zip(lists[:left], list_vectors(storefront, lists[:left]) if left else (), strict=True):
            if (measured := diversity(vectors)) is not None:
                tally.lists[one.key].diversity += measured
                tally.lists[one.key].diverse += 1
        left = max(0, left - len(lists))
    with transaction.atomic():
        # Two workers that count the same hour take turns here.
        Measured.objects.select_for_update().get(storefront=storefront)
        for model, rows in _rows(storefront, hour, tally).items():
            model.objects.filter(storefront=storefront, hour=hour).delete()
            model.objects.bulk_create(rows, batch_size=500)
        _shown(storefront, hour, tally)
    return tally


def _rows(storefront: Storefront, hour: datetime, tally: Tally) -> dict[type[Model], list[Model]]:
    at = {"storefront": storefront, "hour": hour}

    def about(key) -> dict:
        return at | dict(zip(("placement", "deployment", "algorithm", "arm"), key, strict=True))

    return {
        ListHour: [ListHour(**about(key), **_values(sums)) for key, sums in tally.lists.items()],
        PlaceHour: [
            PlaceHour(**about(key), position=position, source=source, **_values(sums))
            for (key, position, source), sums in tally.places.items()
        ],
        RevenueHour: [
            RevenueHour(**about(key), position=position, currency=currency, revenue=revenue)
            for (key, position, currency), revenue in tally.revenue.items()
        ],
        LatencyHour: [
            LatencyHour(**at, placement=placement, milliseconds=took, lists=lists)
            for (placement, took), lists in tally.latency.items()
        ],
    }


def _values(sums) -> dict[str, float]:
    return {name: getattr(sums, name) for name in sums.__slots__}


def _shown(storefront: Storefront, hour: datetime, tally: Tally) -> None:
    """What came into sight on the day. Items are only added: an item that was shown stays so."""
    if not tally.shown:
        return
    row, _new = ItemsShown.objects.get_or_create(storefront=storefront, day=hour.date())
    known = item_sets.unpack(row.items)
    row.items = item_sets.pack(chain(known.tolist(), tally.shown))
    row.save(update_fields=["items"])


def _events_count(storefront: Storefront, since: datetime) -> None:
    """Behaviours by the hour in which they arrived, from the hour of `since` on."""
    floor = since.replace(minute=0, second=0, microsecond=0)
    rows = Behaviour.objects.filter(storefront=storefront, received_at__gte=floor).order_by()
    counts = rows.annotate(at=TruncHour("received_at", tzinfo=UTC)).values_list("at", "kind").annotate(n=Count("pk"))
    with transaction.atomic():
        fresh = [EventHour(storefront=storefront, hour=at, kind=kind, events=n) for at, kind, n in counts]
        EventHour.objects.filter(storefront=storefront, hour__gte=floor).delete()
        EventHour.objects.bulk_create(fresh, batch_size=500)


def _inventory(storefront: Storefront, state: Measured, now: datetime) -> None:
    encoder = LiveEncoder.objects.filter(storefront=storefront).values_list("fingerprint", flat=True).first()
    state.items = Item.objects.filter(storefront=storefront).count()
    state.persons = Person.objects.filter(storefront=storefront).count()
    read = ItemVector.objects.filter(storefront=storefront, encoder=encoder, read_at__gte=F("item__updated_at"))
    state.vectors = read.count() if encoder else 0
    state.counted_at = now
    eligible = Item.objects.filter(storefront=storefront).available(now).count()
    ItemsShown.objects.update_or_create(
        storefront=storefront, day=now.date(), defaults={"eligible": eligible}, create_defaults={"eligible": eligible}
    )
