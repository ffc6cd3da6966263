"""New posts by those whom somebody follows, by those whom these follow, and in the groups that somebody joined."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from recommender.algorithms.social import FOLLOWED_AUTHORS, NEAR_AUTHORS
from recommender.data import Items, Query, Ranking

from .rules import author_of

DAY = 86_400.0
HALF_LIFE_DAYS = 3.0
#: Attribute of persons: the groups that they joined, which are categories of posts.
GROUPS = "groups"


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


class JoinedGroups:
    """The newest posts in the groups that the person joined."""

    slug = "joined_groups"

    def candidates(self, items: Items, query: Query, k: int) -> Ranking:
        """At most k rows; the score is that of Following."""
        groups = query.person.get(GROUPS)
        # Where personalisation is off, nobody's circle is told, and what they joined shapes nothing either.
        if FOLLOWED_AUTHORS not in query.person or not isinstance(groups, (list, tuple)):
            return _newest(items, query, k, np.zeros(len(items)))
        joined = {group for group in groups if isinstance(group, str)}
        weights = np.array([float(not joined.isdisjoint(row)) for row in items.categories], dtype=np.float64)
        return _newest(items, query, k, weights if len(weights) == len(items) else np.zeros(len(items)))


def _by_authors(items: Items, query: Query, k: int, weight_of: Mapping[str, float]) -> Ranking:
    if not weight_of or len(items.attributes) != len(items):
        return _newest(items, query, k, np.zeros(len(items)))
    weights = [weight_of.get(author_of(row) or "", 0.0) for row in items.attributes]
    return _newest(items, query, k, np.array(weights, dtype=np.float64))


def _newest(items: Items, query: Query, k: int, weights: np.ndarray) -> Ranking:
    """Rows of a weight above 0: the weight, halved every HALF_LIFE_DAYS days of age."""
    if items.published is None:
        return Ranking(np.zeros(0, np.int32), np.zeros(0, np.float32))
    weights[query.exclude] = 0.0
    rows = np.flatnonzero(weights > 0)
    age = np.maximum(query.now - items.published[rows], 0.0) / DAY
    scores = (weights[rows] * 0.5 ** (age / HALF_LIFE_DAYS)).astype(np.float32)
    order = np.argsort(-scores, kind="stable")[:k]
    return Ranking(rows[order].astype(np.int32), scores[order])
