"""What is new in the stories that somebody reads, though no model may bring it up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from recommender.data import Items, Query, Ranking

from .stories import followed_stories, is_other_view, story_of


class StoriesFollowed:
    """The newest articles of the stories that the person follows."""

    slug = "stories_followed"

    def candidates(self, items: Items, query: Query, k: int) -> Ranking:
        """At most k rows, newest first; scores are publication times in days before now, negated."""
        followed = followed_stories(query.person)
        return _newest(items, query, k, lambda attributes: story_of(attributes) in followed)

    def anchor(self, items: Items, query: Query, row: int) -> int | None:
        """The latest article of the past that belongs to the same story."""
        return _of_one_story(items, query, row)


class OtherViews:
    """The newest articles that take a side which the person has not read, in stories of which they read another."""

    slug = "other_views"

    def candidates(self, items: Items, query: Query, k: int) -> Ranking:
        """At most k rows, newest first; scores as in StoriesFollowed."""
        return _newest(items, query, k, lambda attributes: is_other_view(attributes, query.person))

    def anchor(self, items: Items, query: Query, row: int) -> int | None:
        """As in StoriesFollowed."""
        return _of_one_story(items, query, row)


def _of_one_story(items: Items, query: Query, row: int) -> int | None:
    story = story_of(items.attributes[row])
    past = reversed(query.items.tolist())
    return next((one for one in past if one != row and story and story_of(items.attributes[one]) == story), None)


def _newest(items: Items, query: Query, k: int, wanted: Callable[[Any], bool]) -> Ranking:
    if len(items.attributes) != len(items) or items.published is None:
        return Ranking(np.zeros(0, np.int32), np.zeros(0, np.float32))
    found = np.array([bool(wanted(attributes)) for attributes in items.attributes], dtype=bool)
    found[query.exclude] = False
    rows = np.flatnonzero(found)
    rows = rows[np.argsort(-items.published[rows], kind="stable")][:k].astype(np.int32)
    return Ranking(rows, ((items.published[rows] - query.now) / 86_400).astype(np.float32))
