"""What people chose next, and what came after that: a two-hop walk over transitions, nothing trained."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from ..contracts import FitOptions
from ..data import Interactions, Items
from .closed_form import row_blocks
from .histories import transitions
from .sparse_linear import SparseLinear
from .sparse_rows import cut_rows, cut_sparse_rows


@dataclass(frozen=True)
class GraphConfig:
    """`backward`: how much a step back in time counts beside one forward. `two_hops`: weight of the second hop.

    `popular`: exponent by which transitions to much visited items are damped. `gap_decay`, `reach`: what an
    event counts that came later than next, and how much later it may be. `kept`: weights kept a row.
    """

    decay: float = 0.65
    backward: float = 0.25
    two_hops: float = 1.0
    popular: float = 0.25
    gap_decay: float = 0.6
    reach: int = 4
    kept: int = 100


class Graph(SparseLinear):
    """T_ij = C_ij / (Σ_j C_ij)^½ (Σ_i C_ij)^popular from transition counts C; W = T + two_hops · T T.

    The second hop finds items that nobody chose right after this one, through a third item that
    both go with.
    """

    slug = "graph"
    name = {"en": "Transition graph", "zh-hans": "行为转移图"}
    told = {"en": "what people went on to", "zh-hans": "人们接下来的选择"}
    summary = {
        "en": "What people went on to after this, directly or through one step between.",
        "zh-hans": "人们在此之后直接或经一步间接选择的物品。",
    }
    Config = GraphConfig
    learning_space = {
        "two_hops": (0.0, 0.1, 0.2, 0.5, 1.0, 2.0),
        "popular": (0.0, 0.25, 0.5, 0.75),
        "backward": (0.0, 0.25, 0.5, 0.75, 1.0),
        "gap_decay": (0.3, 0.45, 0.6, 0.75, 0.9),
    }

    def _learn(self, prepared: tuple[Interactions, Items], options: FitOptions) -> sparse.csr_array:
        config: GraphConfig = self.config
        interactions, items = prepared
        forward = transitions(interactions, config.gap_decay, config.reach)
        counts = sparse.csr_array(forward + config.backward * forward.T)
        out = np.maximum(np.asarray(counts.sum(axis=1)), 1e-12) ** -0.5
        into = np.maximum(np.asarray(counts.sum(axis=0)), 1e-12) ** -config.popular
        one = cut_sparse_rows(sparse.diags_array(out) @ counts @ sparse.diags_array(into), config.kept)
        blocks = []
        for rows in row_blocks(len(items), len(items)):
            options.check("graph: second hop", rows.start / len(items))
            both = (one[rows] + config.two_hops * (one[rows] @ one)).toarray()
            # Two hops lead back home, but an item says nothing about itself.
            both[np.arange(len(both)), np.arange(rows.start, rows.stop)] = 0.0
            blocks.append(cut_rows(both, config.kept))
        return sparse.csr_array(sparse.vstack(blocks), dtype=np.float32)
