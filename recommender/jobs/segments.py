"""Counting segments: who is in each, whom they share, what came of lists shown to them, and what they like."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
from django.db.models import Min
from django.utils import timezone

from behaviour.models import Person
from catalog.models import Storefront

from .. import registry
from ..evaluation import item_sets
from ..evaluation.online import CLICK_WINDOW
from ..models import Recommendation, Segment
from ..selectors import personalised_persons
from ..selectors.segments import PersonColumns, conditions_read, fields_of

_CHUNK = 1_000
CTR_DAYS = 7
#: Members, and as many of everybody, of whom it is found out what they like.
TOPIC_SAMPLE = 1_000
TOPICS = 8


def segments_count(*, storefront_id: int, now: datetime | None = None) -> int:
    """Count every segment of a storefront that is in use. Returns how many."""
    now = now or timezone.now()
    storefront = Storefront.objects.get(pk=storefront_id)
    if storefront.vertical not in registry.verticals():
        return 0
    segments = list(Segment.objects.filter(storefront=storefront, active=True))
    if not segments:
        return 0
    members, everybody = _members(storefront, segments, now)
    opened = _clicks(storefront, members, now)
    general = _topics(storefront, _sample(everybody), now)
    for segment in segments:
        own = members[segment.slug]
        segment.persons = len(own)
        segment.members = item_sets.pack(own)
        segment.seen, segment.clicked = opened[segment.slug]
        segment.overlap = [
            [other, shared]
            for other, theirs in members.items()
            if other != segment.slug and (shared := len(np.intersect1d(own, theirs, assume_unique=True)))
        ]
        segment.topics = _ahead(_topics(storefront, _sample(own), now), general)
        segment.counted_at = now
    fields = ["persons", "members", "seen", "clicked", "overlap", "topics", "counted_at"]
    Segment.objects.bulk_update(segments, fields)
    return len(segments)


def _members(
    storefront: Storefront, segments: Sequence[Segment], now: datetime
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Slug → sorted primary keys, and those of everybody; a thousand persons at a time."""
    conditions = conditions_read(storefront, [(segment.slug, segment.condition) for segment in segments])
    fields = fields_of(conditions.values())
    found: dict[str, list[int]] = {segment.slug: [] for segment in segments}
    everybody: list[int] = []
    rows = personalised_persons(storefront).only("pk", "attributes", "anonymous", "created_at").order_by("pk")
    last = 0
    while persons := list(rows.filter(pk__gt=last)[:_CHUNK]):
        last = persons[-1].pk
        columns = PersonColumns(storefront, persons, fields, now)
        everybody += [person.pk for person in persons]
        for slug, condition in conditions.items():
            found[slug] += [person.pk for person, fits in zip(persons, condition.mask(columns), strict=True) if fits]
    return {slug: np.array(pks, dtype=np.int64) for slug, pks in found.items()}, np.array(everybody, dtype=np.int64)


def _clicks(storefront: Storefront, members: dict[str, np.ndarray], now: datetime) -> dict[str, tuple[int, int]]:
    """Lists that members were served in the last days: (seen, clicked), as `evaluation.online` defines them."""
    served = Recommendation.objects.filter(
        storefront=storefront, created_at__gte=now - timedelta(days=CTR_DAYS), person__isnull=False
    )
    rows = served.order_by().annotate(seen=Min("impressions__seen_at"), opened=Min("clicks__clicked_at"))
    persons, clicked = [], []
    for person, seen, opened in rows.filter(seen__isnull=False).values_list("person_id", "seen", "opened").iterator():
        persons.append(person)
        clicked.append(opened is not None and (opened - seen).total_seconds() <= CLICK_WINDOW)
    who, did = np.array(persons, dtype=np.int64), np.array(clicked, dtype=bool)
    masks = {slug: np.isin(who, own) for slug, own in members.items()}
    return {slug: (int(mask.sum()), int(did[mask].sum())) for slug, mask in masks.items()}


def _sample(persons: np.ndarray) -> np.ndarray:
    """At most TOPIC_SAMPLE of them, evenly chosen."""
    step = max(1, -(-len(persons) // TOPIC_SAMPLE))
    return persons[::step]


def _topics(storefront: Storefront, sample: np.ndarray, now: datetime) -> dict[str, float]:
    """Category → the share of the sample that liked something of it lately."""
    if not len(sample):
        return {}
    counts: Counter = Counter()
    for start in range(0, len(sample), _CHUNK):
        persons = list(Person.objects.filter(pk__in=sample[start : start + _CHUNK].tolist()))
        for liked in PersonColumns(storefront, persons, frozenset({"liked_category"}), now).texts("liked_category"):
            counts.update(liked)
    return {topic: count / len(sample) for topic, count in counts.items()}


def _ahead(own: dict[str, float], general: dict[str, float]) -> list[list]:
    """[topic, share of members, share of everybody], where members are furthest ahead of the others first."""
    ahead = sorted(own, key=lambda topic: (general.get(topic, 0.0) - own[topic], topic))
    return [[topic, round(own[topic], 4), round(general.get(topic, 0.0), 4)] for topic in ahead[:TOPICS]]
