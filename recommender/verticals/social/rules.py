"""Whose posts must not be shown to whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from recommender.algorithms.social import HIDDEN_AUTHORS
from recommender.data import Items, Query

AUTHOR = "author"


class NoHiddenAuthors:
    """Nothing by those whom the person blocked or muted, nor by those who blocked the person.

    Fails closed: for a person of whom anything is known but not whom they hide, nothing passes; nor does a post
    whose author cannot be read, for anybody who hides somebody. A stranger hides nobody.
    """

    slug = "no_hidden_authors"
    name = {"en": "Nobody who is blocked or muted", "zh-hans": "不显示被屏蔽或设为不看的人"}
    reason = {
        "en": "You do not want to see this person, or they do not want to see you.",
        "zh-hans": "你屏蔽了此人，或此人屏蔽了你。",
    }

    def allows(self, items: Items, query: Query) -> np.ndarray:
        """(n,) bool."""
        hidden = _hidden(query.person)
        if hidden is None or len(items.attributes) != len(items):
            return np.zeros(len(items), dtype=bool)
        return np.array([_passes(attributes, hidden) for attributes in items.attributes], dtype=bool)


def author_of(attributes: Any) -> str | None:
    """Who wrote a post; an empty text where nobody is named, None where that cannot be read."""
    if not isinstance(attributes, Mapping):
        return None
    author = attributes.get(AUTHOR, "")
    return author if isinstance(author, str) else None


def _hidden(person: Mapping[str, Any]) -> frozenset[str] | None:
    if not person:
        return frozenset()
    found = person.get(HIDDEN_AUTHORS)
    if not isinstance(found, (list, tuple, set, frozenset)) or not all(isinstance(entry, str) for entry in found):
        return None
    return frozenset(found)


def _passes(attributes: Any, hidden: frozenset[str]) -> bool:
    author = author_of(attributes)
    if author is None:
        return False
    if not author:
        return not hidden
    return author not in hidden
