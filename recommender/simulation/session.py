"""One visit of one simulated person: what they open, follow, buy or watch, rate and hide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from behaviour.kinds import Kind

from .world import World, is_stars

NOISE = 0.12  # of the items looked at are picked by popularity alone
FOLLOW = 0.6  # chance to go on with a chain where one is open
NEARBY = 0.3  # chance to look at another item of the same shelf next
COMMIT = 0.35  # chance that an item to somebody's taste is bought, watched, read
COMMIT_BY_CHANCE = 0.1  # the same for what they only happened upon
LOOKS = 3.0  # items a session, on average
SPEAK = 0.12  # chance to say something about an item of which the persona has something to say

PRAISE = (
    "Exactly what I was hoping for.",
    "Better than the description, and the description was good.",
    "Would choose it again without thinking.",
    "I have told two friends about it already.",
)
COMPLAINTS = (
    "Not for me, and I tried twice.",
    "I expected something else from the description.",
    "It was fine for a day and then it was not.",
)


@dataclass
class Session:
    """One visit of one person. `emit` writes down what they do, a little later each time."""

    world: World
    rng: np.random.Generator
    persona: int
    time: float
    context: Mapping[str, str]
    done: set[int]  # rows that the person already bought, watched or hid
    events: list[tuple] = field(default_factory=list)

    def emit(self, kind: Kind | None, row: int | None, value: float | None = None, text: str = "") -> None:
        if kind is None:
            return
        self.time += float(self.rng.integers(20, 240))
        self.events.append((self.time, kind.name, row, value, text, self.context))

    def run(self, opened: int | None) -> int | None:
        """Look around, starting at row `opened` if one is given. Returns where to go on next time."""
        pending = None
        following = opened
        for _ in range(1 + self.rng.poisson(LOOKS - 1)):
            by_chance = following is None and self.rng.random() < NOISE
            row = following if following is not None else self.pick(by_chance)
            if row is None:
                break
            committed = self.consider(row, by_chance)
            onward = self.onward(row)
            following = None
            if onward is not None and self.rng.random() < FOLLOW:
                following = onward
            elif committed:
                pending = onward
            elif self.rng.random() < NEARBY:
                following = self.pick(by_chance=False, shelf=int(self.world.shelves[row]))
        return following if following is not None else pending

    def pick(self, by_chance: bool, shelf: int | None = None) -> int | None:
        """A row that is out and not done with yet, by popularity and (unless by chance) by taste."""
        weights = self.world.popularity * (self.world.published <= self.time)
        if not by_chance:
            weights = weights * self.world.taste[self.persona]
        if shelf is not None:
            weights = weights * (self.world.shelves == shelf)
        weights[list(self.done)] = 0.0
        total = weights.sum()
        return int(self.rng.choice(len(weights), p=weights / total)) if total > 0 else None

    def onward(self, row: int) -> int | None:
        rows = [
            other
            for other in self.world.onward[self.persona].get(row, ())
            if other not in self.done and self.world.published[other] <= self.time
        ]
        if not rows:
            return None
        weights = self.world.popularity[rows] * (0.1 + self.world.taste[self.persona, rows])
        return int(self.rng.choice(rows, p=weights / weights.sum()))

    def consider(self, row: int, by_chance: bool) -> bool:
        """Everything that somebody does about one item. Returns whether it came to the goal."""
        roles, rng = self.world.roles, self.rng
        if rng.random() < 0.12:
            self.emit(roles.search, None, text=_search_words(self.world.items[row], rng))
        self.emit(roles.look, row)
        if by_chance and rng.random() < 0.08:
            self.emit(roles.hide, row)
            self.done.add(row)
            return False
        for kind in roles.before[:-1]:
            if rng.random() < 0.1:
                self.emit(kind, row)
        commits = rng.random() < (COMMIT_BY_CHANCE if by_chance else COMMIT)
        if roles.before and rng.random() < (0.7 if commits else 0.1):
            self.emit(roles.before[-1], row)
        if not by_chance:
            self.speak(row)
        if not commits:
            return False
        happy = rng.random() < (0.4 if by_chance else 0.9)
        self.done.add(row)
        self.emit(roles.goal, row, value_of(roles.goal, happy, rng))
        if roles.stars and rng.random() < 0.3:
            self.emit(roles.stars, row, value_of(roles.stars, happy, rng))
            if rng.random() < 0.3:
                self.emit(roles.review, row, text=str(rng.choice(PRAISE if happy else COMPLAINTS)))
        if not happy and rng.random() < 0.4:
            self.emit(roles.regret, row)
        for kind in roles.after if happy else ():
            if rng.random() < 0.2:
                self.emit(kind, row)
        return True

    def speak(self, row: int) -> None:
        """What the persona's people say about such an item: a comment on it, a question of their own."""
        for name, by_token in self.world.said[self.persona].items():
            words = [text for token, texts in by_token.items() if token in self.world.tokens[row] for text in texts]
            if words and self.rng.random() < SPEAK:
                kind = self.world.kinds[name]
                self.emit(kind, row if kind.needs_item else None, text=words[int(self.rng.integers(len(words)))])


def value_of(kind: Kind, happy: bool, rng: np.random.Generator) -> float | None:
    """Stars or a share on the happy or the unhappy end of the kind's range; one piece where it has no upper end."""
    if kind.maximum is None:
        return None if kind.minimum is None else 1.0
    least = kind.minimum or 0.0
    share = rng.beta(7, 1.2) if happy else rng.beta(1.2, 4)
    value = least + share * (kind.maximum - least)
    if not is_stars(kind):
        return round(float(value), 2)
    step = 0.5 if least % 1 else 1.0  # half stars where the scale begins with one
    return float(round(value / step) * step)


def _search_words(item: Mapping[str, Any], rng: np.random.Generator) -> str:
    """What somebody types who looks for this item: what it is, or the end of its name."""
    named = " ".join(item["title"].split(",")[0].split(":")[0].split()[-2:])
    return str(rng.choice([named, *item.get("tags", ())[:2]])).lower()
