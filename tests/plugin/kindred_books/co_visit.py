"""Who opened this also opened that: the share of an item's readers who share another item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from recommender.contracts import Algorithm, FitOptions
from recommender.data import Explanation, Interactions, Items, Query

POPULARITY = 1e-3  # breaks ties, and answers those without a history


@dataclass(frozen=True)
class CoVisitConfig:
    """`shrinkage`: readers that an item must have before its pairs are believed halfway."""

    shrinkage: float = 2.0


class CoVisit(Algorithm):
    """score(j) = popularity(j) + Σ over events i: value · readers of both i and j / (readers of i + shrinkage)."""

    slug = "co-visit"
    name: Mapping[str, str] = {"en": "Co-visitation", "zh-hans": "共同访问"}
    summary: Mapping[str, str] = {
        "en": "Recommends what the readers of somebody's books also read.",
        "zh-hans": "推荐读过同样图书的人还读过的书。",
    }
    Config = CoVisitConfig

    def _fit(self, interactions: Interactions, items: Items, options: FitOptions) -> None:
        options.check("counting", 0.0)
        readers = np.zeros((interactions.n_persons, len(items)), dtype=np.float32)
        readers[interactions.persons, interactions.items] = 1.0
        together = readers.T @ readers
        counts = together.diagonal().copy()
        np.fill_diagonal(together, 0.0)
        self.shares_ = together / (counts + self.config.shrinkage)[:, None]
        self.popularity_ = POPULARITY * counts / max(counts.max(), 1.0)
        options.check("counting", 1.0)

    def _score(self, query: Query) -> np.ndarray:
        return self.popularity_ + query.values @ self.shares_[query.items]

    def _explain(self, query: Query, item: int) -> Explanation:
        contributions = (query.values * self.shares_[query.items, item]).astype(np.float64)
        base = float(self.popularity_[item])
        return Explanation(item, base + float(contributions.sum()), base, contributions)
