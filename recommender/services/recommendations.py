"""What next for this person, here and now?"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import numpy as np
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from behaviour.models import Person
from catalog.models import Storefront
from catalog.schema import say

from .. import pipeline, selectors, serving
from ..contracts import Vertical
from ..data import Query
from ..models import Artifact
from ..pipeline import Proposal
from ..serving.catalogue import Catalogue
from ..serving.model import Model
from ..serving.steering import Compiled
from ..steering import SOURCE
from ..tracing import Trace
from .answers import SPARE, Served, ServedItem, ServiceError, checked_count, installed_vertical, serve
from .arms import arm_for, opinion_with, option
from .candidates import proposals_for
from .conditions import NO_CONDITIONS, Conditions
from .explanations import reason_for
from .exploring import EXPLORED, REASON, explored
from .facts import facts_of
from .interest import second_stage
from .opinions import Opinion, opinion_of
from .pages import after
from .questions import history_for, query_for
from .refusals import fewer_like, without_topics
from .shadows import mirror_request, mirrored
from .steering import steering_for
from .together import Together


@dataclass(frozen=True)
class Prepared:
    """A question in the rows of a catalogue, and what the live model makes of it, where it was asked already."""

    history: selectors.History
    query: Query
    catalogue: Catalogue
    opinion: Opinion | None = None
    refused: selectors.Refusals | None = None


def recommend(
    *,
    storefront: Storefront,
    person: Person | None = None,
    heeding: Person | None = None,
    placement: str = "home",
    count: int | None = None,
    session: Iterable[int] = (),
    exclude: Iterable[int] = (),
    category: str = "",
    context: Mapping[str, str] | None = None,
    language: str = "en",
    reasons: bool = False,
    record: bool = True,
    at: datetime | None = None,
    conditions: Conditions = NO_CONDITIONS,
    diversity: float | None = None,
    pages: bool = False,
    prepared: Prepared | None = None,
    together: Together | None = None,
    artifact: Artifact | None = None,
    rules: Sequence[Compiled] | None = None,
    trace: Trace | None = None,
) -> Served:
    """A list for a person, for a session without one, or for nobody in particular.

    `heeding`: without a `person`, whose wishes hold all the same: what and whom they hid, and what the vertical's rules
    read of their profile. Nothing else about them shapes the list.
    `session`: primary keys of items just looked at, oldest first. `exclude`: primary keys never to show.
    `reasons`: say for each item which of the person's own events brought it up. `conditions`: what the caller
    demands and prefers. `diversity` in [0, 1]: how much variety, instead of the vertical's own; see
    `pipeline.varied`. `pages`: keep the rest of the ranking for `page_next`. `prepared`: the question and the
    model's opinion, where they are known already. `together`: the batch that this is one list of. Somebody of whom
    nothing is known, and a storefront without a model, get an answer through the same rules, marked as fallback.
    `artifact` and `rules` stand in for those that are live, to see what they would do. `trace` is told of every step.
    `at`: when the list is served, for a past that is played again; now unless said.
    Raises ServiceError for an unknown placement, or a count or a diversity out of range.
    """
    asked = time.perf_counter()
    vertical = installed_vertical(storefront)
    try:
        place = vertical.placement(placement)
    except LookupError as error:
        raise ServiceError(str(error)) from None
    count = checked_count(place.count if count is None else count)
    if diversity is not None and not 0 <= diversity <= 1:
        raise ServiceError(f"diversity must be between 0 and 1, got {diversity:g}.")
    live = serving.live(storefront)
    catalogue = live.catalogue
    if prepared is None:
        history = history_for(storefront, person, session)
        query = query_for(catalogue, history, person, exclude, context, language, vertical)
        prepared = Prepared(history, query, catalogue)
    # The rows of a question are those of the catalogue that it was asked of.
    history, query, catalogue = prepared.history, prepared.query, prepared.catalogue
    asking = query  # of sources, which would bring up what goes with the person
    if person is None and heeding is not None:
        query = replace(query, person={**facts_of(heeding, vertical), **query.person})
    # A replay asks a model by name: nobody's arm has a say in it.
    arm = arm_for(live, storefront, person, placement) if artifact is None else None
    known = prepared.opinion or (opinion_of(live, query, placement, artifact) if artifact is not None else None)
    opinion, degraded = opinion_with(live, query, placement, arm, known=known)
    model, scores = opinion.model, opinion.scores
    if scores is None:
        scores = live.popular(storefront)
    # A catalogue may have grown since a prepared question was asked; its rows are only ever appended.
    scores = scores[: len(catalogue)]
    refused = prepared.refused or selectors.refusals_of(storefront, person or heeding)
    allowed = conditions.narrowed(catalogue.allowed(query.now, category), catalogue)
    allowed = without_topics(catalogue, allowed, refused.topics, category)
    steering = steering_for(storefront, live, catalogue, placement, person, query.now, rules)
    unhidden = allowed & steering.permitted(len(catalogue))
    scores = conditions.boosted(scores, unhidden, catalogue)
    scores, tried = second_stage(storefront, vertical, live, query, scores, unhidden, person)
    if person is not None and selectors.personalised(storefront, person):
        scores = fewer_like(catalogue, scores, refused.items)
    degraded += tried
    proposals, failed = proposals_for(storefront, vertical, catalogue, asking, count, person)
    degraded += failed
    if trace is not None:
        _trace_sources(trace, catalogue, opinion.source, proposals)
    most_alike = option(arm, "alike", pipeline.MOST_ALIKE)
    ranked = pipeline.rank(
        query,
        scores,
        catalogue.items,
        k=min(count + SPARE, len(catalogue)),
        source=opinion.source,
        allowed=allowed,
        rules=vertical.rules,
        reranker=vertical.reranker,
        diversity_keys=catalogue.diversity_keys,
        diversity=diversity,
        fresh=opinion.fresh,
        fresh_places=int(option(arm, "fresh", place.fresh)),
        proposals=proposals,
        shown=count,
        most_alike=most_alike,
        steering=steering,
        trace=trace,
    )
    served_id, exploration = str(uuid.uuid4()), None
    slot = live.exploration(placement) if record and person is not None else None
    if slot is not None and selectors.personalised(storefront, person):
        tried_out = explored(
            slot,
            ranked,
            scores,
            catalogue,
            query,
            vertical.rules,
            unhidden,
            steering,
            count=count,
            key=served_id,
        )
        if tried_out is not None:
            ranked, exploration = tried_out.ranked, tried_out.record
    rest = None
    if pages:
        rest = after(
            query,
            scores,
            catalogue,
            ranked,
            allowed=unhidden,
            rules=vertical.rules,
            source=opinion.source,
            page=count,
            steering=steering,
            order=pipeline.Order(vertical.reranker, catalogue.diversity_keys, diversity, most_alike),
        )
    served = serve(
        storefront=storefront,
        vertical=vertical,
        ranked=ranked,
        pks=catalogue.items.ids[ranked.ranking.items],
        query=query,
        count=count,
        placement=placement,
        person=person,
        fallback=opinion.fallback,
        deployment_id=(model.deployment_id or None) if model else None,  # what only an experiment serves has none
        algorithm=model.artifact.algorithm if model else "",
        artifact_id=model.artifact.pk if model else None,
        context={**(context or {}), **({"arm": arm.label} if arm else {})},
        record=record,
        degraded=degraded,
        served_id=served_id,
        at=at,
        arm_id=arm.pk if arm else None,
        exploration=exploration,
        asked=asked,
        rest=rest,
        together=together,
    )
    if trace is not None:
        shown = np.array([catalogue.row_of[entry.item.pk] for entry in served.items], dtype=np.int32)
        trace.note("shown", shown, listed=len(ranked.ranking))
    if record and model is not None and (shadow := live.shadow(placement)) and mirrored(shadow[1], served.id):
        # A batch writes its lists down together: a worker that asks sooner would find none.
        transaction.on_commit(partial(mirror_request, shadow[0], served.id))
    if reasons and model is not None and history.items:
        served = with_reasons(served, storefront, vertical, model, catalogue, query, history, language)
    return served


def _trace_sources(trace: Trace, catalogue: Catalogue, source: str, proposals: Sequence[Proposal]) -> None:
    """What brought items up, and how many of them there are."""
    proposed = {one.source: len(one.ranking) for one in proposals}
    everything = np.arange(len(catalogue), dtype=np.int32)
    trace.note(
        "sources",
        np.concatenate([everything, *(one.ranking.items for one in proposals)]),
        sources={source: len(catalogue), **proposed},
        proposed={one.source: one.ranking.items for one in proposals},
    )
    trace.note("dedup", everything)


def with_reasons(
    served: Served,
    storefront: Storefront,
    vertical: Vertical,
    model: Model,
    catalogue: Catalogue,
    query: Query,
    history: selectors.History,
    language: str,
) -> Served:
    """The list with a true sentence for each item that the past, or what brought it up, accounts for."""
    titles = selectors.titles_of(storefront, history.items)

    def reason(entry: ServedItem) -> str:
        # What was drawn by chance is there for no reason of the person's own.
        if entry.source == EXPLORED:
            return say(REASON, language)
        # What a source brought up is there for the source's reason, whatever the model thinks of it.
        if entry.source in vertical.source_reasons:
            return say(vertical.source_reasons[entry.source], language)
        if entry.source == SOURCE:
            with override(language):
                return _("Picked by %(site)s") % {"site": storefront.name}
        return reason_for(vertical, model, catalogue, query, history, titles, entry.item.pk, language)

    return replace(served, items=[replace(entry, reason=reason(entry)) for entry in served.items])
