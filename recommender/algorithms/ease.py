"""EASE: an item-to-item linear model with a closed form (Steck 2019, "Embarrassingly shallow autoencoders")."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from ..contracts import FitOptions
from ..data import Interactions, Items
from .closed_form import add_gram, inverse_in_place, row_blocks
from .histories import incidence
from .parts import most_interacted, spread
from .sparse_linear import SparseLinear
from .sparse_rows import cut_rows


@dataclass(frozen=True)
class EaseConfig:
    """`regularisation`: λ, larger is smoother. `decay`: how much less an event counts than the next newer one.

    `kept`: weights kept a row. `dense_limit`: only that many items, the most interacted ones, are modelled.
    """

    regularisation: float = 200.0
    decay: float = 0.8
    kept: int = 100
    dense_limit: int = 24_000


class Ease(SparseLinear):
    """With G = XᵀX + λI and P = G⁻¹: W_ij = −P_ij / P_jj off the diagonal (equation 8), which makes each item
    the best linear guess from the person's other items. The history fades when scoring.

    Time grows with the cube, memory with the square of the number of items. Beyond `dense_limit` the least
    interacted items get no weights: nobody knows enough about them for this model, and text does better.
    """

    slug = "ease"
    name = {"en": "EASE", "zh-hans": "EASE 线性自编码"}
    told = {"en": "what the same people chose", "zh-hans": "同一批人的选择"}
    summary = {
        "en": "Items that the same people choose; a linear model with a closed form.",
        "zh-hans": "同一批人会选择的物品；具有闭式解的线性模型。",
    }
    Config = EaseConfig
    learning_space = {"regularisation": (10, 30, 60, 100, 200, 400, 800, 1600)}

    def _prepare(self, interactions: Interactions, items: Items) -> tuple[sparse.csr_array, np.ndarray]:
        modelled = most_interacted(interactions, self.config.dense_limit)
        return sparse.csr_array(incidence(interactions)[:, modelled]), modelled

    def _learn(self, prepared: tuple[sparse.csr_array, np.ndarray], options: FitOptions) -> sparse.csr_array:
        config: EaseConfig = self.config
        matrix, modelled = prepared
        gram = np.zeros((len(modelled), len(modelled)), dtype=np.float32)
        add_gram(matrix, 1.0, gram)
        gram[np.diag_indices_from(gram)] += config.regularisation
        options.check("ease: solving", 0.2)
        inverse = inverse_in_place(gram)
        diagonal = inverse.diagonal().copy()
        blocks = []
        for rows in row_blocks(*inverse.shape):
            options.check("ease: cutting", 0.7 + 0.3 * rows.start / len(inverse))
            block = -inverse[rows] / diagonal
            block[np.arange(len(block)), np.arange(rows.start, rows.stop)] = 0.0
            blocks.append(cut_rows(block, config.kept))
        return spread(sparse.vstack(blocks).tocsr(), modelled, self.n_items_)
