"""What goes with the things that somebody has, and what could stand in for those they are looking at."""

from __future__ import annotations

import numpy as np

from recommender.data import Items, Query, Ranking

from .past import OPEN_SHELVES, OWNED_SHELVES, shelf_of, shelves_in

RECENT = 3  # of the latest things are anchors
SAME_PRICE = 0.25  # a substitute costs at most so much more or less, as a share of the anchor's price


class Complements:
    """From the departments in which the person bought or has something in the cart, other shelves than those.

    A second grinder is no use to somebody who just bought one; beans are.
    """

    slug = "complements"

    def candidates(self, items: Items, query: Query, k: int) -> Ranking:
        """At most k rows; scores are likenesses of text to the latest things taken, where there are vectors."""
        owned = set(shelves_in(query.person, OWNED_SHELVES))
        anchors = _anchors(items, query, owned)
        departments = {items.categories[row][0] for row in anchors}
        wanted = [
            bool(categories) and categories[0] in departments and shelf_of(categories) not in owned
            for categories in _categories(items)
        ]
        return _best(items, query, np.array(wanted, dtype=bool), anchors, k)

    def anchor(self, items: Items, query: Query, row: int) -> int | None:
        """The thing taken that it goes with: of the same department, the most alike."""
        anchors = _anchors(items, query, set(shelves_in(query.person, OWNED_SHELVES)))
        return _nearest(items, row, [one for one in anchors if items.categories[one][:1] == items.categories[row][:1]])


class Substitutes:
    """From the shelves where the person looked and bought nothing, things of about the same price."""

    slug = "substitutes"

    def candidates(self, items: Items, query: Query, k: int) -> Ranking:
        """At most k rows; scores as in Complements."""
        looking = set(shelves_in(query.person, OPEN_SHELVES)[-RECENT:])
        anchors = _anchors(items, query, looking)
        wanted = np.zeros(len(items), dtype=bool)
        for anchor in anchors:
            shelf = shelf_of(items.categories[anchor])
            alike = np.array([shelf_of(categories) == shelf for categories in _categories(items)], dtype=bool)
            wanted |= alike & _costs_about_as_much(items, anchor)
        wanted[anchors] = False
        return _best(items, query, wanted, anchors, k)

    def anchor(self, items: Items, query: Query, row: int) -> int | None:
        """The thing looked at that it stands beside: on the same shelf at about the same price."""
        anchors = _anchors(items, query, set(shelves_in(query.person, OPEN_SHELVES)[-RECENT:]))
        beside = [one for one in anchors if shelf_of(items.categories[one]) == shelf_of(items.categories[row])]
        return _nearest(items, row, [one for one in beside if _costs_about_as_much(items, one)[row]])


def _categories(items: Items):
    return items.categories if len(items.categories) == len(items) else [()] * len(items)


def _anchors(items: Items, query: Query, shelves: set[str]) -> list[int]:
    """Rows of the latest things of the past on these shelves, the latest first."""
    if not shelves or len(items.categories) != len(items):
        return []
    past = dict.fromkeys(reversed(query.items.tolist()))
    return [row for row in past if shelf_of(items.categories[row]) in shelves][:RECENT]


def _nearest(items: Items, row: int, anchors: list[int]) -> int | None:
    """Of `anchors`, the latest first, the one whose text is most alike; the latest where there are no vectors."""
    if not anchors or items.vectors is None:
        return anchors[0] if anchors else None
    return anchors[int((items.vectors[anchors] @ items.vectors[row]).argmax())]


def _costs_about_as_much(items: Items, anchor: int) -> np.ndarray:
    """(n,) bool; where prices are not known, everything does."""
    if items.prices is None or not np.isfinite(items.prices[anchor]):
        return np.ones(len(items), dtype=bool)
    return np.abs(items.prices - items.prices[anchor]) <= SAME_PRICE * items.prices[anchor]


def _best(items: Items, query: Query, wanted: np.ndarray, anchors: list[int], k: int) -> Ranking:
    if not anchors or not wanted.any():
        return Ranking(np.zeros(0, np.int32), np.zeros(0, np.float32))
    wanted[query.exclude] = False
    rows = np.flatnonzero(wanted)
    scores = np.zeros(len(rows), dtype=np.float32)
    if items.vectors is not None:
        scores = (items.vectors[rows] @ items.vectors[anchors].T).max(axis=1).astype(np.float32)
    order = np.argsort(-scores, kind="stable")[:k]
    return Ranking(rows[order].astype(np.int32), scores[order])
