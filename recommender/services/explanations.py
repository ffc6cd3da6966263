"""Why this? Which of a person's own events brought an item up, and by how much."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import override

from behaviour.kinds import kinds_for
from behaviour.models import Person
from catalog.models import Item, Storefront
from catalog.schema import say

from .. import selectors, serving
from ..contracts import Vertical
from ..data import Explanation, Query
from ..serving.catalogue import Catalogue
from ..serving.model import Model
from .answers import ServiceError, installed_vertical
from .questions import history_for, model_for, query_for

#: An event names a reason only when it carried at least this share of what spoke for the item.
LEAST_SHARE = 0.15
MOST_REASONS = 3


@dataclass(frozen=True)
class Reason:
    """One of the person's own events. `contribution` is in units of the score; `share` is of all that spoke for it."""

    item: Item
    kind: str
    label: str
    occurred_at: datetime
    contribution: float
    share: float


@dataclass(frozen=True)
class Why:
    """The trace of one score: base + Σ contributions = score, exactly so where `exact`.

    `sentence` is made from the trace and says nothing that is not in it. `components`: shares by member
    of a blend.
    """

    item: Item
    sentence: str
    reasons: list[Reason]
    score: float
    base: float
    exact: bool
    algorithm: str
    components: Mapping[str, float] = field(default_factory=dict)


def explain(*, storefront: Storefront, person: Person, item: Item, language: str = "en") -> Why:
    """Raises ServiceError where an item of another storefront is asked about."""
    vertical = installed_vertical(storefront)
    if item.storefront_id != storefront.pk or person.storefront_id != storefront.pk:
        raise ServiceError("The item and the person must belong to the storefront.")
    live = serving.live(storefront)
    catalogue = live.catalogue
    model, _fallback = model_for(live, "home")
    history = history_for(storefront, person)
    query = query_for(catalogue, history, person, language=language)
    if model is None or item.pk not in catalogue.row_of:
        sentence = _general(language, known=bool(history.items))
        return Why(item, sentence, [], 0.0, 0.0, False, model.artifact.algorithm if model else "")
    traced = trace(model, catalogue, query, catalogue.row_of[item.pk])
    reasons = _reasons(storefront, vertical, catalogue, query, history, traced, language)
    return Why(
        item=item,
        sentence=_sentence(vertical, reasons, language),
        reasons=reasons,
        score=traced.score,
        base=traced.base,
        exact=traced.exact,
        algorithm=model.artifact.algorithm,
        components=traced.sources,
    )


def trace(model: Model, catalogue: Catalogue, query: Query, row: int) -> Explanation:
    """The model's explanation with contributions lined up with `query`, whose rows are the catalogue's.

    An item or event that the model never saw is explained through its most similar known item; such a
    trace is not exact.
    """
    aligned = model.aligned(catalogue)
    model_rows, stands_in = aligned.model_rows(query.items)
    kept = model_rows >= 0
    target, target_stands_in = aligned.model_rows(np.array([row], dtype=np.int32))
    if target[0] < 0:
        score = float(aligned.scores(model.algorithm, query, catalogue)[row])
        return Explanation(row, score, score, np.zeros(len(query.items)), exact=True)
    found = model.algorithm.explain(aligned.query(query), int(target[0]))
    contributions = np.zeros(len(query.items))
    contributions[kept] = found.contributions
    exact = found.exact and not target_stands_in[0] and not stands_in.any()
    return Explanation(row, found.score, found.base, contributions, exact, found.sources)


def reason_for(
    vertical: Vertical,
    model: Model,
    catalogue: Catalogue,
    query: Query,
    history: selectors.History,
    titles: Mapping[int, str],
    pk: int,
    language: str,
) -> str:
    """A short true sentence for a card: the event that spoke loudest, or nothing where none spoke clearly."""
    if pk not in catalogue.row_of:
        return ""
    shares = _shares(trace(model, catalogue, query, catalogue.row_of[pk]).contributions)
    if not len(shares) or shares.max() < LEAST_SHARE:
        return ""
    event = int(catalogue.items.ids[query.items[shares.argmax()]])
    return because(vertical, history.kinds.get(event, ""), titles.get(event, ""), language)


def because(vertical: Vertical, kind: str, title: str, language: str) -> str:
    """The vertical's words for one reason."""
    return say(vertical.reasons.get(kind, vertical.reason), language).format(title=title)


def _shares(contributions: np.ndarray) -> np.ndarray:
    """(m,) each event's share of all that spoke for the item; 0 for what spoke against it."""
    positive = np.maximum(contributions, 0.0)
    total = positive.sum()
    return positive / total if total > 0 else positive


def _reasons(
    storefront: Storefront,
    vertical: Vertical,
    catalogue: Catalogue,
    query: Query,
    history: selectors.History,
    traced: Explanation,
    language: str,
) -> list[Reason]:
    kinds = kinds_for(storefront.vertical)
    shares = _shares(traced.contributions)
    pks = [int(catalogue.items.ids[row]) for row in query.items]
    items = Item.objects.in_bulk(pks)
    order = np.argsort(-np.abs(traced.contributions), kind="stable")
    return [
        Reason(
            item=items[pks[place]],
            kind=history.kinds.get(pks[place], ""),
            label=say(kinds[history.kinds[pks[place]]].label, language) if pks[place] in history.kinds else "",
            occurred_at=datetime.fromtimestamp(query.times[place], tz=UTC),
            contribution=float(traced.contributions[place]),
            share=float(shares[place]),
        )
        for place in order.tolist()
        if pks[place] in items and traced.contributions[place] != 0
    ]


def _sentence(vertical: Vertical, reasons: list[Reason], language: str) -> str:
    telling = [reason for reason in reasons if reason.share >= LEAST_SHARE][:MOST_REASONS]
    if not telling:
        return _general(language, known=bool(reasons))
    sentences = [because(vertical, reason.kind, reason.item.title, language) for reason in telling]
    separator, stop = ("；", "。") if language == "zh-hans" else ("; ", ".")
    return separator.join(sentences) + stop


def _general(language: str, *, known: bool) -> str:
    """For a list that no single event explains."""
    with override(language):
        if known:
            return _("This fits what you did here as a whole; no single thing stands out.")
        return _("Many people here like this. Nothing about you was used.")
