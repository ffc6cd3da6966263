"""What somebody owns and what they are still choosing between, by shelf: the narrowest category."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from recommender.contracts import PastEvent

#: Entries of Query.person, made by `profile`.
OWNED_SHELVES = "owned_shelves"  # list: something was bought or is in the cart there
OPEN_SHELVES = "open_shelves"  # list: something was looked at there and nothing bought, the latest last

TAKEN = frozenset({"purchase", "cart"})


def profile(past: Sequence[PastEvent]) -> dict[str, Any]:
    """Shelves in the order of their latest event."""
    owned: dict[str, None] = {}
    looked: dict[str, None] = {}
    for event in past:
        if shelf := shelf_of(event.item.categories):
            shelves = owned if event.kind in TAKEN else looked
            shelves.pop(shelf, None)
            shelves[shelf] = None
    return {OWNED_SHELVES: list(owned), OPEN_SHELVES: [shelf for shelf in looked if shelf not in owned]}


def shelf_of(categories: Sequence[str]) -> str:
    """The narrowest category, or an empty text."""
    return categories[-1] if categories else ""


def shelves_in(person: Mapping[str, Any], name: str) -> list[str]:
    """One of the entries above; nothing where it is missing or no list."""
    found = person.get(name)
    return [shelf for shelf in found if isinstance(shelf, str)] if isinstance(found, (list, tuple)) else []
