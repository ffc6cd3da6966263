"""What everybody likes lately: the honest baseline, and the answer for strangers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..contracts import Algorithm, FitOptions
from ..data import Explanation, Interactions, Items, Query
from .ranks import validation_ndcg

_DAY = 86_400.0


@dataclass(frozen=True)
class PopularityConfig:
    """`half_life`: days after which an event counts half; None counts all events alike."""

    half_life: float | None = None


class Popularity(Algorithm):
    """score = log(1 + Σ value · 2^(−age / half_life)) over all events of the item; the same for everybody.

    The logarithm changes no ranking, and makes popularity a well-behaved member of a blend.
    """

    slug = "popularity"
    name = {"en": "Popularity", "zh-hans": "热门程度"}
    told = {"en": "what many people chose", "zh-hans": "许多人的选择"}
    summary = {
        "en": "What most people chose lately; the same for everybody.",
        "zh-hans": "近期多数人的选择，对所有人相同。",
    }
    Config = PopularityConfig
    half_lives = (None, 365.0, 120.0, 60.0, 30.0, 14.0, 7.0, 3.0, 1.0)  # tried on validation

    logarithms_: np.ndarray  # (n_items,) float32

    def _fit(self, interactions: Interactions, items: Items, options: FitOptions) -> None:
        def measure(config: PopularityConfig) -> float:
            self._count(interactions, config)
            return float(validation_ndcg(self, options.validation).mean())

        if options.validation is not None and len(options.validation):
            candidates = [PopularityConfig(half_life) for half_life in self.half_lives]
            self.config = max([self.config, *candidates], key=measure)
        self._count(interactions, self.config)
        options.check("count", 1.0)

    def _count(self, interactions: Interactions, config: PopularityConfig) -> None:
        weights = interactions.values.astype(np.float64)
        if config.half_life is not None and len(interactions):
            ages = (interactions.times.max() - interactions.times) / _DAY
            weights = weights * 2 ** (-ages / config.half_life)
        counts = np.bincount(interactions.items, weights=weights, minlength=self.n_items_)
        self.logarithms_ = np.log1p(counts).astype(np.float32)

    def _score(self, query: Query) -> np.ndarray:
        return self.logarithms_

    def _score_many(self, queries: Sequence[Query]) -> np.ndarray:
        return np.tile(self.logarithms_, (len(queries), 1))

    def _explain(self, query: Query, item: int) -> Explanation:
        score = float(self.logarithms_[item])
        return Explanation(item, score, score, np.zeros(len(query.items)))
