"""The slot of a placement in which something else is tried now and then, with a chance that is written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .. import pipeline
from ..contracts import Rule
from ..data import Query, Ranking
from ..evaluation.assignment import unit
from ..models import Exploration
from ..pipeline import Ranked
from ..serving.catalogue import Catalogue
from ..steering import SOURCE as STEERED
from ..steering import Steering

POOL = 20  # eligible items that a slot draws from, the best by the model's own scores
EXPLORED = "explored"
REASON = {"en": "Chosen by chance, to try something else", "zh-hans": "随机挑选，换点不一样的"}
DAY = 86_400.0


@dataclass(frozen=True)
class Explored:
    """A list whose slot was drawn. `record` is what its Recommendation keeps, with catalogue primary keys:

    `item` shown in the slot · `propensity`, the chance of exactly that · `position` · `model`, what would stand there
    without exploring · `pool`, everything that could have been drawn · `drawn`, whether this list explored.
    """

    ranked: Ranked
    record: dict[str, Any]


def explored(
    slot: Exploration,
    ranked: Ranked,
    scores: np.ndarray,
    catalogue: Catalogue,
    query: Query,
    rules: Sequence[Rule],
    allowed: np.ndarray,
    steering: Steering,
    *,
    count: int,
    key: str,
) -> Explored | None:
    """Draw the slot's item: the model's own with chance 1 − share, else one of the pool, each equally likely.

    The pool are eligible items that the list does not hold already, and the one in the slot. `key` decides the draw:
    the list's own id. What operators pinned or want a quota of keeps its place, and nothing is drawn of what they
    capped. None where the list does not reach the slot, or nothing else is eligible.
    """
    shown = ranked.ranking.items[:count]
    if len(shown) <= slot.position:
        return None
    own = int(shown[slot.position])
    wanted = any(one.mask[own] for one in steering.of("quota"))
    if wanted or ranked.sources[slot.position] == STEERED:
        return None
    allowed = allowed & ~np.any([one.mask for one in steering.of("cap")] or [np.zeros(len(allowed), bool)], axis=0)
    others = _eligible(slot, scores, catalogue, query, rules, allowed, taken=ranked.ranking.items)
    if not len(others):
        return None
    pool = [own, *others.tolist()]
    drawn = unit(f"{slot.pk}/explore", key) < slot.share
    row = pool[int(unit(f"{slot.pk}/item", key) * len(pool))] if drawn else own
    propensity = slot.share / len(pool) + (1 - slot.share if row == own else 0.0)
    items, sources = ranked.ranking.items.copy(), list(ranked.sources)
    items[slot.position] = row
    if row != own:
        sources[slot.position] = EXPLORED
    ids = catalogue.items.ids
    record = {
        "slot": slot.pk,
        "position": slot.position,
        "item": int(ids[row]),
        "propensity": round(propensity, 6),
        "model": int(ids[own]),
        "pool": [int(ids[one]) for one in pool],
        "drawn": drawn,
    }
    return Explored(replace(ranked, ranking=Ranking(items, scores[items]), sources=tuple(sources)), record)


def _eligible(
    slot: Exploration,
    scores: np.ndarray,
    catalogue: Catalogue,
    query: Query,
    rules: Sequence[Rule],
    allowed: np.ndarray,
    taken: np.ndarray,
) -> np.ndarray:
    wanted = scores.astype(np.float32, copy=True)
    wanted[~allowed] = -np.inf
    wanted[query.exclude] = -np.inf
    wanted[taken] = -np.inf
    if slot.newer_than_days is not None:
        wanted[catalogue.items.published < query.now - slot.newer_than_days * DAY] = -np.inf
    if slot.category:
        inside = np.fromiter((slot.category in own for own in catalogue.items.categories), bool, len(catalogue))
        wanted[~inside] = -np.inf
    rows = pipeline.best(wanted, max(1, 2 * POOL // pipeline.POOL))
    kept = rows[pipeline.allow(rules, catalogue.items.take(rows), query)] if rules and len(rows) else rows
    return kept[:POOL]
