"""What must not be shown to whom."""

from __future__ import annotations

from typing import Any

import numpy as np

from recommender.data import Items, Query


class OldEnough:
    """A book with an age limit goes to those who are known to be old enough, and to nobody else."""

    slug = "old_enough"
    name = {"en": "Only for who is old enough", "zh-hans": "仅限达到年龄者"}
    reason = {"en": "This book is for older readers.", "zh-hans": "本书仅适合年龄更大的读者。"}

    def allows(self, items: Items, query: Query) -> np.ndarray:
        """(n,) bool. A limit or an age that cannot be read counts as too young."""
        if len(items.attributes) != len(items):
            return np.zeros(len(items), dtype=bool)
        age = query.person.get("age")
        return np.array([_passes(attributes.get("minimum_age"), age) for attributes in items.attributes], dtype=bool)


def _passes(limit: Any, age: Any) -> bool:
    if limit is None:
        return True
    return isinstance(limit, int) and isinstance(age, int) and age >= limit
