"""What was checked lately before what was not, healthier food before richer, words that the reader asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import numpy as np

from catalog.schema import Words
from recommender.data import Items, Query, Ranking

from .food import unhealthiness
from .rules import eats_carefully

YEAR = 365.25
LEVELS = ("easy", "plain", "detailed")


@dataclass(frozen=True)
class Careful:
    """Moves items by whole places, so that it works for scores of any scale. All figures are places in the list.

    An item that was reviewed within `fresh_years` stays where it is; from then on it falls by `a_year` places a
    year, up to `most_stale`; one that was never reviewed falls as far. Food moves up or down by as much as
    `healthiness` places, twice that for those who eat carefully. Reading levels harder than the one that the
    reader asked for fall by `level` places a step.
    """

    slug: str = "careful"
    name: Words = field(
        default_factory=lambda: {"en": "reviewed lately, healthy and easy first", "zh-hans": "近期审核、健康、易读优先"}
    )
    fresh_years: float = 2.0
    a_year: float = 4.0
    most_stale: float = 12.0
    healthiness: float = 4.0
    level: float = 4.0

    def rerank(self, ranking: Ranking, items: Items, query: Query, k: int) -> Ranking:
        """At most k of ranking.items. Scores keep their values, in falling order."""
        attributes = items.attributes if len(items.attributes) == len(items) else [{}] * len(items)
        moved = np.arange(len(ranking)) + [self.places(row, query) for row in attributes]
        order = np.argsort(moved, kind="stable")[:k]
        return Ranking(ranking.items[order], np.minimum.accumulate(ranking.scores[order]))

    def places(self, attributes: Any, query: Query) -> float:
        """How many places an item falls; below 0 it rises."""
        if not isinstance(attributes, Mapping):
            return self.most_stale
        return self._stale(attributes, query.now) + self._food(attributes, query) + self._level(attributes, query)

    def _stale(self, attributes: Mapping[str, Any], now: float) -> float:
        try:
            reviewed = date.fromisoformat(attributes["reviewed"])
        except (KeyError, TypeError, ValueError):
            return self.most_stale
        years = (datetime.fromtimestamp(now, UTC).date() - reviewed).days / YEAR
        return min(self.most_stale, self.a_year * max(0.0, years - self.fresh_years))

    def _food(self, attributes: Mapping[str, Any], query: Query) -> float:
        unhealthy = unhealthiness(attributes)
        if unhealthy is None:
            return 0.0
        return (2 * unhealthy - 1) * self.healthiness * (2 if eats_carefully(query.person) else 1)

    def _level(self, attributes: Mapping[str, Any], query: Query) -> float:
        wanted, has = query.person.get("reading_level"), attributes.get("reading_level")
        if wanted not in LEVELS or has not in LEVELS:
            return 0.0
        return self.level * max(0, LEVELS.index(has) - LEVELS.index(wanted))
