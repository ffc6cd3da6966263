"""Training histories as sparse matrices."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from ..data import Interactions


def incidence(interactions: Interactions) -> sparse.csr_array:
    """(n_persons, n_items) float32: the strongest signal of each person for each item.

    The strongest, not the sum: looking at a page ten times is not ten times the interest.
    """
    keys = interactions.persons.astype(np.int64) * interactions.n_items + interactions.items
    order = np.argsort(keys, kind="stable")
    first = np.flatnonzero(np.diff(keys[order], prepend=-1))
    values = np.maximum.reduceat(interactions.values[order], first) if len(first) else np.zeros(0, np.float32)
    persons, items = np.divmod(keys[order][first], interactions.n_items)
    return sparse.csr_array((values, (persons, items)), shape=(interactions.n_persons, interactions.n_items))


def transitions(interactions: Interactions, gap_decay: float, reach: int) -> sparse.csr_array:
    """(n_items, n_items) float32: how often j came after i, an event g places later counting gap_decay^(g − 1).

    `reach` is the largest g. Steps from an item to itself are left out.
    """
    total = sparse.csr_array((interactions.n_items, interactions.n_items), dtype=np.float32)
    for gap in range(1, reach + 1):
        same = interactions.persons[:-gap] == interactions.persons[gap:]
        before, after = interactions.items[:-gap][same], interactions.items[gap:][same]
        moved = before != after
        strengths = np.full(np.count_nonzero(moved), gap_decay ** (gap - 1), dtype=np.float32)
        total = total + sparse.csr_array((strengths, (before[moved], after[moved])), shape=total.shape)
    return total
