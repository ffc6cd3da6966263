"""Whom to follow: from the graph of who follows whom, from trust, and from interests.

Plain dictionaries of whatever names a caller gives to people (primary keys, external ids). Where a vertical names
the attribute of its items that holds the author (`Vertical.author`), the platform puts the entries below into
Query.person; a known person always has HIDDEN_AUTHORS, an empty list where there are none.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

#: Entries of Query.person. Authors are external ids.
HIDDEN_AUTHORS = "hidden_authors"  # list: blocked by the person or blocking them, or muted by the person
FOLLOWED_AUTHORS = "followed_authors"  # list
OWN_AUTHOR = "own_author"  # the person themselves
NEAR_AUTHORS = "near_authors"  # author → closeness in (0, 1], of those whom the followed ones follow

P = TypeVar("P", bound=Hashable)

GRAPH_WEIGHT = 0.6  # of a suggestion's score comes from the graph where there is one, the rest from interests


@dataclass(frozen=True)
class Suggestion(Generic[P]):
    """Somebody to follow. `through`: those of the person's own who follow them, the most telling first.

    `closeness` and `likeness` are each in [0, 1]; `score` is their weighted sum.
    """

    person: P
    score: float
    closeness: float
    likeness: float
    through: tuple[P, ...] = ()


def strengths(follows: Mapping[P, float], trusts: Mapping[P, float]) -> dict[P, float]:
    """How much each followed or trusted person's own choices say: 1 for a follow, and their trust on top."""
    return {person: follows.get(person, 0.0) + trusts.get(person, 0.0) for person in {**follows, **trusts}}


def friends_of_friends(mine: Mapping[P, float], theirs: Mapping[P, Collection[P]]) -> dict[P, float]:
    """Adamic–Adar with trust, over people two steps away.

    score(v) = Σ over z in `mine` that follow v of mine[z] / ln(1 + |theirs[z]|), after Adamic & Adar 2003, "Friends
    and neighbors on the Web": a neighbour who follows few says more. The 1 keeps the logarithm above 0 for those
    who follow nobody else. `mine`: person → strength above 0. `theirs`: followed person → whom they follow.
    """
    scores: dict[P, float] = {}
    for between, strength in mine.items():
        onward = set(theirs.get(between, ()))
        for person in onward - mine.keys():
            scores[person] = scores.get(person, 0.0) + strength / math.log(1 + len(onward))
    return scores


def cosine(mine: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Likeness of two people's interests, topic → weight; 0 where either has none."""
    length = math.sqrt(sum(w * w for w in mine.values())) * math.sqrt(sum(w * w for w in other.values()))
    if not length:
        return 0.0
    return sum(weight * other.get(topic, 0.0) for topic, weight in mine.items()) / length


def closenesses(mine: Mapping[P, float], theirs: Mapping[P, Collection[P]]) -> dict[P, float]:
    """`friends_of_friends` divided by the largest: in (0, 1]."""
    scores = friends_of_friends(mine, theirs)
    most = max(scores.values(), default=0.0)
    return {person: score / most for person, score in scores.items() if score > 0}


def suggestions(
    mine: Mapping[P, float],
    theirs: Mapping[P, Collection[P]],
    interests: Mapping[str, float],
    others: Mapping[P, Mapping[str, float]],
    *,
    exclude: Collection[P] = (),
    count: int = 10,
) -> list[Suggestion[P]]:
    """The best people to follow, best first; nobody who is followed already, in `exclude`, or has nothing for them.

    `interests` and `others`: topic → weight of the person and of those who might be suggested for what they write.
    Without a graph, interests decide alone.
    """
    close = closenesses(mine, theirs)
    left_out = {*mine, *exclude}
    weight = GRAPH_WEIGHT if close else 0.0
    found = []
    for person in {**close, **others}:
        if person in left_out:
            continue
        closeness, likeness = close.get(person, 0.0), max(0.0, cosine(interests, others.get(person, {})))
        score = weight * closeness + (1 - weight) * likeness
        if score > 0:
            found.append(Suggestion(person, score, closeness, likeness, through(person, mine, theirs)))
    # Names break ties, so that the same question has the same answer.
    return sorted(found, key=lambda suggestion: (-suggestion.score, str(suggestion.person)))[:count]


def through(person: P, mine: Mapping[P, float], theirs: Mapping[P, Collection[P]]) -> tuple[P, ...]:
    """Those of the person's own who follow somebody, the strongest ties first."""
    between = [friend for friend in mine if person in theirs.get(friend, ())]
    return tuple(sorted(between, key=lambda friend: (-mine[friend], str(friend))))
