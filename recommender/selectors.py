"""The one place where rows become arrays. Everything is scoped by a storefront."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from django.db.models import Count, F, FilteredRelation, Max, Q, QuerySet
from django.utils import timezone

from behaviour.kinds import Kind, kinds_for
from behaviour.models import Behaviour, Person
from catalog.models import Item, Storefront
from catalog.schema import Schema, say, schema_for

from . import registry
from .contracts import EventView, ItemView, Vertical
from .data import Interactions, Items
from .models import Deployment, ItemVector

HISTORY = 500  # of a person's events are read for an answer
POPULAR_DAYS = 30
POPULAR_EVENTS = 5_000  # fewer say too little of what is popular: then older ones count too
FAINTEST = 0.1  # of its strength is what the oldest event keeps: taste ages, but one click is not worth ten years of it
_CHUNK = 5_000


@dataclass(frozen=True)
class TrainingData:
    """What a storefront's people did and what its items say, with the names of the rows."""

    interactions: Interactions
    items: Items  # ids are primary keys
    persons: np.ndarray  # (n_persons,) primary keys

    @property
    def span(self) -> tuple[datetime | None, datetime | None]:
        """Times of the first and the last event."""
        if not len(self.interactions):
            return None, None
        times = self.interactions.times
        return tuple(datetime.fromtimestamp(t, tz=UTC) for t in (times.min(), times.max()))


@dataclass(frozen=True)
class History:
    """A person's past, oldest first, one entry an item: the strongest signal at its latest time."""

    items: tuple[int, ...]  # primary keys
    values: tuple[float, ...]
    times: tuple[float, ...]
    seen: frozenset[int]  # primary keys that need no further recommendation, disliked and hidden ones included
    kinds: dict[int, str]  # item → the kind of its strongest event


NO_HISTORY = History((), (), (), frozenset(), {})


def item_view(item: Item) -> ItemView:
    return ItemView(item.title, item.text, tuple(item.categories), tuple(item.tags), item.attributes)


def item_language(item: Item) -> str:
    """The text templates' language that fits an item best."""
    return "zh-hans" if item.language.lower().startswith("zh") else "en"


def item_text(vertical: Vertical, item: Item) -> str:
    """What the language side reads of an item."""
    return vertical.item_text(item_view(item), item_language(item))


def item_facets(schema: Schema, categories, tags, attributes) -> list[str]:
    """Categories, tags and facet attributes as tokens "name:value"."""
    tokens = [f"category:{value}" for value in categories] + [f"tag:{value}" for value in tags]
    for field in schema:
        if field.facet and (value := attributes.get(field.name)) is not None:
            tokens += [f"{field.name}:{one}" for one in (value if isinstance(value, list) else [value])]
    return tokens


def items_as_columns(storefront: Storefront, rows: Iterable[Item], *, texts: bool = True) -> Items:
    """Columns of `rows`, in their order. Vectors are not among them: see `vectors_of`."""
    vertical = registry.vertical(storefront.vertical)
    schema = schema_for(storefront.vertical)
    columns: dict[str, list] = {
        name: [] for name in ("ids", "texts", "facets", "categories", "attributes", "published", "prices")
    }
    for item in rows:
        columns["ids"].append(item.pk)
        if texts:
            columns["texts"].append(item_text(vertical, item))
            columns["facets"].append(item_facets(schema, item.categories, item.tags, item.attributes))
        columns["categories"].append(tuple(item.categories))
        columns["attributes"].append(item.attributes)
        columns["published"].append((item.published_at or item.created_at).timestamp())
        columns["prices"].append(np.nan if item.price is None else float(item.price))
    return Items(
        ids=np.array(columns["ids"], dtype=np.int64),
        texts=columns["texts"],
        facets=columns["facets"],
        categories=columns["categories"],
        attributes=columns["attributes"],
        published=np.array(columns["published"], dtype=np.float64),
        prices=np.array(columns["prices"], dtype=np.float64),
    )


def vectors_of(storefront: Storefront, encoder: str, since: datetime | None = None) -> Iterator[tuple[int, np.ndarray]]:
    """(item primary key, (d,) float32) of every item that the encoder has read (since then)."""
    rows = ItemVector.objects.filter(storefront=storefront, encoder=encoder)
    if since is not None:
        rows = rows.filter(updated_at__gt=since)
    for item, vector in rows.values_list("item_id", "vector").iterator(chunk_size=_CHUNK):
        yield item, np.frombuffer(vector, dtype="<f4")


