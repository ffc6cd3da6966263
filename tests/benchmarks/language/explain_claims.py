"""Sentences that are composed from claims, so that what they say is known without reading them.

The oracle knows what a person did and what the columns of the items hold. It judges claims, never words: it
shares no line with the checker that it judges.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Claim:
    """`what`: did (the person acted on `row` in the way `kind`), disliked, shared (all `rows` have `value` in
    `field`), count (that many are named), item (`title` is the recommended one), or free (never in a trace)."""

    what: str
    kind: str = ""
    title: str = ""
    row: int | None = None
    field: str = ""
    value: str = ""
    rows: tuple[int, ...] = ()
    number: int = 0


@dataclass(frozen=True)
class Composed:
    """A sentence and everything that it claims. `label`: the kind of falsehood that was planted, if one was."""

    text: str
    claims: tuple[Claim, ...]
    label: str = ""


@dataclass(frozen=True)
class Facts:
    """The truth about one recommendation: raw rows and columns.

    `named`: rows of the events that spoke loudly enough to be named. `kinds`: what the person did, by row.
    """

    item: int
    named: tuple[int, ...]
    kinds: Mapping[int, frozenset[str]]
    titles: Sequence[str]
    values: Sequence[frozenset[tuple[str, str]]] = field(repr=False, default=())
    liking: frozenset[str] = frozenset()

    def holds(self, claim: Claim) -> bool:
        if claim.what == "did":
            return (
                claim.row in self.named
                and same_words(self.titles[claim.row], claim.title)
                and claim.kind in self.kinds[claim.row]
            )
        if claim.what == "shared":
            return all((claim.field, claim.value) in self.values[row] for row in claim.rows)
        if claim.what == "count":
            return claim.number == len(claim.rows)
        if claim.what == "item":
            return same_words(self.titles[self.item], claim.title)
        return False

    def grounded(self, composed: Composed) -> bool:
        return all(self.holds(claim) for claim in composed.claims)


def same_words(first: str, second: str) -> bool:
    """Whether two titles differ in letters or digits at all; how they are set does not matter."""
    return bare(first) == bare(second)


def bare(title: str) -> str:
    return "".join(character for character in title.casefold() if character.isalnum())
