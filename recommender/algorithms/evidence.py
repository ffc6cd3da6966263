"""What the next-item model learns from, as Gram matrices over items."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from ..data import Interactions, Items
from .closed_form import add_gram
from .graph import Graph
from .histories import incidence
from .text_features import tfidf, whitened

#: An event of the past that has faded below this share of the newest one is left out of a training row.
_FADED = 1e-3

#: Up to this many items, Gram matrices are kept, so that trying other settings costs only additions.
_KEPT_ITEMS = 4_000


class Evidence:
    """Order, co-occurrence and text of the items `modelled` (m,), each added to an (m, m) float32 matrix on demand."""

    def __init__(self, interactions: Interactions, items: Items, modelled: np.ndarray, dimensions: int):
        self.interactions = interactions
        self.modelled = modelled
        self.words = sparse.csr_array(tfidf(items)[modelled].T)
        vectors = whitened(items.vectors, dimensions)
        self.vectors = None if vectors is None else vectors[modelled]
        self._grams: dict[tuple, np.ndarray] = {}
        self._ahead: tuple[tuple | None, sparse.csr_array | None] = (None, None)

    def add_order(self, out: np.ndarray, past_decay: float) -> None:
        """PᵀP: a row of P is the past of one event that has a next one, the newest counting 1."""
        self._add(out, 1.0, ("order", past_decay), lambda: self.past(past_decay))

    def add_together(self, out: np.ndarray, scale: float) -> None:
        """XᵀX: how many persons met both items."""
        self._add(out, scale, ("together",), lambda: sparse.csr_array(incidence(self.interactions)[:, self.modelled]))

    def add_words(self, out: np.ndarray, scale: float) -> None:
        """FFᵀ: cosines of words and facets."""
        self._add(out, scale, ("words",), lambda: self.words)

    def add_meaning(self, out: np.ndarray, scale: float) -> None:
        """ZZᵀ: cosines of whitened text embeddings; nothing where there are none."""
        if self.vectors is not None:
            self._add(out, scale, ("meaning",), lambda: self.vectors.T)

    def past(self, decay: float) -> sparse.csr_array:
        """P: decay^age · value for the items up to and including each event that has a next one."""
        oldest = 0 if decay == 0 else int(np.log(_FADED) / np.log(decay)) if decay < 1 else len(self.interactions)
        return self._around(-np.arange(oldest + 1), decay)

    def future(self, decay: float, reach: int) -> sparse.csr_array:
        """Y: decay^(g − 1) · value for the event g places after each event, g up to `reach`."""
        return self._around(np.arange(1, reach + 1), decay)

    def ahead(self, past_decay: float, future_decay: float, reach: int) -> sparse.csr_array:
        """(m, m): Pᵀ(Y − P). The last one is kept."""
        if self._ahead[0] != (past_decay, future_decay, reach):
            past = self.past(past_decay)
            product = sparse.csr_array(past.T @ (self.future(future_decay, reach) - past))
            self._ahead = ((past_decay, future_decay, reach), product)
        return self._ahead[1]

    def walks(self) -> sparse.csr_array:
        """Weights of the transition graph over all items, for pairs that are not modelled."""
        graph = Graph().fit(self.interactions, Items(ids=np.arange(self.interactions.n_items)))
        shape = (self.interactions.n_items, self.interactions.n_items)
        return sparse.csr_array((graph.data_, graph.indices_, graph.indptr_), shape=shape)

    def _around(self, steps: np.ndarray, decay: float) -> sparse.csr_array:
        """(n, m): for each event with a next one, the same person's events `steps` away, fading with distance."""
        persons, n = self.interactions.persons, len(self.interactions)
        asked = np.flatnonzero(persons[:-1] == persons[1:])
        rows, columns, values = [], [], []
        for fading, step in enumerate(steps):
            found = asked[(asked + step >= 0) & (asked + step < n)]
            found = found[persons[found] == persons[found + step]]
            if len(found) == 0:
                break
            rows.append(found)
            columns.append(self.interactions.items[found + step])
            values.append(decay**fading * self.interactions.values[found + step])
        entries = (_joined(values, np.float32), (_joined(rows, np.int64), _joined(columns, np.int64)))
        matrix = sparse.csr_array(entries, shape=(n, self.interactions.n_items))
        return matrix if len(self.modelled) == matrix.shape[1] else sparse.csr_array(matrix[:, self.modelled])

    def _add(self, out: np.ndarray, scale: float, name: tuple, features) -> None:
        if scale == 0:
            return
        if len(self.modelled) > _KEPT_ITEMS:
            add_gram(features(), scale, out)
            return
        if name not in self._grams:
            self._grams[name] = np.zeros_like(out)
            add_gram(features(), 1.0, self._grams[name])
        out += np.float32(scale) * self._grams[name]


def _joined(parts: list[np.ndarray], dtype: type) -> np.ndarray:
    return np.concatenate(parts).astype(dtype) if parts else np.zeros(0, dtype)
