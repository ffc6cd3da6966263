"""What is asked, and of which model: the first steps of every request-time verb."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from behaviour.kinds import kinds_for
from behaviour.models import Person
from catalog.models import Item, Storefront

from .. import registry, selectors, serving
from ..artifacts import ArtifactError
from ..contracts import PastEvent, Vertical
from ..data import Query
from ..models import Artifact, PersonKeywords, Recommendation
from ..serving.catalogue import Catalogue
from ..serving.model import Model
from .facts import facts_of

logger = logging.getLogger(__name__)

Fallback = Recommendation.Fallback
PROFILE_EVENTS = 100  # the newest of a past are read for it
SESSION_STRENGTH = 1.0  # of an item that was looked at without a behaviour of its own being recorded


def model_for(
    live: serving.LiveStorefront, placement: str, artifact: Artifact | None = None
) -> tuple[Model | None, str]:
    """The live model (or that of `artifact`) and "", or None and why there is none."""
    try:
        model = live.model(placement) if artifact is None else live.model_of(artifact)
    except ArtifactError:
        return None, Fallback.MODEL_UNAVAILABLE
    return model, Fallback.NONE if model is not None else Fallback.NO_MODEL


def query_for(
    catalogue: Catalogue,
    history: selectors.History,
    person: Person | None,
    exclude: Iterable[int] = (),
    context: Mapping[str, str] | None = None,
    language: str = "en",
    vertical: Vertical | None = None,
) -> Query:
    """The question in the catalogue's rows. What the person has seen, disliked or hidden is excluded.

    With its `vertical`, the question also says what that vertical's `profile` reads out of the past.
    """
    row_of = catalogue.row_of
    known = [place for place, pk in enumerate(history.items) if pk in row_of]
    return Query(
        items=np.array([row_of[history.items[place]] for place in known], dtype=np.int32),
        values=np.array([history.values[place] for place in known], dtype=np.float32),
        times=np.array([history.times[place] for place in known], dtype=np.float64),
        now=time.time(),
        exclude=catalogue.rows(history.seen.union(exclude)),
        person={**facts_of(person, vertical), **_profile(vertical, history)},
        context=dict(context or {}),
        language=language,
    )


def keywords_of(person: Person | None, vertical: Vertical) -> tuple[tuple[str, float], ...]:
    """What the keyword writer made of the person's past, as far as they allow it; nothing sensitive."""
    if person is None or not selectors.personalised(person.storefront, person):
        return ()
    if not selectors.agreed_to_sensitive(person.storefront, person):
        return ()  # they may have been written from what the person typed before they took their consent back
    row = PersonKeywords.objects.filter(person=person).first()
    written = row.keywords if row is not None else []
    return tuple((str(word), float(score)) for word, score in written if not vertical.is_sensitive([word]))


def _profile(vertical: Vertical | None, history: selectors.History) -> Mapping[str, Any]:
    """A plugin's mistake costs what it would have found, not the page."""
    if vertical is None or vertical.profile is None or not history.items:
        return {}
    told = list(zip(history.items, history.times, strict=True))[-PROFILE_EVENTS:]
    items = Item.objects.in_bulk([pk for pk, _time in told])
    past = [
        PastEvent(history.kinds.get(pk, ""), selectors.item_view(items[pk]), time) for pk, time in told if pk in items
    ]
    try:
        return vertical.profile(past)
    except Exception:
        logger.exception("The profile of vertical %s failed; lists go out without it.", vertical.slug)
        return {}


def history_for(storefront: Storefront, person: Person | None, session: Iterable[int] = ()) -> selectors.History:
    """What may shape the answer: the person's past, as far as they allow, and what was just looked at."""
    history = selectors.NO_HISTORY
    if person is not None:
        history = selectors.history_of(storefront, person)
        if not selectors.personalised(storefront, person):
            # What was hidden stays hidden; nothing else about the person shapes the list.
            history = selectors.History((), (), (), history.seen, {})
    looked_at = [pk for pk in session if pk not in history.seen]
    if looked_at and registry.vertical(storefront.vertical).consent_required:
        looked_at = _agreed(storefront, person, looked_at)
    if not looked_at:
        return history
    now = time.time()
    kept = [place for place, pk in enumerate(history.items) if pk not in set(looked_at)]
    view = kinds_for(storefront.vertical).get("view")
    return replace(
        history,
        # Where to open something is to have seen it, that holds within a session of nobody in particular, too.
        seen=history.seen.union(looked_at) if view is not None and view.seen else history.seen,
        items=(*(history.items[place] for place in kept), *looked_at),
        values=(*(history.values[place] for place in kept), *[SESSION_STRENGTH] * len(looked_at)),
        times=(*(history.times[place] for place in kept), *[now] * len(looked_at)),
        kinds={**history.kinds, **dict.fromkeys(looked_at, "view")},
    )


def _agreed(storefront: Storefront, person: Person | None, looked_at: list[int]) -> list[int]:
    """Of what was just looked at, that which may shape the answer where consent comes first."""
    if person is None or not selectors.personalised(storefront, person):
        return []
    if selectors.agreed_to_sensitive(storefront, person):
        return looked_at
    sensitive = selectors.sensitive_among(storefront, looked_at)
    return [pk for pk in looked_at if pk not in sensitive]
