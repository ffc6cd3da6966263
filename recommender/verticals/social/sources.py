"""New posts by those whom somebody follows, and by those whom these follow."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from recommender.algorithms.social import FOLLOWED_AUTHORS, NEAR_AUTHORS
from recommender.data import Items, Query, Ranking

from .rules import author_of

DAY = 86_400.0
HALF_LIFE_DAYS = 3.0


class Following:
    """The newest posts by those whom the person follows."""

    slug = "following"

    def candidates(self, items: Items, query: Query, k: int) -> Ranking:
        """At most k rows; the score is 1 for a post of this moment and halves every HALF_LIFE_DAYS days."""
        followed = query.person.get(FOLLOWED_AUTHORS)
        known = followed if isinstance(followed, (list, tuple, set, frozenset)) else ()
        return _by_authors(items, query, k, dict.fromkeys(known, 1.0))


class FriendsOfFriends:
    """The newest posts by those whom the followed ones follow, nearer ones first."""

    slug = "friends_of_friends"

    def candidates(self, items: Items, query: Query, k: int) -> Ranking:
        """At most k rows; the score is that of Following times how near the author is."""
        near = query.person.get(NEAR_AUTHORS)
        return _by_authors(items, query, k, near if isinstance(near, Mapping) else {})


def _by_authors(items: Items, query: Query, k: int, weight_of: Mapping[str, float]) -> Ranking:
    if not weight_of or len(items.attributes) != len(items) or items.published is None:
        return Ranking(np.zeros(0, np.int32), np.zeros(0, np.float32))
    weights = np.array([weight_of.get(author_of(row) or "", 0.0) for row in items.attributes], dtype=np.float64)
    weights[query.exclude] = 0.0
    rows = np.flatnonzero(weights > 0)
    age = np.maximum(query.now - items.published[rows], 0.0) / DAY
    scores = (weights[rows] * 0.5 ** (age / HALF_LIFE_DAYS)).astype(np.float32)
    order = np.argsort(-scores, kind="stable")[:k]
    return Ranking(rows[order].astype(np.int32), scores[order])
