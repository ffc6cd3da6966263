"""Which stories somebody is in the middle of, and which sides of them they have read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from recommender.contracts import PastEvent

#: Entries of Query.person, made by `profile`.
FOLLOWED = "followed_stories"  # list of story names
SIDES_READ = "sides_read"  # story name → list of the viewpoints that were read

TAKES_NO_SIDE = "neutral"


def profile(past: Sequence[PastEvent]) -> dict[str, Any]:
    """The stories that the person chose to follow, and the viewpoints they met in any story."""
    followed: list[str] = []
    sides: dict[str, list[str]] = {}
    for event in past:
        story = story_of(event.item.attributes)
        if not story:
            continue
        if event.kind == "follow" and story not in followed:
            followed.append(story)
        read = sides.setdefault(story, [])
        side = event.item.attributes.get("viewpoint") or TAKES_NO_SIDE
        if side not in read:
            read.append(side)
    return {FOLLOWED: followed, SIDES_READ: sides}


def story_of(attributes: Any) -> str:
    """The story that an article belongs to, or an empty text where it stands alone."""
    story = attributes.get("story") if isinstance(attributes, Mapping) else None
    return story if isinstance(story, str) else ""


def is_other_view(attributes: Any, person: Mapping[str, Any]) -> bool:
    """Whether an article takes a side, in a story that the person reads, which they have not read yet.

    Who has read both sides is shown no further one for its side alone.
    """
    read = _mapping(person.get(SIDES_READ)).get(story_of(attributes)) if story_of(attributes) else None
    if not isinstance(read, (list, tuple)):
        return False
    side = attributes.get("viewpoint") or TAKES_NO_SIDE
    return side != TAKES_NO_SIDE and side not in read


def followed_stories(person: Mapping[str, Any]) -> frozenset[str]:
    """What `profile` found, or nothing where it was not asked."""
    found = person.get(FOLLOWED)
    return (
        frozenset(story for story in found if isinstance(story, str))
        if isinstance(found, (list, tuple))
        else frozenset()
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
