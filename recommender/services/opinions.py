"""What the live model thinks of every item for somebody, or why there is nothing that it could say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .. import serving
from ..data import Query
from ..models import Artifact, Recommendation
from ..serving.model import Alignment, Model
from .questions import model_for

Fallback = Recommendation.Fallback


@dataclass(frozen=True)
class Opinion:
    """`scores` (n,) is None where the model has no order to offer; `source` is what the items are then owed to."""

    model: Model | None
    scores: np.ndarray | None
    fresh: np.ndarray | None
    source: str
    fallback: str


def opinion_of(live: serving.LiveStorefront, query: Query, placement: str, artifact: Artifact | None = None) -> Opinion:
    """`artifact`: one to ask in place of the live one."""
    model, fallback = model_for(live, placement, artifact)
    if model is None:
        return Opinion(None, None, None, "popular", fallback)
    aligned = model.aligned(live.catalogue)
    return _opinion(model, aligned, aligned.scores(model.algorithm, query, live.catalogue), query, fallback)


def opinions_of(live: serving.LiveStorefront, queries: Sequence[Query], placement: str) -> list[Opinion]:
    """The same for many at once: what the algorithm can do for all in one go costs less than one by one."""
    model, fallback = model_for(live, placement)
    if model is None or not queries:
        return [Opinion(None, None, None, "popular", fallback) for _ in queries]
    aligned = model.aligned(live.catalogue)
    scores = aligned.scores_many(model.algorithm, queries, live.catalogue)
    return [_opinion(model, aligned, own, query, fallback) for own, query in zip(scores, queries, strict=True)]


def _opinion(model: Model, aligned: Alignment, own: np.ndarray, query: Query, fallback: str) -> Opinion:
    # The same score for all is no order: it has nothing to say of such a past.
    scores = own if np.ptp(own) > 0 else None
    if not len(query.items):
        return Opinion(model, scores, aligned.fresh, "popular", Fallback.COLD_PERSON)
    return Opinion(model, scores, aligned.fresh, "popular" if scores is None else "model", fallback)
