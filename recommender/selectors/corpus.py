"""What language models learn from: a storefront's texts, and what people did there, ready to be put into words."""

from __future__ import annotations

from collections.abc import Container

from behaviour.kinds import kinds_for
from behaviour.models import Behaviour, Person
from catalog.models import Item, Storefront

from .. import registry
from ..contracts import EventView
from ..language.corpus import NO_ITEM, Corpus, Event
from .histories import HISTORY
from .items import items_as_columns
from .training import guarded_persons, refused

_CHUNK = 5_000


def corpus_for(storefront: Storefront) -> Corpus:
    """Items that are not withdrawn, and the newest HISTORY events of each person who lets others learn from them.

    Persons stand in it under their subject keys. What the vertical calls sensitive is not in it: neither items of
    such categories, nor anything that was said about them.
    """
    vertical = registry.vertical(storefront.vertical)
    rows = list(Item.objects.filter(storefront=storefront, withdrawn=False).order_by("pk"))
    items = items_as_columns(storefront, rows)
    row_of = {item.pk: row for row, item in enumerate(rows)}
    hidden = {item.pk for item in rows if vertical.is_sensitive(item.categories)}
    titles = [item.title for item in rows]
    guarded = frozenset(guarded_persons(storefront).tolist())
    histories = _histories(storefront, row_of, titles, hidden, guarded)
    keys = dict(Person.objects.filter(storefront=storefront, pk__in=histories).values_list("pk", "subject_key"))
    return Corpus(
        items=items,
        histories=list(histories.values()),
        render=vertical.history_text,
        language=language_of(storefront),
        titles=titles,
        subjects=[str(keys[person]) for person in histories],
    )


def language_of(storefront: Storefront) -> str:
    """The language in which models read what people did there: the storefront's first, as far as templates know it."""
    return "zh-hans" if next(iter(storefront.languages), "en").lower().startswith("zh") else "en"


def _histories(
    storefront: Storefront, row_of: dict[int, int], titles: list[str], hidden: set[int], guarded: Container[int]
) -> dict[int, list[Event]]:
    """Person → events, oldest first. Read newest first, so that the newest are those that are kept."""
    kinds = kinds_for(storefront.vertical)
    barred = set(refused(storefront).tolist())
    found: dict[int, list[Event]] = {}
    columns = Behaviour.objects.filter(storefront=storefront).order_by("-occurred_at", "-id")
    for person, item, name, value, text, context, when in columns.values_list(
        "person_id", "item_id", "kind", "value", "text", "context", "occurred_at"
    ).iterator(chunk_size=_CHUNK):
        kind = kinds.get(name)
        own = found.get(person, ())
        if kind is None or person in barred or item in hidden or len(own) == HISTORY:
            continue
        if item is None and person in guarded:
            continue
        row = NO_ITEM if item is None else row_of.get(item)
        if row is None:  # withdrawn: its text is not in the corpus
            continue
        view = EventView(name, titles[row] if row != NO_ITEM else "", value, text, context)
        found.setdefault(person, []).append(Event(row, kind.signal(value), when.timestamp(), view))
    return {person: events[::-1] for person, events in sorted(found.items())}
