"""Who opened this also opened that: the share of a book's readers who share another book."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from recommender.contracts import Algorithm, FitOptions
from recommender.data import Explanation, Interactions, Items, Query


@dataclass(frozen=True)
class TogetherConfig:
    """`shrinkage`: readers that a book must have before its pairs are believed halfway.

    `popularity`: how much a book's own popularity counts; it answers those who have no past.
    """

    shrinkage: float = 2.0
    popularity: float = 1e-3


class Together(Algorithm):
    """score(j) = popularity(j) + Σ over events i: value · readers of both i and j / (readers of i + shrinkage)."""

    slug = "books-together"
    name: Mapping[str, str] = {"en": "Read together", "zh-hans": "一起读"}
    summary: Mapping[str, str] = {
        "en": "Recommends what the readers of somebody's books also read.",
        "zh-hans": "推荐读过同样图书的人还读过的书。",
    }
    Config = TogetherConfig

    def _fit(self, interactions: Interactions, items: Items, options: FitOptions) -> None:
        options.check("counting", 0.0)
        # Dense, for some thousand items; scipy.sparse holds more.
        reads = np.zeros((interactions.n_persons, len(items)), dtype=np.float32)
        reads[interactions.persons, interactions.items] = 1.0
        together = reads.T @ reads  # (n_items, n_items): readers of both
        readers = together.diagonal().copy()
        np.fill_diagonal(together, 0.0)
        self.shares_ = together / (readers + self.config.shrinkage)[:, None]
        self.popularity_ = self.config.popularity * readers / max(readers.max(), 1.0)
        options.check("counting", 1.0)

    def _score(self, query: Query) -> np.ndarray:
        return self.popularity_ + query.values @ self.shares_[query.items]

    def _explain(self, query: Query, item: int) -> Explanation:
        contributions = (query.values * self.shares_[query.items, item]).astype(np.float64)
        base = float(self.popularity_[item])
        return Explanation(item, base + float(contributions.sum()), base, contributions)
