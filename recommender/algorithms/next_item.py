"""The linear next-item model with a text kernel: the strongest and cheapest single algorithm in here.

A member of the SLIST and SLIT family (Choi et al. 2021, "Session-aware linear item-item models") with item
text as side information (as in CEASE, Jeunen et al. 2020).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from ..contracts import FitOptions
from ..data import Interactions, Items, Query
from .closed_form import inverse_in_place, row_blocks
from .evidence import Evidence
from .parts import beyond, most_interacted, spread
from .sparse_linear import SparseLinear
from .sparse_rows import cut_rows

#: From this share of entries on, a matrix is multiplied faster as a dense one.
_DENSE = 0.1


@dataclass(frozen=True)
class NextItemConfig:
    """`regularisation`: λ. `together`: γ, how much plain co-occurrence counts beside order.

    `past_decay`: how much less an event counts in training than the next newer one; `future_decay`, `reach`:
    the same for the events to come, and how many of them are looked at. `words`, `meaning`: strength of
    the kernels of words and facets (TF-IDF) and of text embeddings (whitened to `dimensions`). `decay`:
    fading of the history when scoring. `evenness`: 0 lets items that much is known of speak louder, 1 gives
    each row of weights the same length. `kept`: weights kept a row. `dense_limit`: only that many items,
    the most interacted ones, are modelled.
    """

    regularisation: float = 120.0
    together: float = 0.3
    past_decay: float = 0.5
    future_decay: float = 0.5
    reach: int = 5
    words: float = 4.0
    meaning: float = 2.0
    dimensions: int = 256
    decay: float = 0.65
    evenness: float = 0.5
    kept: int = 50
    dense_limit: int = 24_000


class NextItem(SparseLinear):
    """One training row for each prefix of each history: P holds the past, fading, Y the next events, fading
    too; X is the plain person × item matrix; K is what text says about how alike items are.

        M = (PᵀP + γ XᵀX + K + λI)⁻¹        W = M (PᵀY + γ XᵀX + K)

    and then a zero diagonal as in EASE, W_ij −= M_ij · W_jj / M_jj, so that no item explains itself. Since
    γ XᵀX + K = M⁻¹ − PᵀP − λI, the dense product is not needed: W = I − λM + M Pᵀ(Y − P), whose last factor
    is sparse.

    Time grows with the cube, memory with the square of the number of items: 12,000 items take 35 s on one
    core and 1.3 GB, 24,000 items 5 minutes and 3 GB. Beyond `dense_limit`, only the most interacted items are
    solved for; weights from and to the others are those of the transition graph, brought to the same scale.
    """

    slug = "next-item"
    name = {"en": "Next item", "zh-hans": "下一物品线性模型"}
    told = {"en": "what people went on to", "zh-hans": "人们接下来的选择"}
    summary = {
        "en": "What comes next after such a history, learned from order, co-occurrence and text together.",
        "zh-hans": "综合行为顺序、共现与文字内容，预测接下来会选择的物品。",
    }
    Config = NextItemConfig
    scoring_space = {**SparseLinear.scoring_space, "evenness": (0.0, 0.25, 0.5, 0.75, 1.0)}
    learning_space = {
        "regularisation": (2.0, 5.0, 10.0, 20.0, 40.0, 80.0, 120.0, 200.0, 400.0, 800.0),
        "words": (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0),
        "meaning": (0.0, 0.5, 1.0, 2.0, 4.0, 8.0),
        "together": (0.0, 0.1, 0.3, 1.0, 3.0),
        "past_decay": (0.3, 0.4, 0.5, 0.6, 0.75, 0.9),
        "future_decay": (0.3, 0.5, 0.7, 0.85),
    }
    whole_space = {"regularisation": learning_space["regularisation"]}

    lengths_: np.ndarray  # (n_items,) float32: of the rows of W, 1 where a row is empty

    def _prepare(self, interactions: Interactions, items: Items) -> Evidence:
        modelled = most_interacted(interactions, self.config.dense_limit)
        return Evidence(interactions, items, modelled, self.config.dimensions)

    def _learn(self, prepared: Evidence, options: FitOptions) -> sparse.csr_array:
        config, evidence = self.config, prepared
        kernel = np.zeros((len(evidence.modelled), len(evidence.modelled)), dtype=np.float32)
        evidence.add_order(kernel, config.past_decay)
        evidence.add_together(kernel, config.together)
        evidence.add_words(kernel, config.words)
        evidence.add_meaning(kernel, config.meaning)
        kernel[np.diag_indices_from(kernel)] += config.regularisation
        options.check("next item: solving", 0.2)
        inverse = inverse_in_place(kernel)
        options.check("next item: multiplying", 0.7)
        ahead = evidence.ahead(config.past_decay, config.future_decay, config.reach)
        weights = spread(self._weights(inverse, ahead, options), evidence.modelled, self.n_items_)
        if len(evidence.modelled) == self.n_items_:
            return weights
        return beyond(weights, evidence.modelled, evidence.walks(), config.kept)

    def _keep(self, weights: sparse.csr_array) -> None:
        super()._keep(weights)
        lengths = np.sqrt(weights.multiply(weights).sum(axis=1))
        self.lengths_ = np.where(lengths > 0, lengths, 1).astype(np.float32)

    def _event_weights(self, query: Query) -> np.ndarray:
        """An item with strong weights must not drown the others of the history: rows are evened out."""
        return super()._event_weights(query) * self.lengths_[query.items] ** -self.config.evenness

    def _weights(self, inverse: np.ndarray, ahead: sparse.csr_array, options: FitOptions) -> sparse.csr_array:
        """W of the class docstring from M and Pᵀ(Y − P), with its zero diagonal, cut row by row."""
        regularisation = self.config.regularisation
        entries = sparse.coo_array(ahead)
        products = entries.data * inverse[entries.row, entries.col]
        diagonal = inverse.diagonal()
        own = 1 - regularisation * diagonal + np.bincount(entries.col, weights=products, minlength=len(inverse))
        # −λM and the correction of the diagonal both scale the columns of M: one pass does both.
        scales = (regularisation + own / diagonal).astype(np.float32)
        right = ahead.toarray() if ahead.nnz > _DENSE * np.prod(ahead.shape) else ahead
        blocks = []
        for rows in row_blocks(*inverse.shape):
            options.check("next item: multiplying", 0.7 + 0.3 * rows.start / len(inverse))
            block = inverse[rows] @ right - inverse[rows] * scales
            block[np.arange(len(block)), np.arange(rows.start, rows.stop)] = 0.0
            blocks.append(cut_rows(block, self.config.kept))
        return sparse.csr_array(sparse.vstack(blocks))
