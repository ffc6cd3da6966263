"""Take what people wrote about items into the items' texts, some time after it was written.

A review does not have its item read again at once: texts that came in are looked at QUIET apart, all together. What
was taken back or erased is gone from the text the moment its row is; the item is then read again at the next look.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Max
from django.utils import timezone

from behaviour.models import Behaviour, Person
from catalog.models import Item, Storefront

from .. import registry, selectors
from ..contracts import Quotes, Vertical
from ..language.quoting import Said, chosen
from ..models import Quote, QuotedItem

QUIET = timedelta(minutes=15)  # between two looks at what came in
OVERLAP = timedelta(minutes=5)  # looked at twice: what was being written when the last look was taken
READ = 200  # of the newest texts about an item are chosen from
SETTING = "quotes"  # of a storefront: false takes nothing in
_CHUNK = 200
#: Attributes of a person that are names, as far as a vertical has them.
NAMES = ("name", "display_name", "full_name", "first_name", "last_name", "given_name", "family_name", "nickname")
NAMES += ("username", "screen_name", "handle")


def quotes_wanted(storefront: Storefront, vertical: Vertical) -> Quotes | None:
    """What the vertical asks for, unless the storefront's settings turn it off."""
    return None if storefront.settings.get(SETTING) is False else vertical.quotes


def quotes_refresh(storefront_id: int, *, now: datetime | None = None) -> int:
    """Bring the quotes of a storefront's items up to date. Returns how many items' texts are others now."""
    storefront = Storefront.objects.get(pk=storefront_id)
    vertical = registry.vertical(storefront.vertical)
    wanted = quotes_wanted(storefront, vertical)
    now = now or timezone.now()
    looked = QuotedItem.objects.filter(storefront=storefront)
    if wanted is None:
        Quote.objects.filter(storefront=storefront).delete()
        return looked.filter(quotes__gt=0).update(quotes=0, changed_at=now)
    barred = {*selectors.refused(storefront).tolist(), *selectors.guarded_persons(storefront).tolist()}
    gone = barred.intersection(Quote.objects.filter(storefront=storefront).values_list("person", flat=True))
    Quote.objects.filter(storefront=storefront, person__in=gone).delete()
    # Not as many as were chosen: somebody was erased, takes their consent back, or took back what they wrote.
    lost = looked.annotate(there=Count("item__quotes")).exclude(there=F("quotes"))
    waiting = sorted({*lost.values_list("item", flat=True), *_written(storefront, wanted, now)})
    chunks = (waiting[start : start + _CHUNK] for start in range(0, len(waiting), _CHUNK))
    return sum(_look(storefront, vertical, wanted, barred, chunk, now) for chunk in chunks)


def _written(storefront: Storefront, wanted: Quotes, now: datetime) -> Iterable[int]:
    """Items that somebody wrote about since the last look, or none where that was just now."""
    last = QuotedItem.objects.filter(storefront=storefront).aggregate(at=Max("looked_at"))["at"]
    if last is not None and now - last < QUIET:
        return []
    rows = Behaviour.objects.filter(storefront=storefront, kind__in=wanted.kinds, item__isnull=False).exclude(text="")
    if last is not None:
        rows = rows.filter(received_at__gte=last - OVERLAP)
    return rows.order_by().values_list("item", flat=True).distinct()


def _look(
    storefront: Storefront,
    vertical: Vertical,
    wanted: Quotes,
    barred: Collection[int],
    item_ids: Sequence[int],
    now: datetime,
) -> int:
    """Choose anew for some items. Returns how many changed."""
    items = Item.objects.filter(storefront=storefront, pk__in=item_ids).values_list("pk", "categories")
    quotable = [pk for pk, categories in items if not vertical.is_sensitive(categories)]
    said = _said(storefront, wanted, barred, quotable)
    before: dict[int, list[tuple[int, str]]] = defaultdict(list)
    kept = Quote.objects.filter(item__in=item_ids).order_by("place")
    for pk, behaviour, text in kept.values_list("item_id", "behaviour_id", "text"):
        before[pk].append((behaviour, text))
    counted = dict(QuotedItem.objects.filter(item__in=item_ids).values_list("item_id", "quotes"))
    after = {pk: chosen(said[pk], wanted.most, _names(said[pk])) for pk in item_ids}
    # One that lost a quote and has found no other is no longer what its vector says.
    changed = {
        pk
        for pk in item_ids
        if [(one.key, one.text) for one in after[pk]] != before[pk] or counted.get(pk, 0) != len(before[pk])
    }
    with transaction.atomic():
        Quote.objects.filter(item__in=changed).delete()
        Quote.objects.bulk_create(
            Quote(
                storefront=storefront,
                item_id=pk,
                person_id=one.person,
                behaviour_id=one.key,
                place=place,
                text=one.text,
            )
            for pk in changed
            for place, one in enumerate(after[pk])
        )
        _note(storefront, {pk: len(after[pk]) for pk in item_ids if pk not in changed}, now)
        _note(storefront, {pk: len(after[pk]) for pk in changed}, now, changed_at=now)
    return len(changed)


def _said(
    storefront: Storefront, wanted: Quotes, barred: Collection[int], item_ids: Iterable[int]
) -> Mapping[int, list[Said]]:
    """Item → the newest texts about it, of those whose words may be learned from."""
    found: dict[int, list[Said]] = defaultdict(list)
    for item in item_ids:
        rows = Behaviour.objects.filter(item=item, storefront=storefront, kind__in=wanted.kinds).exclude(text="")
        rows = rows.order_by("-occurred_at", "-id")[:READ]
        for key, person, text, context, when in rows.values_list("pk", "person_id", "text", "context", "occurred_at"):
            if person not in barred:
                found[item].append(Said(key, person, text, when.timestamp(), _helpful(context)))
    return found


def _names(said: Sequence[Said]) -> set[str]:
    """What those who wrote about an item are called: they sign what they write, and answer each other by name."""
    if not said:
        return set()
    names: set[str] = set()
    account = ("account__username", "account__first_name", "account__last_name")
    rows = Person.objects.filter(pk__in={one.person for one in said})
    for external_id, attributes, *known in rows.values_list("external_id", "attributes", *account):
        names.update((external_id, " ".join(filter(None, known[1:])), *filter(None, known)))
        names.update(str(attributes[name]) for name in NAMES if attributes.get(name))
    return names


def _helpful(context: Mapping[str, Any]) -> float:
    """How many found a text helpful, as far as its sender said so: `"context": {"helpful": "12"}`."""
    try:
        count = float(context.get("helpful", 0))
    except (TypeError, ValueError):
        return 0.0
    return count if math.isfinite(count) else 0.0


def _note(storefront: Storefront, counts: Mapping[int, int], now: datetime, **more: datetime) -> None:
    QuotedItem.objects.bulk_create(
        [
            QuotedItem(storefront=storefront, item_id=pk, quotes=count, looked_at=now, **more)
            for pk, count in counts.items()
        ],
        update_conflicts=True,
        unique_fields=["item"],
        update_fields=["quotes", "looked_at", *more],
    )
