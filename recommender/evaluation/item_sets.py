"""Sets of row ids in a few bytes each, exact, that can be added together: which items were shown on a day."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

import numpy as np


def pack(ids: Iterable[int] | np.ndarray) -> bytes:
    """Differences of the sorted ids, compressed: about a byte an id where the ids lie close together."""
    array = np.unique(np.fromiter(ids, dtype="<i8") if not isinstance(ids, np.ndarray) else ids.astype("<i8"))
    return zlib.compress(np.diff(array, prepend=0).astype("<i8").tobytes(), 1) if len(array) else b""


def unpack(packed: bytes) -> np.ndarray:
    """The sorted ids, (n,) int64."""
    if not packed:
        return np.zeros(0, dtype=np.int64)
    return np.cumsum(np.frombuffer(zlib.decompress(bytes(packed)), dtype="<i8"))


def union_size(packed: Iterable[bytes]) -> int:
    """How many ids there are in any of the sets. Marks them on one stretch: linear in the ids, unlike sorting."""
    sets = [one for one in map(unpack, packed) if len(one)]
    if not sets:
        return 0
    low, high = min(int(one[0]) for one in sets), max(int(one[-1]) for one in sets)
    marks = np.zeros(high - low + 1, dtype=bool)
    for one in sets:
        marks[one - low] = True
    return int(marks.sum())


def common(first: bytes, second: bytes) -> int:
    """How many ids are in both sets."""
    return len(np.intersect1d(unpack(first), unpack(second), assume_unique=True))
