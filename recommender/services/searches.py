"""Search by words and by meaning."""

from __future__ import annotations

import time
from statistics import NormalDist

import numpy as np

from behaviour.models import Person
from catalog.models import Storefront

from .. import pipeline, selectors, serving
from ..data import Ranking
from ..index.fusion import fuse
from .answers import SPARE, Served, ServiceError, checked_count, installed_vertical, serve
from .conditions import NO_CONDITIONS, Conditions
from .pages import after
from .questions import query_for
from .steering import steering_for

LONGEST = 500  # characters
DEPTH = 200  # candidates from each side
#: Texts below this cosine have nothing to do with the question; without a floor every query would find everything.
LEAST_LIKENESS = 0.25
LEAST_BEST = 0.3  # where even the best is less like it, the catalogue has nothing of the kind
#: Nor have texts that are no more like it than others are. So many of a catalogue would be by chance alone; and what is
#: nearly as like as the best one is near, however many there are: half a coffee shop is like "coffee".
BY_CHANCE = 4
NEARLY = 0.75
STANDS_OUT = 2.0  # standard deviations: images that are so much more like the words than others show what is meant


def search(
    *,
    storefront: Storefront,
    words: str,
    count: int = 20,
    person: Person | None = None,
    language: str = "en",
    record: bool = True,
    conditions: Conditions = NO_CONDITIONS,
    pages: bool = False,
) -> Served:
    """Items that have the words, items that mean what the words say, and items whose images show it, fused by rank.

    `source` of an item says what found it: "words", "meaning" or "both". Hidden items stay out; seen ones
    do not, for people search for what they know. Raises ServiceError for empty or overlong words.
    """
    asked = time.perf_counter()
    vertical = installed_vertical(storefront)
    count = checked_count(count)
    words = words.strip()
    if not words:
        raise ServiceError("Say what to search for: the words are empty.")
    if len(words) > LONGEST:
        raise ServiceError(f"Search for at most {LONGEST} characters, got {len(words):,}.")
    live = serving.live(storefront)
    catalogue = live.catalogue
    by_words = live.search_words(storefront, words, DEPTH)
    by_meaning = _by_meaning(live, words)
    fused = fuse([by_words, by_meaning, _by_images(live, words)], 2 * DEPTH)
    hidden = selectors.hidden_items(storefront, person) if person is not None else frozenset()
    nothing = selectors.History((), (), (), hidden, {})
    query = query_for(catalogue, nothing, person, language=language, vertical=vertical)
    scores = np.full(len(catalogue), -np.inf, dtype=np.float32)
    scores[fused.items] = fused.scores
    allowed = conditions.narrowed(catalogue.allowed(query.now), catalogue)
    steering = steering_for(storefront, live, catalogue, "search", person, query.now)
    allowed &= steering.permitted(len(catalogue))
    scores = conditions.boosted(scores, allowed, catalogue)
    ranked = pipeline.rank(
        query,
        scores,
        catalogue.items,
        k=min(count + SPARE, max(len(catalogue), 1)),
        source="words",
        allowed=allowed,
        rules=vertical.rules,
        shown=count,
        steering=steering,
    )
    found = set(by_words.items.tolist()), set(by_meaning.items.tolist())

    def source(row: int) -> str:
        return "both" if row in found[0] and row in found[1] else "words" if row in found[0] else "meaning"

    sources = tuple(source(row) for row in ranked.ranking.items.tolist())
    rest = None
    if pages:
        further = after(
            query,
            scores,
            catalogue,
            ranked,
            allowed=allowed,
            rules=vertical.rules,
            source="words",
            page=count,
            steering=steering,
        )
        rest = [[pk, score, source(catalogue.row_of[pk])] for pk, score, _ in further]
    return serve(
        storefront=storefront,
        vertical=vertical,
        ranked=pipeline.Ranked(ranked.ranking, sources),
        pks=catalogue.items.ids[ranked.ranking.items],
        query=query,
        count=count,
        placement="search",
        person=person,
        context={"words": words} if selectors.agreed_to_sensitive(storefront, person) else {},
        record=record,
        asked=asked,
        rest=rest,
    )


def _by_images(live: serving.LiveStorefront, words: str) -> Ranking:
    above = live.seen_in_images(words)
    rows = np.zeros(0, np.int32) if above is None else np.flatnonzero(above >= STANDS_OUT).astype(np.int32)
    scores = np.zeros(0, np.float32) if above is None else above[rows]
    order = np.argsort(-scores, kind="stable")[:DEPTH]
    return Ranking(rows[order], scores[order])


def _by_meaning(live: serving.LiveStorefront, words: str) -> Ranking:
    likeness = likeness_of(live, words)
    if likeness is None:
        return Ranking(np.zeros(0, np.int32), np.zeros(0, np.float32))
    rows = np.flatnonzero(likeness >= floor_of(likeness)).astype(np.int32)
    rows = rows[np.argsort(-likeness[rows], kind="stable")][:DEPTH]
    return Ranking(rows, likeness[rows])


def likeness_of(live: serving.LiveStorefront, words: str) -> np.ndarray | None:
    """(n,) cosine of each item with the words, 0 where the encoder has not learned the item's language.

    None without words, vectors or an encoder, or where it has not learned what the words are in.
    """
    vectors = live.catalogue.items.vectors
    vector = live.encode(words) if words and vectors is not None else None
    if vector is None or not vector.any():
        return None
    likeness = vectors @ vector
    likeness[live.unread()[: len(likeness)]] = 0
    return likeness


def floor_of(likeness: np.ndarray) -> float:
    """The cosine from which an item is close in meaning."""
    known = likeness[likeness != 0]
    if known.max(initial=0.0) < LEAST_BEST:
        return LEAST_BEST
    if len(known) <= BY_CHANCE:
        return LEAST_LIKENESS
    far = NormalDist().inv_cdf(1 - BY_CHANCE / len(known))
    outstanding = float(known.mean() + far * known.std())
    return max(LEAST_LIKENESS, min(outstanding, NEARLY * float(known.max())))
