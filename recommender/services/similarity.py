"""What else is like this?"""

from __future__ import annotations

import time
from collections.abc import Iterable

import numpy as np

from behaviour.models import Person
from catalog.models import Item, Storefront

from .. import pipeline, selectors, serving
from ..data import Query
from ..language.media.fusion import late
from .answers import SPARE, Served, ServiceError, checked_count, installed_vertical, serve
from .conditions import NO_CONDITIONS, Conditions
from .pages import after
from .questions import model_for, query_for
from .refusals import without_topics
from .steering import steering_for
from .ties import tied

#: What people do with items says more about likeness than what they are like; where few people did anything, text,
#: images and sound decide.
CONTENT_WEIGHT = 0.5


def similar(
    *,
    storefront: Storefront,
    item: Item,
    count: int = 12,
    person: Person | None = None,
    exclude: Iterable[int] = (),
    language: str = "en",
    record: bool = True,
    conditions: Conditions = NO_CONDITIONS,
    pages: bool = False,
) -> Served:
    """Items like `item`, by behaviour (the live model's) and by what they are: text, images, sound.

    By popularity in its category where there is none of these. The vertical has the last word on the order, as in
    every list.

    Items that the person has hidden, bought or watched are left out, and so are `exclude` (primary keys). What an
    operator pinned to the item stands first and what they blocked stays out; see `ties`. Raises ServiceError for an
    item of another storefront.
    """
    asked = time.perf_counter()
    vertical = installed_vertical(storefront)
    count = checked_count(count)
    if item.storefront_id != storefront.pk:
        raise ServiceError("The item must belong to the storefront.")
    live = serving.live(storefront)
    catalogue = live.catalogue
    model, fallback = model_for(live, "item")
    history = selectors.history_of(storefront, person) if person is not None else selectors.NO_HISTORY
    refused = selectors.refusals_of(storefront, person)
    nothing = selectors.History((), (), (), history.seen.union(exclude) | {item.pk}, {})
    query = query_for(catalogue, nothing, person, language=language, vertical=vertical)
    row = catalogue.row_of.get(item.pk)
    signals = []
    if row is not None and model is not None:
        alone = Query.of([row], now=query.now, language=language)
        scores = model.aligned(catalogue).scores(model.algorithm, alone, catalogue)
        signals.append(_standardised(scores))
    if row is not None and (likenesses := catalogue.likenesses(row)):
        there = {name: cosines != 0 for name, cosines in likenesses.items()}
        content = late(likenesses, there, selectors.media_weights(storefront))
        signals.append(CONTENT_WEIGHT * _standardised(content))
    category = ""
    if signals:
        scores = np.sum(signals, axis=0)
    else:
        scores, category = live.popular(storefront), item.categories[0] if item.categories else ""
    ties = selectors.ties_of(item.pk)
    allowed = catalogue.allowed(query.now, category)
    if ties.pinned and category:  # a pin may be of another category than what stands in for likeness
        pinned = catalogue.rows(ties.pinned)
        allowed[pinned] = catalogue.allowed(query.now)[pinned]
    allowed = conditions.narrowed(allowed, catalogue)
    allowed = without_topics(catalogue, allowed, refused.topics)
    steering = tied(steering_for(storefront, live, catalogue, "item", person, query.now), catalogue, ties)
    allowed &= steering.permitted(len(catalogue))
    scores = conditions.boosted(scores, allowed, catalogue)
    source = "similar" if signals else "popular"
    ranked = pipeline.rank(
        query,
        scores,
        catalogue.items,
        k=min(count + SPARE, len(catalogue)),
        source=source,
        allowed=allowed,
        rules=vertical.rules,
        reranker=vertical.reranker,
        shown=count,
        steering=steering,
    )
    rest = None
    if pages:
        rest = after(
            query,
            scores,
            catalogue,
            ranked,
            allowed=allowed,
            rules=vertical.rules,
            source=source,
            page=count,
            steering=steering,
            order=pipeline.Order(vertical.reranker),
        )
    return serve(
        storefront=storefront,
        vertical=vertical,
        ranked=ranked,
        pks=catalogue.items.ids[ranked.ranking.items],
        query=query,
        count=count,
        placement="item",
        person=person,
        fallback=fallback,
        deployment_id=model.deployment_id if model else None,
        algorithm=model.artifact.algorithm if model else "",
        artifact_id=model.artifact.pk if model else None,
        context={"item": item.external_id},
        record=record,
        asked=asked,
        rest=rest,
    )


def _standardised(scores: np.ndarray) -> np.ndarray:
    """Mean 0 and standard deviation 1, so that signals of different scale can be added."""
    spread = scores.std()
    return (scores - scores.mean()) / spread if spread > 0 else np.zeros_like(scores)
