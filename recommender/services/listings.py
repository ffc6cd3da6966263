"""Lists that no model makes: popular now, newest, everything in a category. Served and recorded like all others."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from behaviour.models import Person
from catalog.models import Storefront

from .. import selectors, serving
from ..data import Query, Ranking
from ..pipeline import Ranked, permitted
from ..serving.catalogue import is_read
from .answers import Served, installed_vertical, serve
from .facts import facts_of
from .refusals import without_topics
from .steering import steering_for

Order = Literal["popular", "new"]


@dataclass(frozen=True)
class Topic:
    name: str
    count: int


def topics_of(storefront: Storefront, most: int = 12, language: str = "") -> list[Topic]:
    """The largest categories of what can be had now, largest first.

    With a `language`, those whose items are mostly in it come before all others: somebody who reads Chinese does
    not look for their topics behind twelve English ones. Items that say nothing of their language are for everybody.
    """
    catalogue = serving.live(storefront).catalogue
    allowed = catalogue.allowed(time.time())
    counts: dict[str, int] = {}
    readable: dict[str, int] = {}
    written = catalogue.columns.labels("language")
    for categories, languages, can_be_had in zip(catalogue.items.categories, written, allowed.tolist(), strict=True):
        if can_be_had:
            own = not language or not any(languages) or is_read(languages[0], language)
            for category in categories:
                counts[category] = counts.get(category, 0) + 1
                readable[category] = readable.get(category, 0) + own
    ordered = sorted(counts.items(), key=lambda entry: (2 * readable[entry[0]] < entry[1], -entry[1], entry[0]))
    return [Topic(name, count) for name, count in ordered[:most]]


def listed(
    *,
    storefront: Storefront,
    order: Order,
    placement: str,
    count: int,
    category: str = "",
    page: int = 1,
    exclude: Iterable[int] = (),
    person: Person | None = None,
    language: str = "",
    record: bool = True,
) -> tuple[Served, int]:
    """One page of the catalogue, and how many items there are on all pages. `exclude`: primary keys.

    Topics that the person has hidden are left out of it, unless one is asked for as `category`. With a `language`,
    what is written in another comes after all that somebody who reads it can read.
    """
    asked = time.perf_counter()
    vertical = installed_vertical(storefront)
    live = serving.live(storefront)
    catalogue = live.catalogue
    query = Query(now=time.time(), exclude=catalogue.rows(exclude), person=facts_of(person, vertical))
    refused = selectors.refusals_of(storefront, person)
    allowed = without_topics(catalogue, catalogue.allowed(query.now, category), refused.topics, category)
    allowed[query.exclude] = False
    allowed &= steering_for(storefront, live, catalogue, placement, person, query.now).permitted(len(catalogue))
    scores = live.popular(storefront) if order == "popular" else _by_date(catalogue.items.published)
    rows = np.flatnonzero(allowed)
    rows = rows[np.argsort(-scores[rows], kind="stable")].astype(np.int32)
    if language:
        rows = rows[np.argsort(~catalogue.read_in(language)[rows], kind="stable")]
    ranking = permitted(rows, np.where(allowed, scores, -np.inf), catalogue.items, query, vertical.rules, len(rows))
    here = ranking.items[(page - 1) * count : page * count]
    served = serve(
        storefront=storefront,
        vertical=vertical,
        ranked=Ranked(Ranking(here, scores[here]), (order,) * len(here)),
        pks=catalogue.items.ids[here],
        query=query,
        count=count,
        placement=placement,
        person=person,
        context={"category": category, "page": page} if category else {},
        record=record,
        asked=asked,
    )
    return served, len(ranking)


def _by_date(published: np.ndarray) -> np.ndarray:
    """(n,) float32: the place in the order of publication. Seconds themselves would tie in float32."""
    return np.argsort(np.argsort(published, kind="stable"), kind="stable").astype(np.float32)
