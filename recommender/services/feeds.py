"""Newest first, of one kind only: by somebody, in a story, by those whom a person follows. Rules hold here too."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from behaviour.models import Person
from catalog.models import Storefront

from .. import selectors, serving
from ..data import Query, Ranking
from ..pipeline import Ranked, allow
from .answers import SPARE, Served, checked_count, installed_vertical, serve
from .facts import facts_of
from .refusals import without_topics
from .steering import steering_for

#: Called with the attributes and the categories of an item.
Wanted = Callable[[Mapping[str, Any], Sequence[str]], bool]


def feed(
    *,
    storefront: Storefront,
    wanted: Wanted,
    placement: str,
    count: int = 20,
    person: Person | None = None,
    exclude: Iterable[int] = (),
    asked_for: bool = False,
    record: bool = True,
) -> Served:
    """The newest items that are `wanted`, as far as all rules let the person see them; nothing that they hid.

    `asked_for`: the person asked for exactly these by name, so that topics which they hid are not left out.
    `exclude`: primary keys. One pass over the catalogue in memory, no scan of a table.
    """
    vertical = installed_vertical(storefront)
    count = checked_count(count)
    live = serving.live(storefront)
    catalogue = live.catalogue
    items = catalogue.items
    refused = selectors.refusals_of(storefront, person)
    left_out = catalogue.rows([*refused.items, *exclude])
    query = Query(now=time.time(), exclude=left_out, person=facts_of(person, vertical))
    chosen = [
        row
        for row, (attributes, categories) in enumerate(zip(items.attributes, items.categories, strict=True))
        if wanted(attributes, categories)
    ]
    open_ = without_topics(catalogue, catalogue.allowed(query.now), () if asked_for else refused.topics)
    open_[query.exclude] = False
    open_ &= steering_for(storefront, live, catalogue, placement, person, query.now).permitted(len(catalogue))
    rows = np.array(chosen, dtype=np.int32)
    rows = rows[open_[rows]]
    rows = rows[allow(vertical.rules, items.take(rows), query)] if len(rows) else rows
    rows = rows[np.argsort(-items.published[rows], kind="stable")][: count + SPARE]
    scores = np.arange(len(rows), 0, -1, dtype=np.float32)
    return serve(
        storefront=storefront,
        vertical=vertical,
        ranked=Ranked(Ranking(rows, scores), (placement,) * len(rows)),
        pks=items.ids[rows],
        query=query,
        count=count,
        placement=placement,
        person=person,
        record=record and bool(len(rows)),
    )