def vectors_newest(storefront: Storefront, encoder: str) -> datetime | None:
    """When the last vector of the encoder was written."""
    rows = ItemVector.objects.filter(storefront=storefront, encoder=encoder)
    return rows.aggregate(at=Max("updated_at"))["at"]


def items_without_vector(storefront: Storefront, encoder: str) -> QuerySet[Item]:
    """Items whose words the encoder has not read, or not since they changed."""
    return (
        Item.objects.filter(storefront=storefront)
        .annotate(known=FilteredRelation("vectors", condition=Q(vectors__encoder=encoder)))
        .filter(Q(known__isnull=True) | Q(known__updated_at__lt=F("updated_at")))
        .order_by("pk")
    )


def with_vectors(items: Items, vectors: Iterable[tuple[int, np.ndarray]]) -> Items:
    """`items` with a vector column: a zero row where there is no vector, None where there is none at all."""
    row_of = {int(pk): row for row, pk in enumerate(items.ids)}
    matrix: np.ndarray | None = None
    for pk, vector in vectors:
        if matrix is None:
            matrix = np.zeros((len(items), len(vector)), dtype=np.float32)
        if (row := row_of.get(pk)) is not None:
            matrix[row] = vector
    return Items(**{**vars(items), "vectors": matrix})


def training_data(storefront: Storefront, *, encoder: str | None = None, until: datetime | None = None) -> TrainingData:
    """Items that are not withdrawn, and what people did with them that speaks for them.

    People who refused training are left out; where a vertical needs consent, so are those who never gave it.
    """
    items = items_as_columns(storefront, Item.objects.filter(storefront=storefront, withdrawn=False).order_by("pk"))
    if encoder:
        items = with_vectors(items, vectors_of(storefront, encoder))
    interactions, persons = _interactions(storefront, items, until)
    return TrainingData(interactions, items, persons)


def _interactions(storefront: Storefront, items: Items, until: datetime | None) -> tuple[Interactions, np.ndarray]:
    rows = Behaviour.objects.filter(storefront=storefront, item__isnull=False)
    if until is not None:
        rows = rows.filter(occurred_at__lt=until)
    kinds = kinds_for(storefront.vertical)
    persons, pks, signals, times, half_lives = array("q"), array("q"), array("f"), array("d"), array("d")
    columns = rows.order_by("id").values_list("person_id", "item_id", "kind", "value", "occurred_at")
    for person, item, name, value, when in columns.iterator(chunk_size=_CHUNK):
        signal = kinds[name].signal(value) if name in kinds else 0.0
        if signal:
            persons.append(person)
            pks.append(item)
            signals.append(signal)
            times.append(when.timestamp())
            half_lives.append((kinds[name].half_life or np.inf) * 86_400)
    person, item, signal, time = (np.array(column) for column in (persons, pks, signals, times))
    if len(time):
        signal = signal * np.maximum(0.5 ** ((time.max() - time) / np.array(half_lives)), FAINTEST)
    usable = np.isin(item, items.ids) & ~np.isin(person, _refused(storefront))
    person, item, signal, time = (column[usable] for column in (person, item, signal, time))
    if not len(person):
        return Interactions.build([], [], n_persons=0, n_items=len(items)), np.zeros(0, dtype=np.int64)

    # One interaction a person and item: the strongest signal, at the latest time. A later dislike takes it back.
    order = np.lexsort((np.arange(len(time)), time, item, person))
    person, item, signal, time = (column[order] for column in (person, item, signal, time))
    first = np.flatnonzero(np.r_[True, (person[1:] != person[:-1]) | (item[1:] != item[:-1])])
    last = np.r_[first[1:], len(person)] - 1
    strongest = np.maximum.reduceat(signal, first)
    liked = signal[last] > 0
    person, item, time, strongest = person[last][liked], item[last][liked], time[last][liked], strongest[liked]
    names, person_rows = np.unique(person, return_inverse=True)
    item_rows = np.searchsorted(items.ids, item)  # ids are in order: they were read by primary key
    built = Interactions.build(person_rows, item_rows, strongest, time, n_persons=len(names), n_items=len(items))
    return built, names


def _refused(storefront: Storefront) -> np.ndarray:
    persons = Person.objects.filter(storefront=storefront)
    if registry.vertical(storefront.vertical).consent_required:
        refused = persons.exclude(consents__training=True)
    else:
        refused = persons.filter(consents__training=False)
    return np.fromiter(refused.values_list("pk", flat=True), dtype=np.int64)


