"""Who belongs to which segment: the columns that conditions over persons read, for one person or for many."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np
from django.db.models import Count, Max, Q, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from behaviour.conditions import ANYTHING, LIKED_DAYS, WINDOWS, condition_read, count_of, fields_for
from behaviour.kinds import kinds_for, person_schema_for
from behaviour.models import Behaviour, Person
from catalog.expressions import Expression, ExpressionError, seconds
from catalog.models import Storefront

from .. import registry
from ..models import Segment
from .histories import personalised


def segments_of(person: Person | None, conditions: Mapping[str, Expression] | None = None) -> frozenset[str]:
    """Slugs of the segments that somebody belongs to now. Three queries at most beside that for the `conditions`.

    Nobody, and whoever has not agreed to be known (or said no to it), belongs to none.
    """
    if person is None:
        return frozenset()
    storefront = person.storefront
    conditions = segment_conditions(storefront) if conditions is None else conditions
    if not conditions or not personalised(storefront, person):
        return frozenset()
    columns = PersonColumns(storefront, [person], fields_of(conditions.values()))
    return frozenset(slug for slug, condition in conditions.items() if condition.mask(columns)[0])


def segment_conditions(storefront: Storefront) -> dict[str, Expression]:
    """Slug → condition of the segments that somebody can belong to: active ones that can be read. One query."""
    rows = Segment.objects.filter(storefront=storefront, active=True).values_list("slug", "condition")
    return conditions_read(storefront, rows)


def conditions_read(storefront: Storefront, rows: Iterable[tuple[str, str]]) -> dict[str, Expression]:
    """Slug → condition. One that no longer fits the vertical (a kind or an attribute is gone) is true of nobody."""
    read = {}
    for slug, text in rows:
        try:
            read[slug] = condition_read(text, storefront.vertical)
        except (ExpressionError, LookupError):
            continue
    return read


def fields_of(conditions: Iterable[Expression]) -> frozenset[str]:
    return frozenset().union(*(condition.fields for condition in conditions))


class PersonColumns:
    """`catalog.expressions.Columns` over persons. Only what `fields` names is asked of the database."""

    def __init__(
        self, storefront: Storefront, persons: Sequence[Person], fields: frozenset[str], now: datetime | None = None
    ):
        self._persons = persons
        self._row_of = {person.pk: row for row, person in enumerate(persons)}
        self._now = now or timezone.now()
        self._vertical = storefront.vertical
        self._types = {field.name: field.type for field in person_schema_for(storefront.vertical)}
        own = fields - self._types.keys()
        known = {field.name for field in fields_for(storefront.vertical)}
        self._counts = self._counted(own & known)
        self._idle = self._last() if "idle_days" in own else {}
        self._liked = self._liking() if "liked_category" in own else {}

    def numbers(self, field: str) -> np.ndarray:
        return np.array([self._number(field, person) for person in self._persons], dtype=np.float64)

    def texts(self, field: str) -> list[list[str]]:
        if field == "liked_category" and field not in self._types:
            return [sorted(self._liked.get(person.pk, ())) for person in self._persons]
        values = (person.attributes.get(field) for person in self._persons)
        return [_texts(value) for value in values]

    def _number(self, field: str, person: Person) -> float:
        if field in self._types:
            return _number(person.attributes.get(field))
        match field:
            case "known":
                return float(not person.anonymous)
            case "since":
                return person.created_at.timestamp()
            case "idle_days":
                last = self._idle.get(person.pk)
                return (self._now - last).total_seconds() / 86_400 if last else np.nan
        return float(self._counts.get((person.pk, field), 0))

    def _counted(self, fields: frozenset[str]) -> dict[tuple[int, str], int]:
        """(person, field) → how often, in one query for all kinds and windows."""
        asked = [counted for field in fields if (counted := count_of(field)) is not None]
        windows = sorted({window for _kind, window in asked}, key=WINDOWS.get)
        if not asked:
            return {}
        since = {window: self._now - timedelta(days=WINDOWS[window]) for window in windows}
        rows = self._events().filter(occurred_at__gte=since[windows[-1]], occurred_at__lte=self._now)
        kinds = {kind for kind, _window in asked}
        if ANYTHING not in kinds:
            rows = rows.filter(kind__in=kinds)
        counts: dict[tuple[int, str], int] = defaultdict(int)
        for row in rows.values("person_id", "kind").annotate(
            **{f"n_{window}": Count("pk", filter=Q(occurred_at__gte=since[window])) for window in windows}
        ):
            for window in windows:
                counts[row["person_id"], f"{row['kind']}_{window}"] += row[f"n_{window}"]
                counts[row["person_id"], f"{ANYTHING}_{window}"] += row[f"n_{window}"]
        return counts

    def _last(self) -> dict[int, datetime]:
        rows = self._events().filter(occurred_at__lte=self._now)
        return dict(rows.values_list("person_id").annotate(last=Max("occurred_at")))

    def _liking(self) -> dict[int, set[str]]:
        """Categories of what they did something positive with; those that must not be retold are left out."""
        vertical = registry.vertical(self._vertical)
        kinds = {name: kind for name, kind in kinds_for(self._vertical).items() if kind.polarity != "neutral"}
        since = self._now - timedelta(days=LIKED_DAYS)
        rows = self._events().filter(
            kind__in=kinds, occurred_at__gte=since, occurred_at__lte=self._now, item__isnull=False
        )
        # As text: a catalogue has few different lists of categories, and reading each once takes a third of the time.
        rows = rows.annotate(written=Cast("item__categories", TextField()))
        read: dict[str, frozenset[str]] = {}
        liked: dict[int, set[str]] = defaultdict(set)
        for person, kind, value, written in rows.values_list("person_id", "kind", "value", "written"):
            if kinds[kind].signal(value) <= 0:
                continue
            if written not in read:
                categories = json.loads(written)
                names = () if vertical.is_sensitive(categories) else categories
                read[written] = frozenset(name.casefold() for name in names)
            liked[person] |= read[written]
        return liked

    def _events(self):
        return Behaviour.objects.filter(person__in=list(self._row_of)).order_by()


def _number(value) -> float:
    if value is None:
        return np.nan
    try:
        return seconds(value) if isinstance(value, str) else float(value)
    except (TypeError, ValueError):
        return np.nan


def _texts(value) -> list[str]:
    if value is None:
        return []
    return [str(one).casefold() for one in (value if isinstance(value, list) else [value])]
