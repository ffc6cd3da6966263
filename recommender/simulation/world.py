"""What is the same for every simulated person: the catalogue, the personas, and which kind plays which part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

import numpy as np

from behaviour.kinds import Kind


@dataclass(frozen=True)
class Roles:
    """Which kind of behaviour plays which part."""

    look: Kind | None  # the first that a vertical declares; None where the goal is all there is
    goal: Kind
    before: tuple[Kind, ...]  # heavier than a look, lighter than the goal; the heaviest comes last
    after: tuple[Kind, ...]
    stars: Kind | None
    review: Kind | None
    search: Kind | None
    regret: Kind | None  # says after the goal that it was a mistake
    hide: Kind | None

    @classmethod
    def of(cls, kinds: Sequence[Kind]) -> Roles:
        """From weights, polarity and `seen`. Raises ValueError when no kind speaks for an item."""
        on_items = [kind for kind in kinds if kind.needs_item]
        positive = [kind for kind in on_items if kind.polarity == "positive" and not is_stars(kind)]
        if not positive:
            raise ValueError("Simulating needs at least one positive kind of behaviour that names an item.")
        # What is measured, such as the share that was watched or read, is what people come for.
        goal = max(positive, key=lambda kind: (kind.neutral_value is not None, kind.seen, kind.weight))
        look = next((kind for kind in positive if kind is not goal and kind.weight < goal.weight), None)
        others = sorted((kind for kind in positive if kind not in (look, goal)), key=lambda kind: kind.weight)
        lightest = look.weight if look else 0.0
        return cls(
            look=look,
            goal=goal,
            before=tuple(kind for kind in others if lightest < kind.weight < goal.weight),
            after=tuple(kind for kind in others if kind.weight >= goal.weight),
            stars=next((kind for kind in on_items if is_stars(kind)), None),
            review=next((kind for kind in on_items if kind.name == "review"), None),
            search=next((kind for kind in kinds if not kind.needs_item), None),
            regret=next((k for k in on_items if k.polarity == "negative" and k.seen and not k.hides), None),
            hide=next((kind for kind in on_items if kind.hides), None),
        )


@dataclass(frozen=True)
class World:
    """What is the same for everybody: the catalogue and the personas as arrays over n items and p personas."""

    items: Sequence[Mapping[str, Any]]
    taste: np.ndarray  # (p, n) ≥ 0
    popularity: np.ndarray  # (n,) > 0, few items have most of it
    published: np.ndarray  # (n,) seconds
    shelves: np.ndarray  # (n,) int: items with the same narrowest category
    onward: Sequence[Mapping[int, np.ndarray]]  # per persona: row → rows of the next step of a chain
    roles: Roles
    tokens: Sequence[set[str]]  # of each item: categories, tags and its id
    said: Sequence[Mapping[str, Mapping[str, Sequence[str]]]]  # per persona: kind → token of an item → words about it
    kinds: Mapping[str, Kind]
    written: Mapping[str, Sequence[int]]  # author, where items name one → rows

    @classmethod
    def build(
        cls,
        items: Sequence[Mapping[str, Any]],
        personas: Sequence[Mapping[str, Any]],
        kinds: Sequence[Kind],
        seed: int,
    ) -> World:
        tokens = [{*item.get("categories", ()), *item.get("tags", ()), item["external_id"]} for item in items]
        ranks = np.random.default_rng([seed, len(items)]).permutation(len(items))
        shelf_names = [(item.get("categories") or [""])[-1] for item in items]
        return cls(
            items=items,
            taste=np.stack([taste_of(persona, items, tokens) for persona in personas]),
            popularity=(ranks + 5.0) ** -0.8,
            published=np.array([_seconds(item.get("published_at")) for item in items]),
            shelves=np.unique(shelf_names, return_inverse=True)[1],
            onward=[_onward(persona.get("chains", ()), tokens) for persona in personas],
            roles=Roles.of(kinds),
            tokens=tokens,
            said=[persona.get("says", {}) for persona in personas],
            kinds={kind.name: kind for kind in kinds},
            written=written_by(items),
        )


def written_by(items: Sequence[Mapping[str, Any]]) -> dict[str, list[int]]:
    """Author → rows of what they wrote; empty where items name no author."""
    written: dict[str, list[int]] = {}
    for row, item in enumerate(items):
        if author := item.get("attributes", {}).get("author"):
            written.setdefault(author, []).append(row)
    return written


def taste_of(persona: Mapping[str, Any], items, tokens: Sequence[set[str]]) -> np.ndarray:
    """(n,) ≥ 0: how well each item fits a persona by its interests and, where there are prices, by its price."""
    interests = persona["interests"]
    taste = np.array([sum(interests.get(token, 0.0) for token in own) for own in tokens], dtype=float)
    if "price_level" not in persona or any(item.get("price") is None for item in items):
        return taste
    percentile = np.argsort(np.argsort([item["price"] for item in items])) / len(items)
    return taste * np.exp(-np.abs(percentile - persona["price_level"]))


def _onward(chains, tokens: Sequence[set[str]]) -> dict[int, np.ndarray]:
    """Row → rows of what comes next in a chain. A link is a tag, a category or an item's own id."""
    onward: dict[int, set[int]] = {}
    for chain in chains:
        links = [{row for row, own in enumerate(tokens) if token in own} for token in chain]
        for here, there in pairwise(links):
            for row in here:
                onward.setdefault(row, set()).update(there - {row})
    return {row: np.array(sorted(rows), dtype=int) for row, rows in onward.items()}


def is_stars(kind: Kind) -> bool:
    return kind.neutral_value is not None and kind.maximum is not None and kind.maximum > 1


def _seconds(published_at: str | None) -> float:
    return datetime.fromisoformat(published_at).timestamp() if published_at else 0.0