def personalised(storefront: Storefront, person: Person) -> bool:
    """Whether the person's own events may shape their lists."""
    if registry.vertical(storefront.vertical).consent_required:
        return person.consents.get("personalisation") is True
    return person.consents.get("personalisation") is not False


def history_of(storefront: Storefront, person: Person) -> History:
    """Read at request time, so that what somebody just did changes what they are shown next."""
    rows = (
        Behaviour.objects.filter(person=person, item__isnull=False)
        .order_by("-occurred_at", "-id")
        .values_list("item_id", "kind", "value", "occurred_at")
    )
    return history_from(kinds_for(storefront.vertical), list(rows), timezone.now().timestamp())


def history_from(kinds: dict[str, Kind], newest_first: list[tuple], now: float) -> History:
    """From (item, kind, value, time) rows. Only the newest HISTORY events shape it; every one counts as seen."""
    seen: set[int] = set()
    latest: dict[int, tuple[float, float]] = {}
    strongest: dict[int, tuple[float, str]] = {}
    for number, (item, name, value, when) in enumerate(newest_first):
        kind = kinds.get(name)
        if kind is None:
            continue
        signal = kind.signal(value)
        if kind.seen or kind.hides:
            seen.add(item)
        if signal == 0.0 or number >= HISTORY:
            continue
        time = when.timestamp()
        if kind.half_life is not None:
            signal *= max(0.5 ** (max(now - time, 0.0) / (kind.half_life * 86_400)), FAINTEST)
        latest.setdefault(item, (signal, time))
        if signal > strongest.get(item, (0.0, ""))[0]:
            strongest[item] = (signal, name)
    liked = [item for item, (signal, _) in reversed(latest.items()) if signal > 0]
    return History(
        items=tuple(liked),
        values=tuple(strongest[item][0] for item in liked),
        times=tuple(latest[item][1] for item in liked),
        seen=frozenset(seen) | {item for item, (signal, _) in latest.items() if signal < 0},
        kinds={item: strongest[item][1] for item in liked},
    )


def hidden_items(storefront: Storefront, person: Person) -> frozenset[int]:
    """Primary keys of what the person never wants to see again."""
    hiding = [name for name, kind in kinds_for(storefront.vertical).items() if kind.hides]
    rows = Behaviour.objects.filter(person=person, kind__in=hiding, item__isnull=False)
    return frozenset(rows.values_list("item_id", flat=True))


def titles_of(storefront: Storefront, pks: Iterable[int]) -> dict[int, str]:
    return dict(Item.objects.filter(storefront=storefront, pk__in=list(pks)).values_list("pk", "title"))


def history_text(storefront: Storefront, person: Person, language: str = "en") -> str:
    """What the language side reads of a person: their newest events, oldest first."""
    rows = Behaviour.objects.filter(person=person).select_related("item").order_by("-occurred_at", "-id")[:HISTORY]
    events = [
        EventView(row.kind, row.item.title if row.item else "", row.value, row.text, row.context)
        for row in reversed(rows)
    ]
    return registry.vertical(storefront.vertical).history_text(events, language)


def popular_items(storefront: Storefront, days: int = POPULAR_DAYS) -> dict[int, int]:
    """Item primary key → events that speak for it, in the last days; further back while those hold few events.

    Without that floor, the first visitor after a quiet year would decide alone what is popular.
    """
    positive = [name for name, kind in kinds_for(storefront.vertical).items() if kind.polarity == "positive"]
    rows = Behaviour.objects.filter(storefront=storefront, kind__in=positive, item__isnull=False)
    times = rows.order_by("-occurred_at").values_list("occurred_at", flat=True)
    start = timezone.now() - timedelta(days=days)
    enough = times[POPULAR_EVENTS - 1 : POPULAR_EVENTS].first()
    rows = rows.filter(occurred_at__gte=min(start, enough)) if enough else rows
    return dict(rows.values_list("item_id").annotate(events=Count("id")).order_by())


def deployments_live(storefront: Storefront) -> list[Deployment]:
    return list(Deployment.objects.filter(storefront=storefront, active=True).select_related("artifact"))


def placement_name(vertical: Vertical, placement: str, language: str) -> str:
    return say(vertical.placement(placement).name, language)
