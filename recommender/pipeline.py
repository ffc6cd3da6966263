"""From one query to one list: score → rules → rerank → sources → fresh items → operator rules. Plain arrays.

Scoring treats each item on its own, so scoring first and asking the rules about the best candidates gives
the same list as asking them about the whole catalogue first, at a fraction of the cost. When too few of the
candidates may be shown, the pool widens until it holds the whole catalogue.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .contracts import Reranker, Rule
from .data import Items, Query, Ranking
from .steering import SOURCE, Steering
from .tracing import Trace

logger = logging.getLogger(__name__)

POOL = 8  # candidates a place in the list, at first
GROUND = 3.0  # standard deviations below the median, where boosts measure from
VARIED = 4  # candidates a place, among which variety is sought
FRESH_PLACE = 3  # from the top, counted from 0: seen without scrolling, and not taking the best places
SOURCE_EVERY = 4  # places, and sooner in a short list, stands something that a source proposed
MOST_ALIKE = 0.5  # of a list may share one diversity key while others are to be had


@dataclass(frozen=True)
class Ranked:
    """The finished list: `sources[i]` says where the item at position i came from."""

    ranking: Ranking
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Proposal:
    """What one candidate source brings up, best first, and how many places of a list are kept for it."""

    source: str
    ranking: Ranking
    places: int


@dataclass(frozen=True)
class Order:
    """What puts candidates in order beyond their scores; see `rank`."""

    reranker: Reranker | None = None
    diversity_keys: Sequence[str] | None = None
    diversity: float | None = None
    most_alike: float = MOST_ALIKE


def rank(
    query: Query,
    scores: np.ndarray,
    items: Items,
    *,
    k: int,
    source: str,
    allowed: np.ndarray | None = None,
    rules: Sequence[Rule] = (),
    reranker: Reranker | None = None,
    diversity_keys: Sequence[str] | None = None,
    diversity: float | None = None,
    fresh: np.ndarray | None = None,
    fresh_places: int = 0,
    proposals: Sequence[Proposal] = (),
    shown: int | None = None,
    most_alike: float = MOST_ALIKE,
    steering: Steering | None = None,
    trace: Trace | None = None,
) -> Ranked:
    """The k best items of the catalogue.

    `scores`: (n,) float32 for every item. `allowed`: (n,) bool of what is in the catalogue's own power to
    refuse (withdrawn, outside its dates). `fresh`: rows of items that no model has learned; the best
    `fresh_places` of them are given places. `proposals` get their places in turn, within the first `shown` (else k);
    an item that is in the list already stays where it is and takes none. Items that `query.exclude` names never
    appear. `diversity` in [0, 1] chooses by `varied` what `spread` would have chosen by `diversity_keys` and
    `most_alike`.
    `steering`: what operators ask for, before the candidates are chosen and again of the finished list; what the
    rules, the dates or the person refuse cannot come back by it. `trace` is told what each step left.
    """
    scores = scores.astype(np.float32, copy=True)
    scores[query.exclude] = -np.inf
    if trace is not None:
        trace.note("seen", np.isfinite(scores))
    if allowed is not None:
        scores[~allowed] = -np.inf
    if trace is not None:
        trace.note("available", np.isfinite(scores))
    if steering:
        before = scores
        scores = steering.steered(scores)
        if trace is not None:
            trace.note("operator rules", np.isfinite(scores), unsteered=before, steering=steering)
    first = best(scores, k)
    if trace is not None:
        trace.note("score", first, scores=scores)
    pool = permitted(first, scores, items, query, rules, k)
    if trace is not None:
        trace.note("rules", pool.items)
    pool = arranged(pool, items, query, Order(reranker, diversity_keys, diversity, most_alike), k)
    if trace is not None:
        trace.note("rerank", pool.items)
    chosen = pool.items[:k]
    sources = dict.fromkeys(chosen.tolist(), source)
    if proposals:
        chosen = _with_proposals(chosen, sources, scores, proposals, items, query, rules, k, shown or k)
    if fresh is not None and fresh_places and len(fresh):
        chosen, sources = _with_fresh(chosen, sources, scores, fresh, items, query, rules, k, fresh_places)
    if trace is not None:
        trace.note("list", chosen)
    if steering:
        chosen = _steered(chosen, sources, source, scores, items, query, rules, k, shown or k, steering)
        if trace is not None:
            trace.note("operator rules again", chosen)
    return Ranked(Ranking(chosen, scores[chosen]), tuple(sources[row] for row in chosen.tolist()))


def allow(rules: Sequence[Rule], items: Items, query: Query) -> np.ndarray:
    """(n,) bool: the rows of `items` that every rule lets through. A rule that breaks lets nothing through."""
    verdict = np.ones(len(items), dtype=bool)
    for rule in rules:
        try:
            mask = np.asarray(rule.allows(items, query))
            if mask.shape != verdict.shape or mask.dtype != bool:
                raise TypeError(f"a rule returns {len(items)} booleans, this one gave {mask.dtype} {mask.shape}")
        # Fail closed: what a broken rule was meant to keep out must not be shown because it is broken.
        except Exception:
            logger.exception("Rule %s failed; nothing passes it.", rule.slug)
            return np.zeros(len(items), dtype=bool)
        verdict &= mask
    return verdict


def permitted(
    rows: np.ndarray, scores: np.ndarray, items: Items, query: Query, rules: Sequence[Rule], k: int
) -> Ranking:
    """The best rows that the rules let through: at least k of them, as long as the catalogue has so many."""
    while True:
        kept = rows[allow(rules, items.take(rows), query)] if rules else rows
        if len(kept) >= k or len(rows) == int(np.isfinite(scores).sum()):
            return Ranking(kept, scores[kept])
        rows = best(scores, max(4 * len(rows), k))


def arranged(pool: Ranking, items: Items, query: Query, order: Order, k: int) -> Ranking:
    """The candidates in the order in which a list of k shows them."""
    if order.diversity is None and order.diversity_keys is not None:
        pool = spread(pool, order.diversity_keys, k, order.most_alike)
    if order.reranker is not None:
        # What varies the list needs more than the k best to choose from.
        most = k if order.diversity is None else VARIED * k
        pool = order.reranker.rerank(pool, items.take(pool.items), query, most)
    if order.diversity is not None:
        pool = varied(pool, items, order.diversity_keys, order.diversity, k)
    return pool


def spread(ranking: Ranking, keys: Sequence[str], k: int, most_alike: float = MOST_ALIKE) -> Ranking:
    """The same candidates with at most the share `most_alike` of the first k sharing a key, as far as others are there.

    `keys` has an entry for every item of the catalogue. The order within a key is kept.
    """
    most = max(1, math.ceil(k * most_alike))
    counts: dict[str, int] = {}
    first, later = [], []
    for position, row in enumerate(ranking.items.tolist()):
        key = keys[row]
        if len(first) < k and counts.get(key, 0) < most:
            counts[key] = counts.get(key, 0) + 1
            first.append(position)
        else:
            later.append(position)
    order = np.array(first + later, dtype=np.intp)
    return Ranking(ranking.items[order], ranking.scores[order])


def varied(ranking: Ranking, items: Items, keys: Sequence[str] | None, diversity: float, k: int) -> Ranking:
    """The k that are worth most and least alike, by maximal marginal relevance (Carbonell & Goldstein 1998, sec. 2).

    argmax over the candidates of (1 - diversity) · relevance - diversity · likeness to the most alike one chosen.
    Relevance is the place in `ranking`, from 1 at the top to 0 at the end: scores of any shape are then traded alike.
    Likeness, in [0, 1], is the cosine of the text vectors, or having the same key (else the same first category)
    where either has no vector. 0 keeps the order.
    """
    rows = ranking.items[: VARIED * k]
    n = len(rows)
    if n < 2 or diversity == 0:
        return ranking
    alike = _likeness(rows, items, keys)
    relevance = 1.0 - np.arange(n) / n
    nearest = np.zeros(n)
    left = np.ones(n, dtype=bool)
    chosen: list[int] = []
    while len(chosen) < min(k, n):
        place = int(np.where(left, (1 - diversity) * relevance - diversity * nearest, -np.inf).argmax())
        chosen.append(place)
        left[place] = False
        nearest = np.maximum(nearest, alike[place])
    return Ranking(rows[chosen], ranking.scores[chosen])


def _likeness(rows: np.ndarray, items: Items, keys: Sequence[str] | None) -> np.ndarray:
    """(n, n) float in [0, 1]."""
    if keys is not None:
        names = [keys[row] for row in rows.tolist()]
    else:
        own = [items.categories[row] if len(items.categories) else () for row in rows.tolist()]
        names = [categories[0] if categories else "" for categories in own]
    code = np.unique(names, return_inverse=True)[1]
    named = np.array([bool(name) for name in names], dtype=bool)
    same = (code[:, None] == code[None, :]) & named[:, None] & named[None, :]
    if items.vectors is None:
        return same.astype(np.float64)
    vectors = items.vectors[rows]
    known = vectors.any(axis=1)
    return np.where(known[:, None] & known[None, :], np.clip(vectors @ vectors.T, 0, 1), same)


def boosted(scores: np.ndarray, boosts: Sequence[tuple[np.ndarray, float]], allowed: np.ndarray) -> np.ndarray:
    """`scores` (n,) with the height of some items multiplied: boosts are (n,) bool masks with their factors.

    Heights are measured from three standard deviations below the median of what is allowed, for scores of models have
    no zero of their own: twice is then the same whatever the model. What lies below that line, little if anything, is
    divided, so that a factor above 1 never lowers. Factors of one item are multiplied.
    """
    factor = np.ones(len(scores))
    for mask, by in boosts:
        factor[mask] *= by
    open_scores = scores[allowed & np.isfinite(scores)]
    if not len(open_scores):
        return scores
    line = float(np.median(open_scores)) - GROUND * (float(open_scores.std()) or 1.0)
    height = scores.astype(np.float64) - line
    return (line + np.where(height > 0, height * factor, height / factor)).astype(np.float32)


def further(
    query: Query,
    scores: np.ndarray,
    items: Items,
    ranked: Ranked,
    *,
    k: int,
    page: int,
    allowed: np.ndarray | None = None,
    rules: Sequence[Rule] = (),
    steering: Steering | None = None,
    order: Order = Order(),
) -> Ranking:
    """What comes after a ranked list: the k best of the others that may be shown, in order a `page` at a time.

    Each page is what `rank` would have made of what the pages before it left, from the same scores.
    """
    scores = scores.astype(np.float32, copy=True)
    scores[query.exclude] = -np.inf
    if allowed is not None:
        scores[~allowed] = -np.inf
    if steering:
        scores = steering.steered(scores)
    scores[ranked.ranking.items] = -np.inf
    left = permitted(best(scores, math.ceil(1.5 * k / POOL)), scores, items, query, rules, k).items
    chosen: list[np.ndarray] = []
    while len(left) and k > 0:
        candidates = left[: VARIED * page]
        head = arranged(Ranking(candidates, scores[candidates]), items, query, order, page).items[: min(page, k)]
        if not len(head):  # what the reranker leaves out is in no page
            left = left[len(candidates) :]
            continue
        chosen.append(head)
        left = left[~np.isin(left, head)]
        k -= len(head)
    rows = np.concatenate(chosen) if chosen else left[:0]
    return Ranking(rows, scores[rows])


def best(scores: np.ndarray, k: int) -> np.ndarray:
    """Rows of the POOL · k best finite scores, best first; ties go to the lower row."""
    size = min(POOL * k, int(np.isfinite(scores).sum()))
    if size == 0:
        return np.zeros(0, dtype=np.int32)
    threshold = np.partition(scores, len(scores) - size)[len(scores) - size]
    rows = np.flatnonzero(scores >= threshold)
    return rows[np.argsort(-scores[rows], kind="stable")][:size].astype(np.int32)


def _steered(chosen, sources, source, scores, items, query, rules, k, shown, steering) -> np.ndarray:
    """The finished list as operators want it. Whatever a step before brought in, hidden items end here."""
    kept = chosen[np.isfinite(scores[chosen])]
    if not steering.arranges:
        return kept

    def find(mask: np.ndarray, most: int, without) -> list[int]:
        open_scores = np.where(mask, scores, -np.inf)
        open_scores[list(without)] = -np.inf
        found = permitted(best(open_scores, most), open_scores, items, query, rules, most) if most else None
        return found.items[:most].tolist() if found is not None else []

    listed, brought = steering.arranged(kept.tolist(), shown, find)
    for row in listed:
        sources[row] = SOURCE if row in brought else sources.get(row, source)
    return np.array(listed[:k], dtype=np.int32)


def _with_proposals(chosen, sources, scores, proposals, items, query, rules, k, shown) -> np.ndarray:
    """Give each source's best new items its places, spread over the list; the weakest at the end make room."""
    brought: list[int] = []
    for proposal in proposals:
        rows = proposal.ranking.items[np.isfinite(scores[proposal.ranking.items])]
        rows = rows[~np.isin(rows, [*chosen.tolist(), *brought])]
        rows = rows[allow(rules, items.take(rows), query)] if rules and len(rows) else rows
        for row in rows[: proposal.places].tolist():
            brought.append(row)
            sources[row] = proposal.source
    merged = chosen.tolist()
    every = max(1, min(SOURCE_EVERY, shown // (len(brought) + 1)))
    for number, row in enumerate(brought):
        merged.insert(min(every * (number + 1), len(merged)), row)
    # What was brought must not be cut off with the end: the last of the others go.
    spare = len(merged) - k
    others = [row for row in reversed(merged) if row not in set(brought)][: max(spare, 0)]
    return np.array([row for row in merged if row not in set(others)][:k], dtype=np.int32)


def _with_fresh(chosen, sources, scores, fresh, items, query, rules, k, places):
    """Give the best fresh items their places, unless their own score already earned them one."""
    missing = places - len(set(chosen.tolist()) & set(fresh.tolist()))
    hopeful = fresh[np.isfinite(scores[fresh]) & ~np.isin(fresh, chosen)]
    if missing <= 0 or not len(hopeful):
        return chosen, {row: "fresh" if row in set(fresh.tolist()) else s for row, s in sources.items()}
    hopeful = hopeful[np.argsort(-scores[hopeful], kind="stable")][: POOL * places]
    hopeful = hopeful[allow(rules, items.take(hopeful), query)][:missing]
    place = min(FRESH_PLACE, len(chosen))
    merged = np.concatenate([chosen[:place], hopeful, chosen[place:]])[:k].astype(np.int32)
    fresh_rows = set(fresh.tolist())
    return merged, {row: "fresh" if row in fresh_rows else sources.get(row, "fresh") for row in merged.tolist()}
