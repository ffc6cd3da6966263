"""What comes after the parts that somebody watched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from recommender.contracts import PastEvent
from recommender.data import Items, Query, Ranking

#: Entry of Query.person, made by `profile`: series → its latest part that was watched or rated, the latest series last.
SERIES_WATCHED = "series_watched"
WATCHED = frozenset({"watch", "rating"})


def profile(past: Sequence[PastEvent]) -> dict[str, Any]:
    """How far the person came in each series."""
    reached: dict[str, int] = {}
    for event in past:
        series, part = place_of(event.item.attributes)
        if series and event.kind in WATCHED:
            reached[series] = max(part, reached.pop(series, 0))
    return {SERIES_WATCHED: reached}


class NextParts:
    """Of each series that the person is in the middle of, the part that comes next."""

    slug = "next_parts"

    def candidates(self, items: Items, query: Query, k: int) -> Ranking:
        """At most k rows, the series that was watched last first; scores fall from 1."""
        reached = query.person.get(SERIES_WATCHED)
        if not isinstance(reached, Mapping) or not reached or len(items.attributes) != len(items):
            return Ranking(np.zeros(0, np.int32), np.zeros(0, np.float32))
        excluded = set(query.exclude.tolist())
        following: dict[str, tuple[int, int]] = {}
        for row, attributes in enumerate(items.attributes):
            series, part = place_of(attributes)
            if series in reached and part > reached[series] and row not in excluded:
                following[series] = min((part, row), following.get(series, (part, row)))
        rows = [following[series][1] for series in reversed(list(reached)) if series in following][:k]
        return Ranking(np.array(rows, dtype=np.int32), 1.0 / np.arange(1, len(rows) + 1, dtype=np.float32))

    def anchor(self, items: Items, query: Query, row: int) -> int | None:
        """The latest part of the same series in the past."""
        series, _part = place_of(items.attributes[row])
        past = reversed(query.items.tolist())
        return next((one for one in past if series and place_of(items.attributes[one])[0] == series), None)


def place_of(attributes: Any) -> tuple[str, int]:
    """The series that something belongs to and its part, from 1; an empty text where it stands alone."""
    if not isinstance(attributes, Mapping):
        return "", 0
    series, part = attributes.get("series"), attributes.get("part")
    if not isinstance(series, str) or not isinstance(part, int) or isinstance(part, bool):
        return "", 0
    return series, part
