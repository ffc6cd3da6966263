"""What goes with an item, and what could stand in for it: from baskets that hold both, and from sources."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
from django.db.models import Count

from behaviour.kinds import kinds_for
from behaviour.models import Behaviour, Person
from catalog.models import Item, Storefront

from .. import pipeline, selectors, serving
from ..contracts import PastEvent, Vertical
from ..data import Query
from ..serving.catalogue import Catalogue
from .answers import SPARE, Served, checked_count, installed_vertical, serve
from .facts import facts_of
from .refusals import without_topics
from .steering import steering_for

BOUGHT = "purchase"
TOGETHER = "together"  # the source of what was bought with it
RECENT = 500  # purchases of an item, the latest, are looked at
MOST = 20_000  # other purchases of the same people
PAUSE = timedelta(hours=24)  # a longer one ends a basket
LEAST = 2  # baskets that hold both, before anybody says so
CANDIDATES = 40  # of what was bought with it: those bought most often are weighed
SHRINKAGE = 2.0  # see algorithms.baskets


def goes_with(
    *,
    storefront: Storefront,
    items: Sequence[Item],
    count: int,
    person: Person | None = None,
    placement: str = "item",
    sources: Sequence[tuple[str, str]] = (),
    together: bool = True,
    exclude: Iterable[int] = (),
    dearest: int | None = None,
    refused: selectors.Refusals | None = None,
    record: bool = True,
) -> Served:
    """What was bought together with `items`, best first, then what the vertical's `sources` propose for them.

    `sources`: (slug of a source, kind of behaviour), the kind being what the source takes the items for: things that
    somebody bought, or only looked at. Each entry says by its `source` why it is there. Rules hold; what the person
    bought, hid or disliked, `items` themselves and `exclude` (primary keys) are left out, and so is what costs more
    than `dearest` (in minor units), or is of a topic that the person hid (`refused`, where that was read already).
    """
    vertical = installed_vertical(storefront)
    count = checked_count(count)
    live = serving.live(storefront)
    catalogue = live.catalogue
    seen = selectors.history_of(storefront, person).seen if person is not None else frozenset()
    anchors = [catalogue.row_of[item.pk] for item in items if item.pk in catalogue.row_of]
    left_out = catalogue.rows([*seen, *exclude, *(item.pk for item in items)])
    query = Query.of(anchors, now=time.time(), exclude=left_out, person=facts_of(person, vertical))
    scores = np.full(len(catalogue), -np.inf, dtype=np.float32)
    source_of: dict[int, str] = {}
    tier = float(len(sources) + 1)  # whatever a source says counts less than what people did
    for row, score in bought_with(storefront, catalogue, items).items() if together else ():
        scores[row], source_of[row] = tier + score, TOGETHER
    for slug, kind in sources:
        tier -= 1
        for row, score in _proposed(vertical, catalogue, query, items, slug, kind, count):
            if row not in source_of:
                scores[row], source_of[row] = tier + score, slug
    if dearest is not None and catalogue.items.prices is not None:
        scores[catalogue.items.prices > dearest] = -np.inf
    steering = steering_for(storefront, live, catalogue, placement, person, query.now)
    refused = refused or selectors.refusals_of(storefront, person)
    allowed = without_topics(catalogue, catalogue.allowed(query.now), refused.topics)
    ranked = pipeline.rank(
        query,
        scores,
        catalogue.items,
        k=min(count + SPARE, max(len(catalogue), 1)),
        source=TOGETHER,
        allowed=allowed & steering.permitted(len(catalogue)),
        rules=vertical.rules,
    )
    rows = ranked.ranking.items
    return serve(
        storefront=storefront,
        vertical=vertical,
        ranked=pipeline.Ranked(ranked.ranking, tuple(source_of[row] for row in rows.tolist())),
        pks=catalogue.items.ids[rows],
        query=query,
        count=count,
        placement=placement,
        person=person,
        context={"items": [item.external_id for item in items][:20]},
        record=record and bool(len(rows)),
    )


def bought_with(storefront: Storefront, catalogue: Catalogue, items: Sequence[Item]) -> dict[int, float]:
    """Row → score in [0, 1) of what lies in one basket with `items` at least LEAST times.

    score = B_ij / (B_i · √B_j) · B_ij / (B_ij + SHRINKAGE), as in algorithms.baskets, from the latest purchases.
    """
    if BOUGHT not in kinds_for(storefront.vertical) or not items:
        return {}
    anchors = {item.pk for item in items}
    bought = Behaviour.objects.filter(storefront=storefront, kind=BOUGHT)
    mine = list(
        bought.filter(item__in=anchors).order_by("-occurred_at").values_list("person_id", "occurred_at")[:RECENT]
    )
    at: dict[int, list] = {}
    for person, when in mine:
        at.setdefault(person, []).append(when)
    others = bought.filter(person__in=list(at), item__isnull=False).exclude(item__in=anchors)
    baskets: dict[int, set[int]] = {}
    for person, item, when in others.order_by().values_list("person_id", "item_id", "occurred_at")[:MOST]:
        if any(abs(when - then) <= PAUSE for then in at[person]):
            baskets.setdefault(item, set()).add(person)
    together = Counter({item: len(people) for item, people in baskets.items() if len(people) >= LEAST})
    told = [item for item, _n in together.most_common(CANDIDATES) if item in catalogue.row_of]
    alone = dict(
        bought.filter(item__in=told).order_by().values_list("item_id").annotate(n=Count("person", distinct=True))
    )
    return {
        catalogue.row_of[item]: float(
            together[item] / (len(at) * alone[item] ** 0.5) * together[item] / (together[item] + SHRINKAGE)
        )
        for item in told
    }


def _proposed(
    vertical: Vertical, catalogue: Catalogue, query: Query, items: Sequence[Item], slug: str, kind: str, count: int
) -> list[tuple[int, float]]:
    """(row, score in (0, 1)) of what a source says, had somebody done nothing but `kind` with the items."""
    source = next((source for source in vertical.sources if source.slug == slug), None)
    if source is None or vertical.profile is None:
        return []
    past = [PastEvent(kind, selectors.item_view(item), query.now) for item in items]
    alone = replace(query, person={**query.person, **vertical.profile(past)})
    found = source.candidates(catalogue.items, alone, 4 * count)
    return [(int(row), 1.0 - (place + 1) / (len(found) + 1)) for place, row in enumerate(found.items)]
