"""What somebody did, as a request needs it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.db.models import QuerySet
from django.utils import timezone

from behaviour.kinds import Kind, kinds_for
from behaviour.models import Behaviour, Person
from catalog.models import Item, Storefront

from .. import registry
from ..contracts import EventView

HISTORY = 500  # of a person's events are read for an answer
FAINTEST = 0.1  # of its strength is what the oldest event keeps: taste ages, but one click is not worth ten years of it


@dataclass(frozen=True)
class History:
    """A person's past, oldest first, one entry an item: the strongest signal at its latest time."""

    items: tuple[int, ...]  # primary keys
    values: tuple[float, ...]
    times: tuple[float, ...]
    seen: frozenset[int]  # primary keys that need no further recommendation, disliked and hidden ones included
    kinds: dict[int, str]  # item → the kind of its strongest event
    marks: Mapping[int, float] = field(default_factory=dict)  # item → the value of that event, where it has one


NO_HISTORY = History((), (), (), frozenset(), {})


def personalised(storefront: Storefront, person: Person) -> bool:
    """Whether the person's own events may shape their lists."""
    if registry.vertical(storefront.vertical).consent_required:
        return person.consents.get("personalisation") is True
    return person.consents.get("personalisation") is not False


def agreed_to_sensitive(storefront: Storefront, person: Person | None) -> bool:
    """Whether what somebody reads or asks about body and mind may be kept in mind. Nobody agrees by being unknown."""
    if not registry.vertical(storefront.vertical).consent_required:
        return True
    return person is not None and person.consents.get("sensitive") is True


def sensitive_among(storefront: Storefront, pks: Iterable[int]) -> frozenset[int]:
    """Primary keys of those items that lie in a sensitive category; no query where the vertical has none."""
    vertical = registry.vertical(storefront.vertical)
    wanted = list(pks)
    if not vertical.sensitive_categories or not wanted:
        return frozenset()
    rows = Item.objects.filter(storefront=storefront, pk__in=wanted).values_list("pk", "categories")
    return frozenset(pk for pk, categories in rows if vertical.is_sensitive(categories))


def history_of(storefront: Storefront, person: Person) -> History:
    """Read at request time, so that what somebody just did changes what they are shown next.

    Without consent to exactly that, nothing sensitive is in it but that it was seen.
    """
    rows = (
        Behaviour.objects.filter(person=person, item__isnull=False)
        .order_by("-occurred_at", "-id")
        .values_list("item_id", "kind", "value", "occurred_at")
    )
    history = history_from(kinds_for(storefront.vertical), list(rows), timezone.now().timestamp())
    if agreed_to_sensitive(storefront, person):
        return history
    return without_items(history, sensitive_among(storefront, history.items))


def without_items(history: History, pks: frozenset[int]) -> History:
    """The same past as if nothing but having seen them were known of these items."""
    if not pks:
        return history
    kept = [place for place, pk in enumerate(history.items) if pk not in pks]
    return replace(
        history,
        items=tuple(history.items[place] for place in kept),
        values=tuple(history.values[place] for place in kept),
        times=tuple(history.times[place] for place in kept),
        kinds={pk: kind for pk, kind in history.kinds.items() if pk not in pks},
    )


def about_item(history: History, pk: int, when: float) -> History:
    """The same past as if nothing were known of it but this item; what was seen or refused stays so."""
    known = pk in history.items
    place = history.items.index(pk) if known else -1
    return replace(
        history,
        items=(pk,),
        values=(history.values[place] if known else 1.0,),
        times=(history.times[place] if known else when,),
        kinds={pk: history.kinds[pk]} if pk in history.kinds else {},
    )


