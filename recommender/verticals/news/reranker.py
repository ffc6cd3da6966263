"""The front page: fresh before old, one article a story, several topics, and a place for the other side."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from catalog.schema import Words
from recommender.data import Items, Query, Ranking

from .stories import followed_stories, is_other_view, story_of

HOUR = 3600.0


@dataclass(frozen=True)
class FrontPage:
    """Trades relevance for freshness, then fills the page from the top.

    An article's worth is 1 / (1 + position / k) · (floor + (1 - floor) · 0.5^(age / half-life)): its place in the
    ranking that came in, faded by its age. The first factor falls slowly, for what nobody has read yet stands far
    down and must be able to rise on the day it is published. `floor` is what the oldest article keeps, so that a
    quiet day still has a page. The worth is divided by 1 + `topic_weight` · the number of articles of the same
    topic that already stand above.
    """

    slug: str = "front_page"
    name: Words = field(
        default_factory=lambda: {"en": "the new first, topics and stories mixed", "zh-hans": "新者优先，话题与报道穿插"}
    )
    half_life_hours: float = 24.0
    breaking_half_life_hours: float = 8.0
    evergreen_half_life_hours: float = 72.0
    evergreen_weight: float = 0.4  # of its worth: what keeps well can wait, and a front page is of the day
    floor: float = 0.01
    breaking_boost: float = 1.5  # of a breaking article's worth, while it is fresh
    followed_boost: float = 1.5
    most_of_a_story: int = 1
    most_of_a_followed_story: int = 3
    topic_weight: float = 0.25
    other_view_place: int = 4  # from the top, counted from 0

    def rerank(self, ranking: Ranking, items: Items, query: Query, k: int) -> Ranking:
        """At most k of ranking.items. The new scores are the worths, brought into falling order."""
        if not len(ranking):
            return ranking
        stories = [story_of(attributes) for attributes in _attributes(items)]
        topics = [row[0] if row else "" for row in (items.categories or [()] * len(items))]
        followed = followed_stories(query.person)
        worth = self.worth(items, query, k)
        worth *= np.where([bool(story) and story in followed for story in stories], self.followed_boost, 1.0)
        other = [is_other_view(attributes, query.person) for attributes in _attributes(items)]
        chosen = self._fill(worth, stories, topics, followed, k)
        chosen = self._with_other_view(chosen, worth, other, k)
        rows = np.array(chosen, dtype=np.intp)
        # What was moved up for variety must not read as better than it is: scores only ever fall.
        scores = np.minimum.accumulate(worth[rows]) if len(rows) else worth[:0]
        return Ranking(ranking.items[rows], scores.astype(np.float32))

    def worth(self, items: Items, query: Query, k: int) -> np.ndarray:
        """(n,) float64 above 0, in the order of `items`."""
        n = len(items)
        relevance = 1.0 / (1.0 + np.arange(n) / max(k, 1))
        if items.published is None:
            return relevance
        attributes = _attributes(items)
        breaking = np.array([_flag(row, "breaking") for row in attributes], dtype=bool)
        evergreen = np.array([_flag(row, "evergreen") for row in attributes], dtype=bool)
        half_life = np.full(n, self.half_life_hours)
        half_life[evergreen] = self.evergreen_half_life_hours
        half_life[breaking] = self.breaking_half_life_hours
        age = np.maximum(query.now - items.published, 0.0) / HOUR
        fresh = 0.5 ** (age / half_life)
        kind = np.where(evergreen, self.evergreen_weight, 1.0 + (self.breaking_boost - 1.0) * fresh * breaking)
        return relevance * (self.floor + (1.0 - self.floor) * fresh) * kind

    def _fill(self, worth: np.ndarray, stories: list[str], topics: list[str], followed, k: int) -> list[int]:
        """Places of the ranking in their new order. Further articles of a story come when nothing else is left."""
        names, story = np.unique(stories, return_inverse=True)
        most = np.array([self._most(name, followed) for name in names.tolist()])
        topic = np.unique(topics, return_inverse=True)[1]
        told, shown = np.zeros(len(names)), np.zeros(topic.max() + 1)
        left = np.ones(len(worth), dtype=bool)
        chosen: list[int] = []
        while left.any() and len(chosen) < k:
            open_ = left & (told[story] < most[story])
            value = np.where(open_ if open_.any() else left, worth / (1 + self.topic_weight * shown[topic]), -np.inf)
            best = int(value.argmax())
            chosen.append(best)
            left[best] = False
            told[story[best]] += 1
            shown[topic[best]] += 1
        return chosen

    def _most(self, story: str, followed) -> float:
        if not story:
            return np.inf
        return self.most_of_a_followed_story if story in followed else self.most_of_a_story

    def _with_other_view(self, chosen: list[int], worth: np.ndarray, other: list[bool], k: int) -> list[int]:
        """The best article of a side not yet read gets a place near the top, unless one already stands there."""
        place = min(self.other_view_place, len(chosen))
        if any(other[row] for row in chosen[: place + 1]) or not any(other) or k <= 1:
            return chosen
        best = max((row for row, is_other in enumerate(other) if is_other), key=lambda row: worth[row])
        rest = [row for row in chosen if row != best]
        return [*rest[:place], best, *rest[place:]][:k]


def _attributes(items: Items) -> list:
    return list(items.attributes) if len(items.attributes) == len(items) else [{}] * len(items)


def _flag(attributes, name: str) -> bool:
    return isinstance(attributes, dict) and attributes.get(name) is True
