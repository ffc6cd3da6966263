"""The feed: fresh posts first, those of one's circle before others, and nobody twice in a row of screens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from catalog.schema import Words
from recommender.algorithms.social import FOLLOWED_AUTHORS, NEAR_AUTHORS, OWN_AUTHOR
from recommender.data import Items, Query, Ranking

from .rules import author_of

DAY = 86_400.0


@dataclass(frozen=True)
class Circle:
    """A post's worth is 1 / (1 + position / k) · (floor + (1 - floor) · 0.5^(age / half-life)) · circle.

    `circle` is 1 + `followed` for those whom the person follows, 1 + `near` · closeness for those whom these
    follow, else 1. An author's second post counts half as much, the third a third, and `most_of_an_author` posts
    is all that one page holds, as long as others are there. Nobody is shown what they wrote themselves.
    """

    slug: str = "circle"
    name: Words = field(
        default_factory=lambda: {"en": "the person’s circle and the new first", "zh-hans": "圈内与新内容优先"}
    )
    half_life_days: float = 4.0
    floor: float = 0.2
    followed: float = 0.8
    near: float = 0.4
    most_of_an_author: int = 2

    def rerank(self, ranking: Ranking, items: Items, query: Query, k: int) -> Ranking:
        """At most k of ranking.items. The new scores are the worths, brought into falling order."""
        authors = self._authors(items)
        worth = self.worth(items, query, k)
        own = query.person.get(OWN_AUTHOR) or None
        names, author = np.unique(authors, return_inverse=True)
        named = np.array([bool(name) for name in names.tolist()], dtype=bool)
        told = np.zeros(len(names))
        left = np.array([name != own for name in authors], dtype=bool)
        chosen: list[int] = []
        while left.any() and len(chosen) < k:
            open_ = left & (told[author] < self.most_of_an_author)
            value = np.where(open_ if open_.any() else left, worth / (1 + told[author]), -np.inf)
            best = int(value.argmax())
            chosen.append(best)
            left[best] = False
            told[author[best]] += named[author[best]]  # posts without an author are not one person's
        rows = np.array(chosen, dtype=np.intp)
        scores = np.minimum.accumulate(worth[rows]) if len(rows) else worth[:0]
        return Ranking(ranking.items[rows], scores.astype(np.float32))

    def worth(self, items: Items, query: Query, k: int) -> np.ndarray:
        """(n,) float64 above 0, in the order of `items`."""
        worth = 1.0 / (1.0 + np.arange(len(items)) / max(k, 1))
        if items.published is not None:
            age = np.maximum(query.now - items.published, 0.0) / DAY
            worth *= self.floor + (1.0 - self.floor) * 0.5 ** (age / self.half_life_days)
        followed, near = query.person.get(FOLLOWED_AUTHORS, ()), query.person.get(NEAR_AUTHORS, {})
        circle = [
            1.0 + (self.followed if author and author in followed else self.near * _closeness(near, author))
            for author in self._authors(items)
        ]
        return worth * np.array(circle, dtype=np.float64)

    @staticmethod
    def _authors(items: Items) -> list[str]:
        known = len(items.attributes) == len(items)
        return [author_of(row) or "" for row in items.attributes] if known else [""] * len(items)


def _closeness(near, author: str) -> float:
    return float(near.get(author, 0.0)) if author and isinstance(near, Mapping) else 0.0
