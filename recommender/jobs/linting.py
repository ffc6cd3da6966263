"""Looking for what is wrong with a storefront's data. What each rule means stands in `recommender.admin.linter`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Sum
from django.utils import timezone

from behaviour.kinds import kinds_for
from behaviour.models import Behaviour, RefusalHour, RefusedEvent
from catalog.models import Item, Storefront

from .. import registry
from ..models import EventHour, LintFinding, Measured, Recommendation
from ..selectors.measures import goal_kinds

#: How far back events are looked at, and how many of them, newest first.
DAYS = 7
MOST_EVENTS = 200_000
SAMPLES = 3
#: More events of one person within a minute than this are no person's.
BURST = 60
#: Goal events of which it is asked whether a list led to them.
MOST_GOALS = 2_000
LED_WITHIN = timedelta(hours=24)


@dataclass
class Looked:
    """What one look gathers: the newest events, oldest last, as tuples."""

    storefront: Storefront
    now: datetime
    events: list[tuple] = field(default_factory=list)  # (pk, event id, person, item, kind, value, when, list)

    @property
    def since(self) -> datetime:
        return self.now - timedelta(days=DAYS)


@dataclass(frozen=True)
class Found:
    count: int
    looked_at: int
    samples: list[dict[str, Any]]


def storefront_lint(*, storefront_id: int, now: datetime | None = None) -> int:
    """Run every rule and keep what it found. Returns how many rules found something."""
    now = now or timezone.now()
    storefront = Storefront.objects.get(pk=storefront_id)
    if storefront.vertical not in registry.verticals():
        return 0
    looked = Looked(storefront, now)
    rows = Behaviour.objects.filter(storefront=storefront, received_at__gte=looked.since).order_by("-received_at")
    columns = ("pk", "event_id", "person_id", "item_id", "kind", "value", "occurred_at", "recommendation_id")
    looked.events = list(rows.values_list(*columns)[:MOST_EVENTS])
    found = {rule: look(looked) for rule, look in RULES.items()}
    with transaction.atomic():
        for rule, one in found.items():
            values = {"count": one.count, "looked_at": one.looked_at, "samples": one.samples[:SAMPLES]}
            LintFinding.objects.update_or_create(storefront=storefront, rule=rule, defaults=values)
        Measured.objects.update_or_create(storefront=storefront, defaults={"linted_at": now})
    return sum(1 for one in found.values() if one.count)


def _refused(*codes: str) -> Callable[[Looked], Found]:
    def look(looked: Looked) -> Found:
        hours = RefusalHour.objects.filter(storefront=looked.storefront, hour__gte=looked.since)
        counts = dict(hours.order_by().values_list("code").annotate(n=Sum("events")))
        rows = RefusedEvent.objects.filter(storefront=looked.storefront, code__in=codes)[:SAMPLES]
        samples = [{"event": row.record, "message": row.message} for row in rows]
        return Found(sum(counts.get(code, 0) for code in codes), len(looked.events) + sum(counts.values()), samples)

    return look


def _duplicates(looked: Looked) -> Found:
    """The same act under several event ids. Two within one second are told apart only by their time."""
    groups: dict[tuple, list[str]] = defaultdict(list)
    for _pk, event_id, person, item, kind, value, when, _list in looked.events:
        groups[person, item, kind, value, when].append(event_id)
    again = [ids for key, ids in groups.items() if len(ids) > 1 and key[1] is not None]
    return Found(sum(len(ids) - 1 for ids in again), len(looked.events), [{"event_ids": ids[:5]} for ids in again[:3]])


def _no_list(looked: Looked) -> Found:
    """Goal events that name no list, of items that the person was shown in a list within the day before."""
    goals = goal_kinds(looked.storefront)
    asked = [event for event in looked.events if event[4] in goals and event[3] is not None][:MOST_GOALS]
    silent = [event for event in asked if event[7] is None]
    if not silent:
        return Found(0, len(asked), [])
    shown: dict[tuple[int, int], list[datetime]] = defaultdict(list)
    first, last = min(event[6] for event in silent) - LED_WITHIN, max(event[6] for event in silent)
    lists = Recommendation.objects.filter(
        storefront=looked.storefront,
        created_at__gte=first,
        created_at__lte=last,
        person__in={event[2] for event in silent},
    )
    for person, at, items in lists.values_list("person_id", "created_at", "items").iterator(chunk_size=500):
        for item, *_rest in items:
            shown[person, item].append(at)
    led = [
        event
        for event in silent
        if any(event[6] - LED_WITHIN <= at <= event[6] for at in shown.get((event[2], event[3]), ()))
    ]
    return Found(len(led), len(asked), [{"event_id": event[1], "kind": event[4]} for event in led[:SAMPLES]])


def _bursts(looked: Looked) -> Found:
    counts = Counter((event[2], event[6].replace(second=0, microsecond=0)) for event in looked.events)
    bursts = [(person, at, n) for (person, at), n in counts.most_common() if n > BURST]
    names = _persons(looked, [person for person, _at, _n in bursts[:SAMPLES]])
    samples = [{"person": names.get(person), "minute": at.isoformat(), "events": n} for person, at, n in bursts[:3]]
    return Found(len(bursts), len(counts), samples)


def _persons(looked: Looked, pks: list[int]) -> dict[int, str]:
    rows = looked.storefront.persons.filter(pk__in=pks)
    return dict(rows.values_list("pk", "external_id"))


def _empty_texts(looked: Looked) -> Found:
    items = Item.objects.filter(storefront=looked.storefront, withdrawn=False)
    counts = items.aggregate(all=Count("pk"))
    empty = items.filter(text="")
    samples = [{"item": name, "title": title} for name, title in empty.values_list("external_id", "title")[:SAMPLES]]
    return Found(empty.count(), counts["all"], samples)


def _no_polarity(looked: Looked) -> Found:
    """Events of kinds from which nothing is learned: declared neutral, or no longer declared at all."""
    kinds = kinds_for(looked.storefront.vertical)
    hours = EventHour.objects.filter(storefront=looked.storefront, hour__gte=looked.since)
    counts = dict(hours.order_by().values_list("kind").annotate(n=Sum("events")))
    without = {name: n for name, n in counts.items() if name not in kinds or kinds[name].polarity == "neutral"}
    most = sorted(without, key=lambda name: -without[name])[:SAMPLES]
    samples = [{"kind": name, "events": without[name], "declared": name in kinds} for name in most]
    return Found(sum(without.values()), sum(counts.values()), samples)


RULES: dict[str, Callable[[Looked], Found]] = {
    "unknown_item": _refused("unknown_item"),
    "future_time": _refused("future"),
    "conflict": _refused("conflict"),
    "duplicate": _duplicates,
    "no_list": _no_list,
    "burst": _bursts,
    "empty_text": _empty_texts,
    "no_polarity": _no_polarity,
}
