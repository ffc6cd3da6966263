"""What to show somebody new, so that a few choices say a lot: items of many kinds, the best known of each."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from behaviour.kinds import MORE, kinds_for
from behaviour.models import Person
from catalog.models import Storefront

from .. import selectors, serving
from ..data import Query, Ranking
from ..pipeline import Ranked, permitted
from .answers import SPARE, Served, installed_vertical, serve
from .aside import aside_of
from .facts import facts_of
from .questions import history_for, query_for
from .recommendations import Prepared, recommend
from .refusals import without_topics
from .steering import steering_for

PLACEMENT = "welcome"
DEPTH = 20  # candidates a tile: enough for every category to have its turn


def starters(
    *,
    storefront: Storefront,
    person: Person | None = None,
    count: int = 18,
    language: str = "",
    record: bool = True,
) -> Served:
    """`count` items, one of each narrowest category in turn, what most people chose first.

    Where the vertical makes nothing of what many do, the newest come first; nothing sensitive is among them.
    With a `language`, what is written in another comes last.
    """
    vertical = installed_vertical(storefront)
    live = serving.live(storefront)
    catalogue = live.catalogue
    query = Query(now=time.time(), person=facts_of(person, vertical))
    refused = selectors.refusals_of(storefront, person)
    allowed = without_topics(catalogue, catalogue.allowed(query.now), refused.topics)
    allowed[catalogue.rows(refused.items)] = False
    allowed &= steering_for(storefront, live, catalogue, PLACEMENT, person, query.now).permitted(len(catalogue))
    allowed &= ~np.array([vertical.is_sensitive(own) for own in catalogue.items.categories], dtype=bool)
    scores = live.popular(storefront) if vertical.popularity else catalogue.items.published
    rows = np.flatnonzero(allowed)
    rows = rows[np.argsort(-scores[rows], kind="stable")].astype(np.int32)
    readable = catalogue.read_in(language) if language else np.ones(len(catalogue), dtype=bool)
    rows = rows[np.argsort(~readable[rows], kind="stable")]
    masked = np.where(allowed, scores, -np.inf)
    ranking = permitted(rows, masked, catalogue.items, query, vertical.rules, DEPTH * count)
    own, other = ranking.items[readable[ranking.items]], ranking.items[~readable[ranking.items]]
    most = count + SPARE
    chosen = np.concatenate([_in_turn(rows, catalogue.items.categories, most) for rows in (own, other)])[:most]
    return serve(
        storefront=storefront,
        vertical=vertical,
        # Only the order is known: a date is no score.
        ranked=Ranked(Ranking(chosen, np.arange(len(chosen), 0, -1, dtype=np.float32)), (PLACEMENT,) * len(chosen)),
        pks=catalogue.items.ids[chosen],
        query=query,
        count=count,
        placement=PLACEMENT,
        person=person,
        record=record,
    )


def recommend_picked(
    *,
    storefront: Storefront,
    picked: Sequence[int],
    person: Person | None = None,
    session: Sequence[int] = (),
    count: int = 12,
    language: str = "en",
) -> Served:
    """The list that the person's page will begin with once they have picked these (primary keys); not recorded."""
    catalogue = serving.live(storefront).catalogue
    history = selectors.with_picked(
        history_for(storefront, person, session), picked, kinds_for(storefront.vertical)[MORE], time.time()
    )
    left_out = aside_of(person).union(picked)
    query = query_for(catalogue, history, person, left_out, {}, language, installed_vertical(storefront))
    return recommend(
        storefront=storefront,
        person=person,
        count=count,
        language=language,
        record=False,
        prepared=Prepared(history, query, catalogue),
    )


def _in_turn(rows: np.ndarray, categories: Sequence[Sequence[str]], count: int) -> np.ndarray:
    """At most `count` of `rows`, best first: the best of each category, then the second of each, and so on."""
    turns: dict[str, int] = {}
    keyed = []
    for place, row in enumerate(rows.tolist()):
        category = categories[row][-1] if categories[row] else ""
        turn = turns.get(category, 0)
        turns[category] = turn + 1
        keyed.append((turn, place, row))
    return np.array([row for _turn, _place, row in sorted(keyed)[:count]], dtype=np.int32)