def with_picked(history: History, pks: Sequence[int], kind: Kind, when: float) -> History:
    """The past as it will be once these items were picked, which makes them its latest."""
    kept = [place for place, pk in enumerate(history.items) if pk not in pks]
    told = dict(zip(history.items, history.values, strict=True))
    stronger = [pk for pk in pks if kind.weight > told.get(pk, 0.0)]
    return replace(
        history,
        items=(*(history.items[place] for place in kept), *pks),
        values=(*(history.values[place] for place in kept), *(max(kind.weight, told.get(pk, 0.0)) for pk in pks)),
        times=(*(history.times[place] for place in kept), *[when] * len(pks)),
        kinds={**history.kinds, **dict.fromkeys(stronger, kind.name)},
        marks={pk: mark for pk, mark in history.marks.items() if pk not in stronger},
    )


def history_from(kinds: dict[str, Kind], newest_first: list[tuple], now: float) -> History:
    """From (item, kind, value, time) rows. Only the newest HISTORY events shape it; every one counts as seen."""
    seen: set[int] = set()
    latest: dict[int, tuple[float, float]] = {}
    strongest: dict[int, tuple[float, str]] = {}
    marks: dict[int, float | None] = {}
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
            marks[item] = value
    liked = [item for item, (signal, _) in reversed(latest.items()) if signal > 0]
    return History(
        items=tuple(liked),
        values=tuple(strongest[item][0] for item in liked),
        times=tuple(latest[item][1] for item in liked),
        seen=frozenset(seen) | {item for item, (signal, _) in latest.items() if signal < 0},
        kinds={item: strongest[item][1] for item in liked},
        marks={item: mark for item in liked if (mark := marks[item]) is not None},
    )


def personalised_persons(storefront: Storefront) -> QuerySet[Person]:
    """Everybody whose own events may shape what they are shown; see `personalised`."""
    persons = Person.objects.filter(storefront=storefront)
    if registry.vertical(storefront.vertical).consent_required:
        return persons.filter(consents__personalisation=True)
    return persons.exclude(pk__in=persons.filter(consents__personalisation=False).values("pk"))


def views_of(storefront: Storefront, persons: Iterable[int], most: int = HISTORY) -> dict[int, list[EventView]]:
    """Person → the newest `most` of their events, oldest first, as templates word them; nothing that is sensitive."""
    vertical = registry.vertical(storefront.vertical)
    kinds = kinds_for(storefront.vertical)
    found: dict[int, list[EventView]] = {person: [] for person in persons}
    # What somebody typed is retold only with their explicit leave; see `history_text`.
    agreed = set(Person.objects.filter(pk__in=list(found), consents__sensitive=True).values_list("pk", flat=True))
    rows = Behaviour.objects.filter(person__in=list(found)).order_by("-occurred_at", "-id")
    for person, name, value, text, context, title, categories in rows.values_list(
        "person_id", "kind", "value", "text", "context", "item__title", "item__categories"
    ).iterator(chunk_size=2_000):
        if vertical.consent_required and title is None and person not in agreed:
            continue
        if len(found[person]) < most and name in kinds and not vertical.is_sensitive(categories or ()):
            found[person].append(EventView(name, title or "", value, text, context))
    return {person: events[::-1] for person, events in found.items()}


def hidden_items(storefront: Storefront, person: Person) -> frozenset[int]:
    """Primary keys of what the person never wants to see again."""
    hiding = [name for name, kind in kinds_for(storefront.vertical).items() if kind.hides]
    rows = Behaviour.objects.filter(person=person, kind__in=hiding, item__isnull=False)
    return frozenset(rows.values_list("item_id", flat=True))


def history_text(storefront: Storefront, person: Person, language: str = "en") -> str:
    """What the language side reads of a person: their newest events, oldest first."""
    vertical = registry.vertical(storefront.vertical)
    # What somebody typed says what they choose to say; it is retold only with their explicit leave.
    guarded = vertical.consent_required and person.consents.get("sensitive") is not True
    rows = Behaviour.objects.filter(person=person).select_related("item").order_by("-occurred_at", "-id")[:HISTORY]
    events = [
        EventView(
            row.kind,
            row.item.title if row.item else "",
            row.value,
            row.text,
            row.context,
            sensitive=vertical.is_sensitive(row.item.categories) if row.item else guarded,
        )
        for row in reversed(rows)
    ]
    return vertical.history_text(events, language)
