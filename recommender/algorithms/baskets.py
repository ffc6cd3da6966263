"""What goes into one basket: things that the same person chose within hours of each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from ..contracts import FitOptions
from ..data import Interactions, Items
from .sparse_linear import SparseLinear
from .sparse_rows import cut_sparse_rows


@dataclass(frozen=True)
class BasketsConfig:
    """`hours`: a longer pause ends a basket. `popular`: exponent by which things that go into many baskets are damped.

    `shrinkage`: baskets that a pair must be in before its share is half believed. `kept`: weights kept a row.
    """

    decay: float = 0.8
    hours: float = 24.0
    popular: float = 0.5
    shrinkage: float = 2.0
    kept: int = 50


class Baskets(SparseLinear):
    """W_ij = B_ij / (B_i · B_j^popular) · B_ij / (B_ij + shrinkage) from counts B of baskets that hold i, j, or both.

    The first factor is the confidence of the rule i → j, damped towards its lift as `popular` goes to 1 (Brin et
    al. 1997, "Dynamic itemset counting"); the second keeps a pair that met once from standing above all others.
    """

    slug = "baskets"
    name = {"en": "Bought together", "zh-hans": "搭配购买"}
    told = {"en": "what was bought together", "zh-hans": "常被一起购买的商品"}
    summary = {
        "en": "What goes into one basket with this.",
        "zh-hans": "常与此物放进同一个购物车的物品。",
    }
    Config = BasketsConfig
    learning_space = {"popular": (0.0, 0.25, 0.5, 0.75, 1.0), "hours": (1.0, 6.0, 24.0, 72.0)}

    def _learn(self, prepared: tuple[Interactions, Items], options: FitOptions) -> sparse.csr_array:
        config: BasketsConfig = self.config
        interactions, items = prepared
        options.check("baskets: counting", 0.0)
        holds = baskets(interactions, config.hours * 3600.0)
        together = sparse.coo_array(holds.T @ holds)
        alone = np.maximum(together.tocsr().diagonal(), 1.0)
        pairs = together.row != together.col
        row, column, count = together.row[pairs], together.col[pairs], together.data[pairs]
        weight = count / (alone[row] * alone[column] ** config.popular) * count / (count + config.shrinkage)
        shape = (len(items), len(items))
        return cut_sparse_rows(sparse.csr_array((weight.astype(np.float32), (row, column)), shape=shape), config.kept)


def baskets(interactions: Interactions, pause: float) -> sparse.csr_array:
    """(number of baskets, n_items) float32 of ones. A pause of more than `pause` seconds ends a person's basket."""
    if not len(interactions):
        return sparse.csr_array((0, interactions.n_items), dtype=np.float32)
    new = np.r_[True, (np.diff(interactions.persons) != 0) | (np.diff(interactions.times) > pause)]
    basket = np.cumsum(new) - 1
    holds = sparse.csr_array(
        (np.ones(len(basket), dtype=np.float32), (basket, interactions.items)),
        shape=(int(basket[-1]) + 1, interactions.n_items),
    )
    holds.sum_duplicates()
    holds.data[:] = 1.0
    return holds
