"""What somebody has hidden shapes what they are shown: topics are left out, and what resembles hidden items sinks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np

from ..serving.catalogue import Catalogue

STEP = 0.5  # standard deviations of the scores that one hidden item costs the others of its narrowest category
MOST = 4  # hidden items of one category that count


def without_topics(catalogue: Catalogue, allowed: np.ndarray, topics: Iterable[str], asked: str = "") -> np.ndarray:
    """(n,) bool: `allowed` without hidden topics. A category that is asked for by name is shown all the same."""
    hidden = set(topics) - {asked}
    return allowed & ~catalogue.inside(hidden) if hidden else allowed


def fewer_like(catalogue: Catalogue, scores: np.ndarray, hidden: Iterable[int]) -> np.ndarray:
    """(n,) `scores`, lower for items of the categories out of which something was hidden (primary keys)."""
    categories = catalogue.items.categories
    rows = [catalogue.row_of[pk] for pk in hidden if pk in catalogue.row_of]
    counted = Counter(categories[row][-1] for row in rows if categories[row])
    finite = scores[np.isfinite(scores)]
    spread = float(finite.std()) if len(finite) else 0.0
    if not counted or spread == 0.0:
        return scores
    lowered = scores.astype(np.float32, copy=True)
    for category, times in counted.items():
        lowered[catalogue.inside([category])] -= STEP * spread * min(times, MOST)
    return lowered
