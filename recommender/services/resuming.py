"""Where somebody left off: what they began and did not finish, and the part that comes after what they finished."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from behaviour.kinds import kinds_for
from behaviour.models import Behaviour, Person
from catalog.models import Item, Storefront

from .. import selectors, serving
from ..data import Query, Ranking
from ..pipeline import Ranked
from ..serving.catalogue import Catalogue
from .answers import Served, installed_vertical, serve
from .facts import facts_of
from .refusals import without_topics
from .steering import steering_for

WATCH = "watch"
BEGUN, FINISHED = 0.03, 0.9  # shares: less is a slip, more is all but the credits
LOOKED_AT = 300  # events, the latest
MOST = 12
CONTINUE, NEXT = "continue", "next_part"


@dataclass(frozen=True)
class Resumed:
    """`served` holds what was begun (source CONTINUE) and next parts (source NEXT), the latest first.

    `shares`: primary key → share watched. `after`: primary key of a next part → title of the part before it.
    """

    served: Served
    shares: Mapping[int, float]
    after: Mapping[int, str]


def is_watched(storefront: Storefront) -> bool:
    """Whether the site knows how far somebody came."""
    kind = kinds_for(storefront.vertical).get(WATCH)
    return kind is not None and kind.maximum == 1.0


def resume(*, storefront: Storefront, person: Person, count: int = MOST, record: bool = True) -> Resumed:
    """What to go on with. Of each series only one part is named: the one that was begun, or the next."""
    vertical = installed_vertical(storefront)
    live = serving.live(storefront)
    catalogue = live.catalogue
    shares = _shares(person)
    refused = selectors.refusals_of(storefront, person)
    query = Query(now=time.time(), exclude=catalogue.rows(refused.items), person=facts_of(person, vertical))
    open_ = without_topics(catalogue, catalogue.allowed(query.now), refused.topics)
    open_[query.exclude] = False
    open_ &= steering_for(storefront, live, catalogue, CONTINUE, person, query.now).permitted(len(catalogue))
    rows: list[int] = []
    sources: list[str] = []
    after: dict[int, str] = {}
    told: set[str] = set()
    for pk, share in shares.items():
        row = catalogue.row_of.get(pk)
        if row is None or len(rows) == count:
            continue
        series = series_of(catalogue.items.attributes[row])
        if series and series in told:
            continue
        if BEGUN <= share < FINISHED and open_[row]:
            rows.append(row)
            sources.append(CONTINUE)
        elif share >= FINISHED and (following := next_part(catalogue, row, set(shares), open_)) is not None:
            rows.append(following)
            sources.append(NEXT)
            after[int(catalogue.items.ids[following])] = pk
        else:
            continue
        told.add(series)
    titles = selectors.titles_of(storefront, after.values())
    ranking = Ranking(np.array(rows, dtype=np.int32), np.arange(len(rows), 0, -1, dtype=np.float32))
    served = serve(
        storefront=storefront,
        vertical=vertical,
        ranked=Ranked(ranking, tuple(sources)),
        pks=catalogue.items.ids[ranking.items],
        query=query,
        count=count,
        placement=CONTINUE,
        person=person,
        record=record and bool(rows),
    )
    return Resumed(served, shares, {pk: titles.get(before, "") for pk, before in after.items()})


def parts_of(storefront: Storefront, item: Item) -> list[Item]:
    """Every part of the item's series that can be had, in order; none for what stands alone."""
    catalogue = serving.live(storefront).catalogue
    row = catalogue.row_of.get(item.pk)
    series = series_of(item.attributes)
    if row is None or not series:
        return []
    rows = _parts(catalogue, series)
    found = Item.objects.filter(storefront=storefront).available().in_bulk(catalogue.items.ids[rows].tolist())
    items = [found[pk] for pk in catalogue.items.ids[rows].tolist() if pk in found]
    for part in items:
        part.storefront = storefront
    return items


def next_part(catalogue: Catalogue, row: int, seen: set[int], allowed: np.ndarray) -> int | None:
    """The row of the first part after this one that was not begun and may be had."""
    series = series_of(catalogue.items.attributes[row])
    if not series:
        return None
    rows = _parts(catalogue, series)
    later = rows[rows.index(row) + 1 :]
    return next((part for part in later if allowed[part] and int(catalogue.items.ids[part]) not in seen), None)


def series_of(attributes: Any) -> str:
    series = attributes.get("series") if isinstance(attributes, Mapping) else None
    return series if isinstance(series, str) else ""


def _parts(catalogue: Catalogue, series: str) -> list[int]:
    """Rows in the order of `part`, then of the year."""
    attributes = catalogue.items.attributes
    rows = [row for row, values in enumerate(attributes) if series_of(values) == series]
    return sorted(rows, key=lambda row: (attributes[row].get("part") or 0, attributes[row].get("year") or 0, row))


def _shares(person: Person) -> dict[int, float]:
    """Primary key → share at the latest look, the latest first. What was finished once and begun again is begun."""
    rows = Behaviour.objects.filter(person=person, kind=WATCH, item__isnull=False, value__isnull=False)
    shares: dict[int, float] = {}
    for pk, share in rows.order_by("-occurred_at", "-id").values_list("item_id", "value")[:LOOKED_AT]:
        shares.setdefault(pk, share)
    return shares
