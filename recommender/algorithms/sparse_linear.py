"""What all item-to-item algorithms share: a sparse matrix of weights and a history that fades.

Each event of the past speaks for other items through its row of the matrix W, the more the newer it is:

    score = Σ_j value_j · decay^age_j · W[item_j],   age 0 being the newest event.

Rows are cut to their largest weights, so that a request touches a few thousand numbers whatever the
size of the catalogue, and every contribution of an event to a score can be read off exactly.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
from scipy import sparse

from ..contracts import Algorithm, FitOptions
from ..data import Explanation, Interactions, Items, Query
from .parts import Part
from .progress import between
from .ranks import validation_ndcg
from .tuning import Space, climb, sample

#: An event that has faded below this share of the newest one is not looked up any more.
_FADED = 1e-4

#: Questions times items that one look at validation may score; above it, questions are sampled.
_SEARCH_CELLS = 3 * 10**8

#: Catalogues up to this size are searched as a whole after a part of them.
_WHOLE_ITEMS = 14_000

#: How often all settings are gone through: a second time, since one setting moves the best of another.
_ROUNDS = 2

#: Of the progress bar, after each setting that was tried.
_SHARE_LEFT = 0.93


class SparseLinear(Algorithm):
    """Base of the item-to-item algorithms. A subclass writes `_prepare` and `_learn`; its Config has `decay`.

    With `options.validation`, settings are searched: those of `scoring_space`, which only `score` reads, and
    those of `learning_space`, which need learning again; both map a setting to candidates in ascending order.
    Learning from many items is dear to repeat: above `search_items`, the second kind is searched on the
    `search_items` most interacted ones. What is found there is then compared with the settings from before on
    the whole catalogue, where only `whole_space` is searched, and that only up to `_WHOLE_ITEMS`.
    """

    scoring_space: ClassVar[Space] = {"decay": (0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.97, 1.0)}
    learning_space: ClassVar[Space] = {}
    whole_space: ClassVar[Space] = {}
    search_items: ClassVar[int] = 4_000

    indptr_: np.ndarray  # (n_items + 1,) int64: row i of W is indptr_[i]:indptr_[i + 1] of the next two
    indices_: np.ndarray  # int32: items that row i speaks for, ascending
    data_: np.ndarray  # float32: how strongly

    def _prepare(self, interactions: Interactions, items: Items) -> Any:
        """Whatever `_learn` needs that no setting of `learning_space` changes."""
        return interactions, items

    @abstractmethod
    def _learn(self, prepared: Any, options: FitOptions) -> sparse.csr_array:
        """W (n_items, n_items) for the settings in `self.config`, rows already cut."""

    def _fit(self, interactions: Interactions, items: Items, options: FitOptions) -> None:
        options.check(f"{self.slug}: preparing", 0.0)
        if options.validation is None or len(options.validation) == 0:
            self._keep(self._learn(self._prepare(interactions, items), options))
        elif len(items) > self.search_items:
            found = self._config_from_part(interactions, items, between(options, 0.0, 0.5))
            options = between(options, 0.5, 1.0)
            space = self.whole_space if len(items) <= _WHOLE_ITEMS else {}
            self._search(self._prepare(interactions, items), space, options, found)
        else:
            self._search(self._prepare(interactions, items), self.learning_space, options)
        options.check(f"{self.slug}: done", 1.0)

    def _config_from_part(self, interactions: Interactions, items: Items, options: FitOptions) -> Any:
        """The config that a search on `search_items` of the items finds."""
        part = Part.of(interactions, options.validation, self.search_items)
        if len(part.validation) == 0:
            return self.config
        small = type(self)(self.config)
        small.fit(part.interactions, items.take(part.rows), replace(options, validation=part.validation))
        return small.config

    def _search(self, prepared: Any, space: Space, options: FitOptions, proposed: Any = None) -> None:
        """Choose settings on validation and leave the winner's weights in place.

        `proposed` is a config that must show here that it beats the present one.
        """
        questions = sample(options.validation, _SEARCH_CELLS // self.n_items_, options.seed)
        learned: dict[Any, sparse.csr_array] = {}
        measured: dict[Any, np.ndarray] = {}

        def pace() -> FitOptions:
            # Nobody knows how many settings will be tried: each takes the same share of what is left.
            return between(options, 1 - _SHARE_LEFT ** len(measured), 1 - _SHARE_LEFT ** (len(measured) + 1))

        def use(config: Any) -> None:
            self.config = config
            key = replace(config, **{name: candidates[0] for name, candidates in self.scoring_space.items()})
            if key not in learned:
                learned[key] = self._learn(prepared, pace())
            self._keep(learned[key])

        def measure(config: Any) -> np.ndarray:
            if config not in measured:
                use(config)
                measured[config] = validation_ndcg(self, questions)
                pace().check(f"{self.slug}: settings", 0.0, ndcg=float(measured[config].mean()))
            return measured[config]

        found = climb(self.config, self.scoring_space, measure)
        if proposed is not None:
            proposed = climb(proposed, self.scoring_space, measure)
            found = proposed if measure(proposed).mean() > measure(found).mean() else found
        for _ in range(_ROUNDS if space else 0):
            found = climb(found, {**space, **self.scoring_space}, measure)
        use(found)

    def _keep(self, weights: sparse.csr_array) -> None:
        weights = sparse.csr_array(weights)
        weights.sort_indices()
        self.indptr_ = weights.indptr.astype(np.int64)
        self.indices_ = weights.indices.astype(np.int32)
        self.data_ = weights.data.astype(np.float32)

    def _event_weights(self, query: Query) -> np.ndarray:
        """(m,) how much each event of the past counts now."""
        fading = self.config.decay ** np.arange(len(query.items) - 1, -1, -1)
        return query.values * np.where(fading < _FADED, 0.0, fading)

    def touched(self, query: Query) -> tuple[np.ndarray, np.ndarray]:
        """(t,) item rows and (t,) float64 scores other than 0; all other items score 0."""
        sums = self._sums(query)
        items = np.flatnonzero(sums != 0)  # the comparison makes it four times as fast
        return items, sums[items]

    def _score(self, query: Query) -> np.ndarray:
        return self._sums(query).astype(np.float32)

    def _sums(self, query: Query) -> np.ndarray:
        """(n_items,) float64 scores."""
        weights = self._event_weights(query)
        heard = np.flatnonzero(weights)
        rows = query.items[heard]
        starts = self.indptr_[rows]
        lengths = self.indptr_[rows + 1] - starts
        # Positions of all the rows' entries, one row after the other, without a loop in Python.
        ends = np.cumsum(lengths)
        entries = np.repeat(starts - ends + lengths, lengths) + np.arange(ends[-1] if len(ends) else 0)
        said = self.data_[entries] * np.repeat(weights[heard], lengths)
        return np.bincount(self.indices_[entries], weights=said, minlength=self.n_items_)

    def _score_many(self, queries: Sequence[Query]) -> np.ndarray:
        scores = np.empty((len(queries), self.n_items_), dtype=np.float32)
        for row, query in zip(scores, queries, strict=True):
            row[:] = self._score(query)
        return scores

    def _explain(self, query: Query, item: int) -> Explanation:
        contributions = self._event_weights(query) * np.array([self._weight(row, item) for row in query.items])
        return Explanation(item, float(self._score(query)[item]), 0.0, contributions.astype(np.float64))

    def _weight(self, source: int, item: int) -> float:
        row = slice(self.indptr_[source], self.indptr_[source + 1])
        place = np.searchsorted(self.indices_[row], item)
        found = place < len(self.indices_[row]) and self.indices_[row][place] == item
        return float(self.data_[row][place]) if found else 0.0
