"""Plain arrays and dataclasses: the language that algorithms, the pipeline and evaluation share.

Everywhere in here a *person* and an *item* is a row number (int32) from 0; what those rows are called
outside is kept in `Items.ids`. Times are seconds since 1970 (float64).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

_NO_INDICES = np.zeros(0, dtype=np.int32)
_NO_VALUES = np.zeros(0, dtype=np.float32)
_NO_TIMES = np.zeros(0, dtype=np.float64)


@dataclass(frozen=True)
class Interactions:
    """Events of many persons as parallel arrays of n rows, sorted by person, then time.

    Equal times keep the order in which they came. `values` are signal strengths above 0: only events that
    speak for an item are in here.
    """

    persons: np.ndarray  # (n,) int32
    items: np.ndarray  # (n,) int32
    values: np.ndarray  # (n,) float32
    times: np.ndarray  # (n,) float64
    n_persons: int
    n_items: int

    @classmethod
    def build(cls, persons, items, values=None, times=None, *, n_persons: int, n_items: int) -> Interactions:
        """From events in any order; the sort is stable. Raises ValueError on ragged or out-of-range input."""
        persons = np.asarray(persons, dtype=np.int32)
        items = np.asarray(items, dtype=np.int32)
        n = len(persons)
        values = np.ones(n, dtype=np.float32) if values is None else np.asarray(values, dtype=np.float32)
        times = np.arange(n, dtype=np.float64) if times is None else np.asarray(times, dtype=np.float64)
        if not len(items) == len(values) == len(times) == n:
            raise ValueError("persons, items, values and times must be equally long.")
        if n and (persons.min() < 0 or persons.max() >= n_persons or items.min() < 0 or items.max() >= n_items):
            raise ValueError(f"Row numbers must lie in 0..{n_persons - 1} (persons) and 0..{n_items - 1} (items).")
        order = np.lexsort((times, persons))
        return cls(persons[order], items[order], values[order], times[order], n_persons, n_items)

    def __len__(self) -> int:
        return len(self.persons)

    @property
    def offsets(self) -> np.ndarray:
        """(n_persons + 1,) int64: events of person p are the rows offsets[p]:offsets[p + 1]."""
        return np.concatenate([[0], np.cumsum(np.bincount(self.persons, minlength=self.n_persons))])

    def where(self, mask: np.ndarray) -> Interactions:
        """The events that `mask` (n,) bool keeps, with the same persons and items."""
        return replace(
            self, persons=self.persons[mask], items=self.items[mask], values=self.values[mask], times=self.times[mask]
        )


@dataclass(frozen=True)
class Items:
    """Items as columns of n rows. Columns that a caller does not need may be empty or None."""

    ids: np.ndarray  # (n,) what the rows are called outside: primary keys, or the ids of a file
    texts: Sequence[str] = ()  # what the language side reads
    facets: Sequence[Sequence[str]] = ()  # categories, tags and facet attributes as tokens "name:value"
    categories: Sequence[Sequence[str]] = ()
    attributes: Sequence[Mapping[str, Any]] = ()
    vectors: np.ndarray | None = None  # (n, d) float32 text embeddings, rows L2-normalised, zero where unknown
    published: np.ndarray | None = None  # (n,) float64 seconds
    prices: np.ndarray | None = None  # (n,) float64 minor units, nan where there is none

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: np.ndarray) -> Items:
        """The items of `rows`, in that order."""

        def pick(column):
            if column is None or isinstance(column, np.ndarray):
                return None if column is None else column[rows]
            return [column[row] for row in rows] if len(column) else ()

        return Items(**{name: pick(getattr(self, name)) for name in self.__dataclass_fields__})


@dataclass(frozen=True)
class Query:
    """One question: what next for a person with this past, now, in this context?"""

    items: np.ndarray = field(default_factory=lambda: _NO_INDICES)  # (m,) the past, oldest first
    values: np.ndarray = field(default_factory=lambda: _NO_VALUES)  # (m,) signal strengths above 0
    times: np.ndarray = field(default_factory=lambda: _NO_TIMES)  # (m,)
    now: float = 0.0
    exclude: np.ndarray = field(default_factory=lambda: _NO_INDICES)  # never recommend these
    vector: np.ndarray | None = None  # (d,) embedding of words that the person wrote
    person: Mapping[str, Any] = field(default_factory=dict)  # attributes, as consented
    context: Mapping[str, str] = field(default_factory=dict)  # device, place, locale, part of day
    language: str = "en"
    keywords: tuple[tuple[str, float], ...] = ()  # words of the catalogue that the person seems to like, with weights

    @classmethod
    def of(cls, items: Sequence[int], **rest) -> Query:
        """From row numbers alone, oldest first, each with strength 1."""
        rows = np.asarray(items, dtype=np.int32)
        rest.setdefault("values", np.ones(len(rows), dtype=np.float32))
        rest.setdefault("times", np.arange(len(rows), dtype=np.float64))
        return cls(items=rows, **rest)


@dataclass(frozen=True)
class HeldOut:
    """Questions whose answers are known: query i should bring up the items targets[i]."""

    queries: Sequence[Query]
    targets: Sequence[np.ndarray]  # each (≥ 1,) int32
    persons: np.ndarray  # (q,) int32: whose question it is

    def __len__(self) -> int:
        return len(self.queries)


@dataclass(frozen=True)
class Ranking:
    """Items from best to worst. Scores compare within one ranking only."""

    items: np.ndarray  # (k,) int32
    scores: np.ndarray  # (k,) float32, not increasing

    def __len__(self) -> int:
        return len(self.items)


@dataclass(frozen=True)
class Explanation:
    """Where the score of one item came from.

    `contributions[j]` belongs to the event `query.items[j]`. For algorithms that are linear in the events
    (`exact`), base + contributions.sum() equals score, and `score` equals what `Algorithm.score` gives.
    """

    item: int
    score: float
    base: float
    contributions: np.ndarray  # (m,) float64, aligned with the query's events
    exact: bool = True
    sources: Mapping[str, float] = field(default_factory=dict)  # share of the score by component, for blends
