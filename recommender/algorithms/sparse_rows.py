"""Matrices of item-to-item weights, cut to the largest of each row."""

from __future__ import annotations

import numpy as np
from scipy import sparse


def cut_rows(block: np.ndarray, k: int) -> sparse.csr_array:
    """The k largest values by magnitude of each row of `block` (b, n); zeros are dropped."""
    k = min(k, block.shape[1])
    columns = np.argpartition(-np.abs(block), k - 1, axis=1)[:, :k]
    values = np.take_along_axis(block, columns, axis=1)
    rows = np.repeat(np.arange(len(block)), k)
    cut = sparse.coo_array((values.ravel(), (rows, columns.ravel())), shape=block.shape).tocsr()
    cut.eliminate_zeros()
    return cut


def cut_sparse_rows(matrix: sparse.csr_array, k: int) -> sparse.csr_array:
    """The k largest values by magnitude of each row of a sparse matrix; equal ones go to the lower column."""
    matrix = sparse.csr_array(matrix)
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    order = np.lexsort((matrix.indices, -np.abs(matrix.data), rows))
    place = np.arange(len(order)) - matrix.indptr[rows[order]]
    kept = order[place < k]
    return sparse.csr_array((matrix.data[kept], (rows[kept], matrix.indices[kept])), shape=matrix.shape)
