"""Why this? Which of a person's own events brought an item up, and by how much."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
from ..explaining import (
    Trace,
    because,
    deed_of,
    reasons_sentence,
    shared_facet,
    shared_words,
    shares_of,
    telling_events,
    thing_of,
)
from ..serving.catalogue import Catalogue
from ..serving.model import Model
from .answers import ServiceError, installed_vertical
from .makers import maker_for
from .questions import Fallback, history_for, model_for, query_for
from .wording import checker_for, general_sentence, worded_templates

__all__ = ["Reason", "Why", "because", "explain", "reason_for", "trace"]

MANY = 10


@dataclass(frozen=True)
class Reason:
    """One of the person's own events. `contribution` is in units of the score; `share` is of all that spoke for it.

    `also`: what the event's item and the recommended one have in common, in words; empty where nothing is known.
    """

    item: Item
    kind: str
    label: str
    occurred_at: datetime
    contribution: float
    share: float
    also: str = ""
    mark: float | None = None


@dataclass(frozen=True)
class Why:
    """The trace of one score: base + withheld + Σ contributions = score, exactly so where `exact`.

    `withheld`: what events contributed that must not be named, for they are sensitive. `sentence` is made from
    the trace and says nothing that is not in it. `components`: shares by member of a blend.
    """

    item: Item
    sentence: str
    reasons: list[Reason]
    score: float
    base: float
    exact: bool
    algorithm: str
    components: Mapping[str, float] = field(default_factory=dict)
    withheld: float = 0.0


def explain(
    *,
    storefront: Storefront,
    person: Person | None,
    item: Item,
    language: str = "en",
    session: Iterable[int] = (),
) -> Why:
    """By the model that put the item into the person's newest list with it, else by the one that is live.

    `session`: primary keys of items just looked at, oldest first, as `recommend` takes them: they are all that
    there is to tell of where nobody in particular asks. Where the model is gone, or cannot be loaded, nothing is
    told of the reasons but that. Raises ServiceError where an item of another storefront is asked about.
    """
    vertical = installed_vertical(storefront)
    if item.storefront_id != storefront.pk or (person is not None and person.storefront_id != storefront.pk):
        raise ServiceError("The item and the person must belong to the storefront.")
    live = serving.live(storefront)
    catalogue = live.catalogue
    maker = maker_for(person, item) if person is not None else None
    model, fallback = model_for(live, "home", maker.artifact if maker else None)
    history = history_for(storefront, person, session)
    query = query_for(catalogue, history, person, language=language, vertical=vertical)
    if maker is not None and (maker.gone or fallback == Fallback.MODEL_UNAVAILABLE):
        return Why(item, _lost(language), [], 0.0, 0.0, False, "")
    if model is None or item.pk not in catalogue.row_of:
        row = catalogue.row_of.get(item.pk)
        liked = row is not None and _is_liked(live, storefront, row)
        sentence = general_sentence(vertical, language, known=False, liked=liked)
        return Why(item, sentence, [], 0.0, 0.0, False, model.artifact.algorithm if model else "")
    row = catalogue.row_of[item.pk]
    liked, fresh = _is_liked(live, storefront, row), bool((model.aligned(catalogue).fresh == row).any())
    traced = trace(model, catalogue, query, row)
    hidden = _unnameable(vertical, catalogue, query)
    withheld = float(traced.contributions[hidden].sum())
    places = np.flatnonzero(~hidden).tolist()
    reasons = _reasons(storefront, vertical, catalogue, query, history, item, traced, places, language)
    loudest = catalogue.items.ids[query.items[telling_events(traced.contributions, hidden)]].tolist()
    told = {reason.item.pk: reason for reason in reasons}
    telling = [told[pk] for pk in loudest if pk in told]
    return Why(
        item=item,
        sentence=_sentence(live, storefront, vertical, item, telling, language)
        or general_sentence(vertical, language, known=bool(reasons or withheld), liked=liked, fresh=fresh),
        reasons=reasons,
        score=traced.score,
        base=traced.base,
        exact=traced.exact,
        algorithm=model.artifact.algorithm,
        components=traced.sources,
        withheld=withheld,
    )


def _lost(language: str) -> str:
    with override(language):
        return _("The model that put this into your list is no longer at hand, so its reasons cannot be told.")


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
    row = catalogue.row_of.get(pk)
    if row is None:
        return ""
    contributions = trace(model, catalogue, query, row).contributions
    telling = telling_events(contributions, _unnameable(vertical, catalogue, query))
    if not telling:
        return ""
    event_row = int(query.items[telling[0]])
    event = int(catalogue.items.ids[event_row])
    kind, title, mark = history.kinds.get(event, ""), titles.get(event, ""), history.marks.get(event)
    columns = catalogue.items
    item = thing_of(vertical, "", columns.categories[row], columns.attributes[row])
    done = deed_of(vertical, title, columns.categories[event_row], columns.attributes[event_row], kind)
    shared = shared_facet(vertical, item, done, columns.categories[row])
    return because(vertical, kind, title, language, shared, mark=mark)


def _unnameable(vertical: Vertical, catalogue: Catalogue, query: Query) -> np.ndarray:
    """(m,) bool: events that must not be named."""
    categories = catalogue.items.categories
    return np.array([vertical.is_sensitive(categories[row]) for row in query.items.tolist()], dtype=bool)


def _reasons(
    storefront: Storefront,
    vertical: Vertical,
    catalogue: Catalogue,
    query: Query,
    history: selectors.History,
    item: Item,
    traced: Explanation,
    places: list[int],
    language: str,
) -> list[Reason]:
    """Those of `places` that contributed, the weightiest first, whether they spoke for the item or against it."""
    kinds = kinds_for(storefront.vertical)
    shares = shares_of(traced.contributions)
    pks = [int(catalogue.items.ids[row]) for row in query.items]
    items = Item.objects.in_bulk([pks[place] for place in places])
    own = thing_of(vertical, item.title, item.categories, item.attributes)

    def also(done: Item, kind: str) -> str:
        known = deed_of(vertical, done.title, done.categories, done.attributes, kind)
        facet = shared_facet(vertical, own, known, item.categories)
        return shared_words(vertical, facet, language) if facet else ""

    return [
        Reason(
            item=items[pks[place]],
            kind=history.kinds.get(pks[place], ""),
            label=say(kinds[history.kinds[pks[place]]].label, language) if pks[place] in history.kinds else "",
            occurred_at=datetime.fromtimestamp(query.times[place], tz=UTC),
            contribution=float(traced.contributions[place]),
            share=float(shares[place]),
            also=also(items[pks[place]], history.kinds.get(pks[place], "")),
            mark=history.marks.get(pks[place]),
        )
        for place in sorted(places, key=lambda place: -abs(traced.contributions[place]))
        if pks[place] in items and traced.contributions[place] != 0
    ]


def _sentence(
    live: serving.LiveStorefront,
    storefront: Storefront,
    vertical: Vertical,
    item: Item,
    telling: list[Reason],
    language: str,
) -> str:
    """`telling`: what is named; empty where nothing is."""
    deeds = (
        deed_of(vertical, one.item.title, one.item.categories, one.item.attributes, one.kind, one.mark)
        for one in telling
    )
    traced = Trace(thing_of(vertical, item.title, item.categories, item.attributes), tuple(deeds))
    templates, checker = worded_templates(live, storefront, language), checker_for(vertical, language)
    return reasons_sentence(vertical, traced, item.categories, language, templates, checker)


def _is_liked(live: serving.LiveStorefront, storefront: Storefront, row: int) -> bool:
    """Whether at least MANY things that people did lately speak for the item."""
    return bool(live.popular(storefront)[row] >= np.log1p(MANY))
