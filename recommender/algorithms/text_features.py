"""What item text says, as feature rows whose inner products are similarities."""

from __future__ import annotations

import re

import numpy as np
from scipy import sparse

from ..data import Items

_WORD = re.compile(r"\w+", re.UNICODE)


def tokens(items: Items) -> list[list[str]]:
    """Words of the texts in lower case, and the facets whole (marked, so that no word equals a facet)."""
    n = len(items)
    texts = items.texts if len(items.texts) else [""] * n
    facets = items.facets if len(items.facets) else [()] * n
    return [
        _WORD.findall(text.lower()) + [f"={facet.lower()}" for facet in own]
        for text, own in zip(texts, facets, strict=True)
    ]


def tfidf(items: Items) -> sparse.csr_array:
    """(n_items, vocabulary) float32 TF-IDF rows of unit length (zero rows where nothing is known).

    Term counts are dampened to 1 + log(tf). Words of a single item tell nothing about another item: they
    are left out, and so drop identifiers by themselves, whatever column they come from.
    """
    vocabulary: dict[str, int] = {}
    rows, columns = [], []
    for row, own in enumerate(tokens(items)):
        for token in own:
            rows.append(row)
            columns.append(vocabulary.setdefault(token, len(vocabulary)))
    counts = sparse.csr_array(
        (np.ones(len(rows), dtype=np.float32), (rows, columns)), shape=(len(items), max(1, len(vocabulary)))
    )
    counts.sum_duplicates()
    documents = np.bincount(counts.indices, minlength=counts.shape[1])
    weights = np.where(documents >= 2, np.log(len(items) / np.maximum(1, documents)), 0.0)
    counts.data = ((1 + np.log(counts.data)) * weights[counts.indices]).astype(np.float32)
    counts.eliminate_zeros()
    return normalised(counts)


def whitened(vectors: np.ndarray | None, dimensions: int) -> np.ndarray | None:
    """Text embeddings centred, whitened to the leading `dimensions` and of unit length; None without any.

    Sentence embeddings share a few strong directions that say "a sentence"; whitening takes them out
    (Su et al. 2021, "Whitening sentence representations"). Rows of unknown text stay zero.
    """
    if vectors is None or len(vectors) == 0:
        return None
    known = vectors.any(axis=1)
    if np.count_nonzero(known) < 3:
        return None
    centred = vectors[known] - vectors[known].mean(axis=0)
    values, directions = np.linalg.eigh((centred.T @ centred / len(centred)).astype(np.float64))
    strongest = np.argsort(-values)[:dimensions]
    strongest = strongest[values[strongest] > 1e-6 * values.max()]
    rows = centred @ (directions[:, strongest] / np.sqrt(values[strongest]))
    features = np.zeros((len(vectors), rows.shape[1]), dtype=np.float32)
    features[known] = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return features


def normalised(matrix: sparse.csr_array) -> sparse.csr_array:
    """Rows of unit length; empty rows stay empty."""
    lengths = np.sqrt(matrix.multiply(matrix).sum(axis=1))
    return sparse.csr_array(sparse.diags_array(1 / np.maximum(lengths, 1e-12)) @ matrix, dtype=np.float32)
