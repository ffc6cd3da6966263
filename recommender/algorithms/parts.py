"""Parts of a catalogue: a small world to search settings in, and the most interacted items."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from ..data import HeldOut, Interactions
from .sparse_rows import cut_sparse_rows


@dataclass(frozen=True)
class Part:
    """What happened among the items `rows` (m,) alone, renumbered 0 … m − 1 in that order."""

    rows: np.ndarray
    interactions: Interactions
    validation: HeldOut

    @classmethod
    def of(cls, interactions: Interactions, validation: HeldOut, limit: int) -> Part:
        """The `limit` most interacted items: they keep most of all histories whole, and settings with them.

        Questions without an answer or a past among them are left out.
        """
        rows = most_interacted(interactions, limit)
        numbers = np.full(interactions.n_items, -1, dtype=np.int32)
        numbers[rows] = np.arange(len(rows))
        inside = interactions.where(numbers[interactions.items] >= 0)
        inside = replace(inside, items=numbers[inside.items], n_items=len(rows))
        queries, targets, persons = [], [], []
        for query, answers, person in zip(validation.queries, validation.targets, validation.persons, strict=True):
            known = numbers[query.items] >= 0
            answers, excluded = numbers[answers], numbers[query.exclude]
            if not known.any() or not (answers >= 0).any():
                continue
            queries.append(
                replace(
                    query,
                    items=numbers[query.items[known]],
                    values=query.values[known],
                    times=query.times[known],
                    exclude=excluded[excluded >= 0],
                )
            )
            targets.append(answers[answers >= 0])
            persons.append(person)
        return cls(rows, inside, HeldOut(queries, targets, np.array(persons, dtype=np.int32)))


def most_interacted(interactions: Interactions, limit: int) -> np.ndarray:
    """At most `limit` item rows, ascending: those with most events."""
    if interactions.n_items <= limit:
        return np.arange(interactions.n_items)
    counts = np.bincount(interactions.items, minlength=interactions.n_items)
    return np.sort(np.argsort(-counts, kind="stable")[:limit])


def spread(weights: sparse.csr_array, rows: np.ndarray, n_items: int) -> sparse.csr_array:
    """Weights among the items `rows` as weights among all items, with nothing elsewhere."""
    entries = sparse.coo_array(weights)
    return sparse.csr_array(
        (entries.data, (rows[entries.row], rows[entries.col])), shape=(n_items, n_items), dtype=np.float32
    )


def beyond(weights: sparse.csr_array, modelled: np.ndarray, others: sparse.csr_array, kept: int) -> sparse.csr_array:
    """`weights` among the items `modelled`, and those of `others` for every pair that has an item outside.

    Both are (n, n). `others` is scaled so that its weights among the modelled items sum to the same.
    """
    inside = np.zeros(weights.shape[0], dtype=bool)
    inside[modelled] = True
    entries = sparse.coo_array(others)
    both = inside[entries.row] & inside[entries.col]
    scale = np.abs(weights.data).sum() / max(float(np.abs(entries.data[both]).sum()), 1e-12)
    outside = (scale * entries.data[~both], (entries.row[~both], entries.col[~both]))
    total = weights + sparse.csr_array(outside, shape=weights.shape, dtype=np.float32)
    return cut_sparse_rows(total, kept)
