"""What would not be in somebody's list had they not done something: the list is worked out again without it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from behaviour.models import Person
from catalog.models import Item, Storefront

from .. import pipeline, selectors, serving
from ..contracts import Vertical
from ..evaluation.faithfulness import counterfactual_set
from ..explaining import MOST_REASONS, counterfactual_sentence
from ..models import Artifact
from .answers import SPARE, installed_vertical
from .candidates import proposals_for
from .explanations import explain
from .makers import maker_for
from .opinions import opinion_of
from .questions import history_for, query_for
from .refusals import fewer_like, without_topics
from .steering import steering_for

PLACEMENT = "home"


def counterfactual(*, storefront: Storefront, person: Person, item: Item, language: str = "en") -> str:
    """ "Without A and B, this would not be in your list", or nothing where that is not so or cannot be said.

    Of the events that `explain` names, a smallest set without which the item leaves the home list; none of them can
    be spared. Costs up to six rankings. With an interest model live nothing is said: it reads the whole past.
    Raises ServiceError as `explain` does.
    """
    why = explain(storefront=storefront, person=person, item=item, language=language)
    named = [reason.item for reason in why.reasons if reason.contribution > 0][:MOST_REASONS]
    live = serving.live(storefront)
    if not named or live.interest() is not None:
        return ""
    vertical = installed_vertical(storefront)
    history, maker = history_for(storefront, person), maker_for(person, item)
    artifact = maker.artifact if maker else None

    def inside(kept: np.ndarray) -> bool:
        gone = {done.pk for done, keep in zip(named, kept.tolist(), strict=True) if not keep}
        return item.pk in _listed(storefront, vertical, live, person, _without(history, gone), language, artifact)

    if not inside(np.ones(len(named), dtype=bool)):
        return ""
    needed = counterfactual_set(inside, np.arange(len(named)))
    return "" if needed is None else counterfactual_sentence([named[place].title for place in needed], language)


def _without(history: selectors.History, gone: Iterable[int]) -> selectors.History:
    """The past without some items. What was seen stays seen, so that nothing new takes a place in the list."""
    kept = [place for place, pk in enumerate(history.items) if pk not in set(gone)]
    return replace(
        history,
        items=tuple(history.items[place] for place in kept),
        values=tuple(history.values[place] for place in kept),
        times=tuple(history.times[place] for place in kept),
    )


def _listed(
    storefront: Storefront,
    vertical: Vertical,
    live: serving.LiveStorefront,
    person: Person,
    history: selectors.History,
    language: str,
    artifact: Artifact | None = None,
) -> set[int]:
    """Primary keys of the home list for such a past, ranked as `recommend` ranks it, by `artifact` or what is live."""
    catalogue, place = live.catalogue, vertical.placement(PLACEMENT)
    query = query_for(catalogue, history, person, language=language, vertical=vertical)
    opinion = opinion_of(live, query, PLACEMENT, artifact)
    refused = selectors.refusals_of(storefront, person)
    scores = live.popular(storefront) if opinion.scores is None else opinion.scores
    scores = fewer_like(catalogue, scores, refused.items)
    proposals, _failed = proposals_for(storefront, vertical, catalogue, query, place.count, person)
    ranked = pipeline.rank(
        query,
        scores,
        catalogue.items,
        k=min(place.count + SPARE, len(catalogue)),
        source=opinion.source,
        allowed=without_topics(catalogue, catalogue.allowed(query.now), refused.topics),
        rules=vertical.rules,
        reranker=vertical.reranker,
        diversity_keys=catalogue.diversity_keys,
        fresh=opinion.fresh,
        fresh_places=place.fresh,
        proposals=proposals,
        steering=steering_for(storefront, live, catalogue, PLACEMENT, person, query.now),
    )
    return set(catalogue.items.ids[ranked.ranking.items[: place.count]].tolist())
