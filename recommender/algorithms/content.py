"""Items that say something alike: nearest neighbours by text, without anybody's behaviour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from ..contracts import FitOptions
from ..data import Interactions, Items
from .closed_form import row_blocks
from .sparse_linear import SparseLinear
from .sparse_rows import cut_rows
from .text_features import tfidf, whitened


@dataclass(frozen=True)
class ContentConfig:
    """`words`: share of the similarity that comes from shared words, the rest from text embeddings.

    `dimensions`: of the whitened embeddings. `kept`: neighbours an item.
    """

    decay: float = 0.8
    words: float = 0.5
    dimensions: int = 256
    kept: int = 100


class Content(SparseLinear):
    """W_ij = words · cosine of TF-IDF + (1 − words) · cosine of whitened text embeddings, the largest a row.

    Needs no behaviour, so new items are equals. Where items have no vectors, words decide alone, and the
    other way round; without any text all scores are 0.
    """

    slug = "content"
    name = {"en": "Content", "zh-hans": "内容相似"}
    told = {"en": "what it is about", "zh-hans": "内容是否相近"}
    summary = {
        "en": "Items whose text reads alike; works for items that nobody has touched.",
        "zh-hans": "文字内容相近的物品；对无人问津的新物品同样有效。",
    }
    Config = ContentConfig
    learning_space = {"words": (0.0, 0.15, 0.3, 0.5, 0.7, 0.85, 1.0)}

    def _prepare(self, interactions: Interactions, items: Items) -> tuple[sparse.csr_array, np.ndarray | None]:
        return tfidf(items), whitened(items.vectors, self.config.dimensions)

    def _learn(self, prepared: tuple[sparse.csr_array, np.ndarray | None], options: FitOptions) -> sparse.csr_array:
        config: ContentConfig = self.config
        words, meaning = prepared
        transposed = sparse.csr_array(words.T)
        blocks = []
        for rows in row_blocks(self.n_items_, self.n_items_):
            options.check("content: comparing", rows.start / self.n_items_)
            block = config.words * (words[rows] @ transposed).toarray()
            if meaning is not None:
                block += (1 - config.words) * (meaning[rows] @ meaning.T)
            block[np.arange(len(block)), np.arange(rows.start, rows.stop)] = 0.0
            blocks.append(cut_rows(np.maximum(block, 0.0), config.kept))
        return sparse.csr_array(sparse.vstack(blocks), dtype=np.float32)
