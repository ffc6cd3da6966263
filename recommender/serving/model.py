"""A live artifact, lined up with the catalogue's rows."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from .. import registry
from ..algorithms.fold_in import Neighbours
from ..artifacts import verify
from ..contracts import Algorithm
from ..data import Query
from ..models import Artifact
from .catalogue import Catalogue

logger = logging.getLogger(__name__)

FRESH_DAYS = 30
FRESH_MOST = 1000  # newest unknown items that are scored by their text


@dataclass
class Model:
    """A live artifact, lined up with the catalogue's rows."""

    deployment_id: int
    artifact: Artifact
    algorithm: Algorithm
    item_ids: np.ndarray  # (n_known,) primary keys in the algorithm's row order, ascending
    # Shared by every copy: one artifact can be live on several placements, each with a deployment of its own.
    _aligned: dict[int, Alignment] = field(default_factory=dict, repr=False)

    def aligned(self, catalogue: Catalogue) -> Alignment:
        found = self._aligned.get(catalogue.version)
        if found is None:
            found = align(self, catalogue)
            self._aligned.clear()
            self._aligned[catalogue.version] = found
        return found


@dataclass(frozen=True)
class Alignment:
    """Which catalogue rows a model knows, and how the newest others are folded in."""

    model_row: np.ndarray  # (n,) int32 row in the model, -1 where it never saw the item
    known: np.ndarray  # catalogue rows that the model knows …
    known_model_rows: np.ndarray  # … and what the model calls them
    fresh: np.ndarray  # catalogue rows of the newest items that it does not know
    fold_in: Neighbours | None

    def model_rows(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(m,) the model's rows for catalogue rows, and (m,) bool where a similar item stands in.

        An item that the model never saw is represented by its most similar known one; −1 where there is none.
        """
        found = self.model_row[rows]
        unknown = found < 0
        if self.fold_in is None or not unknown.any():
            return found, np.zeros(len(rows), dtype=bool)
        near = self.fold_in
        best = near.weights.argmax(axis=1)[:, None]
        nearest = np.where(near.weights.any(axis=1), np.take_along_axis(near.rows, best, axis=1)[:, 0], -1)
        place = np.searchsorted(self.fresh, rows).clip(max=max(len(self.fresh) - 1, 0))
        folded = unknown & (self.fresh[place] == rows) if len(self.fresh) else np.zeros(len(rows), dtype=bool)
        found = np.where(folded, nearest[place] if len(self.fresh) else -1, found)
        return found.astype(np.int32), unknown & (found >= 0)

    def query(self, query: Query) -> Query:
        """`query` in the model's rows, without what neither the model nor a similar item stands for."""
        rows, _ = self.model_rows(query.items)
        kept = rows >= 0
        return replace(
            query,
            items=rows[kept],
            values=query.values[kept],
            times=query.times[kept],
            exclude=np.zeros(0, dtype=np.int32),
        )

    def scores(self, algorithm: Algorithm, query: Query, catalogue: Catalogue) -> np.ndarray:
        """(n,) float32 in catalogue rows. Unknown items get what their nearest known neighbours got."""
        return self._in_catalogue(algorithm.score(self.query(query)), catalogue)

    def scores_many(self, algorithm: Algorithm, queries: Sequence[Query], catalogue: Catalogue) -> list[np.ndarray]:
        """The same for each query; the algorithm is asked once."""
        known = algorithm.score_many([self.query(query) for query in queries])
        return [self._in_catalogue(row, catalogue) for row in known]

    def _in_catalogue(self, known: np.ndarray, catalogue: Catalogue) -> np.ndarray:
        if len(self.known) == len(catalogue) == len(known):
            return known
        scores = np.full(len(catalogue), known.mean() if len(known) else 0.0, dtype=np.float32)
        scores[self.known] = known[self.known_model_rows]
        if self.fold_in is not None and len(self.fresh):
            scores[self.fresh] = self.fold_in.impute(known)
        return scores


def align(model: Model, catalogue: Catalogue) -> Alignment:
    pks = catalogue.items.ids
    places = np.searchsorted(model.item_ids, pks).clip(max=max(len(model.item_ids) - 1, 0))
    is_known = model.item_ids[places] == pks if len(model.item_ids) else np.zeros(len(pks), dtype=bool)
    model_row = np.where(is_known, places, -1).astype(np.int32)
    known = np.flatnonzero(is_known)
    young = catalogue.created > time.time() - FRESH_DAYS * 86_400
    fresh = np.flatnonzero(~is_known & young & ~catalogue.withdrawn)
    fresh = np.sort(fresh[np.argsort(-catalogue.created[fresh], kind="stable")][:FRESH_MOST])
    fold_in = None
    vectors = catalogue.items.vectors
    if vectors is not None and len(fresh) and len(known):
        in_model_rows = np.zeros((len(model.item_ids), vectors.shape[1]), dtype=np.float32)
        in_model_rows[model_row[known]] = vectors[known]
        fold_in = Neighbours.of(in_model_rows, vectors[fresh])
    return Alignment(model_row, known, model_row[known], fresh, fold_in)


def load(deployment_id: int, artifact: Artifact) -> Model | None:
    """The artifact, tried out with one question; None, and a line in the log, where it cannot answer."""
    try:
        manifest = verify(artifact.path)
        algorithm = registry.algorithm(artifact.algorithm).load(artifact.path)
        with np.load(artifact.path / "items.npz", allow_pickle=False) as arrays:
            item_ids = arrays["item_ids"]
        answer = algorithm.score(Query.of([0], now=time.time()))
        if answer.shape != item_ids.shape:
            raise ValueError(f"It scores {len(answer)} items and names {len(item_ids)}.")
    # Written by another release, or by a plugin with a mistake in it: whatever it raises, the page must answer.
    except Exception:
        logger.exception("Artifact %s cannot be loaded; its placements fall back.", artifact.pk)
        return None
    logger.info("Loaded artifact %s (%s).", artifact.pk, manifest.get("algorithm"))
    return Model(deployment_id, artifact, algorithm, item_ids)
