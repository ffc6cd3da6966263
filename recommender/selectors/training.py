"""What may be learned from: everybody's behaviours, as far as they allow it."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from behaviour.kinds import kinds_for
from behaviour.models import Behaviour, Person
from catalog.models import Item, Storefront

from .. import registry
from ..data import Interactions, Items
from .histories import FAINTEST
from .items import items_as_columns
from .media import with_fused_vectors

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


def training_data(storefront: Storefront, *, encoder: str | None = None, until: datetime | None = None) -> TrainingData:
    """Items that are not withdrawn, and what people did with them that speaks for them.

    Vectors are of the text that `encoder` read and of the media, side by side.

    People who refused training are left out; where a vertical needs consent, so are those who never gave it.
    """
    items = items_as_columns(storefront, Item.objects.filter(storefront=storefront, withdrawn=False).order_by("pk"))
    items = with_fused_vectors(storefront, items, encoder)
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
    usable = np.isin(item, items.ids) & ~np.isin(person, refused(storefront))
    private, guarded = sensitive_items(storefront, items), guarded_persons(storefront)
    usable &= ~(np.isin(item, private) & np.isin(person, guarded))
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


def refused(storefront: Storefront) -> np.ndarray:
    """Primary keys of persons whose behaviours nothing may learn from."""
    persons = Person.objects.filter(storefront=storefront)
    if registry.vertical(storefront.vertical).consent_required:
        # Not `exclude(consents__training=True)`: that leaves out those who were never asked, for NULL is not false.
        refused = persons.exclude(pk__in=persons.filter(consents__training=True).values("pk"))
    else:
        refused = persons.filter(consents__training=False)
    return np.fromiter(refused.values_list("pk", flat=True), dtype=np.int64)


def sensitive_items(storefront: Storefront, items: Items) -> np.ndarray:
    """Primary keys of items in a sensitive category."""
    vertical = registry.vertical(storefront.vertical)
    private = [vertical.is_sensitive(categories) for categories in items.categories]
    return items.ids[np.array(private, dtype=bool)] if private else items.ids[:0]


def guarded_persons(storefront: Storefront) -> np.ndarray:
    """Primary keys of persons of whom nothing sensitive may be learned: who did not agree to exactly that."""
    if not registry.vertical(storefront.vertical).consent_required:
        return np.zeros(0, dtype=np.int64)
    persons = Person.objects.filter(storefront=storefront)
    agreed = persons.filter(consents__sensitive=True)
    return np.fromiter(persons.exclude(pk__in=agreed.values("pk")).values_list("pk", flat=True), dtype=np.int64)
