"""What the live model thinks of every item for somebody, or why there is nothing that it could say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .. import serving
from ..data import Query
from ..models import Artifact, Recommendation
from ..serving.model import Model
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
    own = aligned.scores(model.algorithm, query, live.catalogue)
    # The same score for all is no order: it has nothing to say of such a past.
    scores = own if np.ptp(own) > 0 else None
    if not len(query.items):
        return Opinion(model, scores, aligned.fresh, "popular", Fallback.COLD_PERSON)
    return Opinion(model, scores, aligned.fresh, "popular" if scores is None else "model", fallback)
