"""Several algorithms, each brought to one scale per person, weighed by what validation says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import numpy as np

from ..contracts import Algorithm, FitOptions
from ..data import Explanation, Interactions, Items, Query
from . import algorithm_class
from .blend_weights import Candidates, fit_weights
from .progress import between
from .sparse_linear import SparseLinear


@dataclass(frozen=True)
class BlendConfig:
    """`members`: slugs of the algorithms; `weights`: one for each; `settings`: their configs by slug.

    A member of weight 0 is not fitted, unless there is validation to give it another weight.
    """

    members: tuple[str, ...] = ("next-item", "graph", "ease", "content", "popularity")
    weights: tuple[float, ...] = (1.0, 0.0, 0.0, 0.15, 0.05)
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.members) != len(self.weights) or len(set(self.members)) != len(self.members):
            raise ValueError("A blend needs one weight for each of its members, and each member once.")


class Blend(Algorithm):
    """score = Σ_m weight_m · (f(s_m) − mean) / deviation, over the items, for each person anew.

    f is the signed square root for members whose scores are mostly 0, the identity for others. A member that
    gives all items the same score has nothing to say and counts 0; so strangers get popularity alone.
    With `options.validation`, first the members choose their settings, then the weights are fitted, both on
    validation only; `config` holds the result, so that a refit without validation repeats it.
    """

    slug = "blend"
    name = {"en": "Blend", "zh-hans": "融合"}
    summary = {
        "en": "All algorithms together, each weighed by how much it helps.",
        "zh-hans": "综合全部算法，按各自的贡献加权。",
    }
    Config = BlendConfig

    members_: list[tuple[float, Algorithm]]  # those with a weight other than 0

    def _fit(self, interactions: Interactions, items: Items, options: FitOptions) -> None:
        config: BlendConfig = self.config
        validation = options.validation if options.validation is not None and len(options.validation) else None
        wanted = [
            slug
            for slug, weight in zip(config.members, config.weights, strict=True)
            if weight or validation is not None
        ]
        fitted, steps = {}, len(wanted) + 1
        for number, slug in enumerate(wanted):
            algorithm = algorithm_class(slug)
            member = algorithm(algorithm.configure(config.settings.get(slug, {})))
            fitted[slug] = member.fit(interactions, items, between(options, number / steps, (number + 1) / steps))
        if validation is not None:
            self.config = self._weighed(fitted, options)
        self.members_ = [
            (weight, fitted[slug]) for slug, weight in zip(config.members, self.config.weights, strict=True) if weight
        ]
        options.check("blend: done", 1.0)

    def _weighed(self, fitted: Mapping[str, Algorithm], options: FitOptions) -> BlendConfig:
        """The config with the members' settings and the weights that validation asks for."""
        options.check("blend: weighing", len(fitted) / (len(fitted) + 1))
        candidates = Candidates.of(list(fitted.values()), add_standardised, options.validation, options.seed)
        weights = fit_weights(candidates, self.config.weights, between(options, len(fitted) / (len(fitted) + 1), 1.0))
        # Through JSON, so that the config equals what a saved one gives back.
        settings = json.loads(json.dumps({slug: member.settings() for slug, member in fitted.items()}))
        return replace(self.config, weights=weights, settings=settings)

    def _score(self, query: Query) -> np.ndarray:
        total = np.zeros(self.n_items_, dtype=np.float32)
        for weight, member in self.members_:
            add_standardised(member, query, weight, total)
        return total

    def _explain(self, query: Query, item: int) -> Explanation:
        """Exact where the members' explanations are: standardising is affine for each person, and the
        square root of a sum is shared out in proportion to its parts."""
        base, contributions, exact = 0.0, np.zeros(len(query.items)), True
        shares = {}
        for weight, member in self.members_:
            told = member.explain(query, item)
            values = spread_out(member, member.score(query))
            mean, deviation = float(values.mean()), float(values.std())
            if deviation <= _NO_DEVIATION:
                continue
            stretch = float(values[item]) / told.score if told.score else 0.0
            base += weight * (stretch * told.base - mean) / deviation
            contributions += weight * stretch / deviation * told.contributions
            exact = exact and told.exact
            shares[member.slug] = abs(weight * (float(values[item]) - mean) / deviation)
        total = sum(shares.values())
        sources = {slug: share / total if total else 0.0 for slug, share in shares.items()}
        return Explanation(item, float(self._score(query)[item]), base, contributions, exact, sources)

    def save(self, folder: Path) -> None:
        """As every algorithm, and each member in a folder of its own."""
        super().save(folder)
        for _, member in self.members_:
            own = folder / member.slug
            own.mkdir()
            member.save(own)

    @classmethod
    def load(cls, folder: Path) -> Self:
        blend = super().load(folder)
        blend.members_ = [
            (weight, algorithm_class(slug).load(folder / slug))
            for slug, weight in zip(blend.config.members, blend.config.weights, strict=True)
            if weight
        ]
        return blend


#: Scores that differ by less than this are all the same.
_NO_DEVIATION = 1e-6


def add_standardised(member: Algorithm, query: Query, weight: float, out: np.ndarray) -> None:
    """Add weight · (f(s) − mean) / deviation of one member's scores to `out` (n_items,); nothing if they are constant.

    Members whose scores are mostly 0 are summed up over the others alone, which is what keeps a request short.
    """
    n = len(out)
    items, values = member.touched(query) if _is_sparse(member) else (slice(None), member.score(query))
    values = spread_out(member, values)
    mean = float(values.sum()) / n
    deviation = float(np.sqrt(max(0.0, float(values @ values) / n - mean * mean)))
    if deviation <= _NO_DEVIATION:
        return
    out[items] += (weight / deviation * values).astype(np.float32)
    out -= np.float32(weight * mean / deviation)


def spread_out(member: Algorithm, scores: np.ndarray) -> np.ndarray:
    """f: the signed square root takes the long tail off scores that are mostly 0."""
    return np.copysign(np.sqrt(np.abs(scores)), scores) if _is_sparse(member) else scores


def _is_sparse(member: Algorithm) -> bool:
    return isinstance(member, SparseLinear)
