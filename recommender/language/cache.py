"""Text vectors kept on disk, so that no text is encoded twice by the same encoder.

One file of equal records per encoder fingerprint: text hash, checksum, vector. Records are only ever
appended, under a lock; a record counts only when its checksum fits, so a write that was torn by a crash
costs that record and nothing else.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

# Vectors are written after so many texts: what an interrupted job can lose, and what stays in memory.
CHUNK = 2048


class TextEncoder(Protocol):
    fingerprint: str
    dimensions: int

    def encode(self, texts: Sequence[str], progress: Callable[[int, int], None] | None = None) -> np.ndarray: ...


def text_hash(text: str) -> str:
    """32 hexadecimal digits (128 bits of sha256)."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


class VectorCache:
    """Vectors by encoder fingerprint and text hash, in the files of `folder`, which is made when needed.

    Any number of processes may read and write at once. Deleting the folder loses nothing but time.
    """

    def __init__(self, folder: Path | str):
        self.folder = Path(folder)

    def get(self, fingerprint: str, dimensions: int, hashes: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """(n,) bool, which of the texts are known, and (n, dimensions) float32, zeros for those that are not."""
        known = np.zeros(len(hashes), dtype=bool)
        vectors = np.zeros((len(hashes), dimensions), dtype=np.float32)
        records = self._read(self._path(fingerprint, dimensions), dimensions)
        if not len(records) or not len(hashes):
            return known, vectors
        keys = np.array(hashes, dtype="S32")
        # Stable, and searched from the right: a record that replaces a damaged one is found before it.
        order = np.argsort(records["key"], kind="stable")
        stored = records["key"][order]
        places = np.searchsorted(stored, keys, side="right") - 1
        for row in np.flatnonzero((places >= 0) & (stored[places] == keys)):
            record = records[order[places[row]]]
            if _checksum(record) == record["checksum"]:
                known[row] = True
                vectors[row] = record["vector"]
        return known, vectors

    def put(self, fingerprint: str, hashes: Sequence[str], vectors: np.ndarray) -> None:
        """Append vectors (n, d) of the texts with these hashes."""
        records = np.zeros(len(hashes), dtype=_record(vectors.shape[1]))
        records["key"] = hashes
        records["vector"] = vectors
        for record in records:
            record["checksum"] = _checksum(record)
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self._path(fingerprint, vectors.shape[1]), "ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            # Cut off what a crash left of a record, so that ours begin where a record begins.
            end = os.fstat(file.fileno()).st_size
            file.truncate(end - end % records.itemsize)
            file.write(records.tobytes())
            file.flush()
            os.fsync(file.fileno())

    def _path(self, fingerprint: str, dimensions: int) -> Path:
        return self.folder / f"{fingerprint}-{dimensions}.vectors"

    def _read(self, path: Path, dimensions: int) -> np.ndarray:
        """The whole records of a file, mapped into memory rather than read."""
        record = _record(dimensions)
        count = path.stat().st_size // record.itemsize if path.is_file() else 0
        return np.memmap(path, record, "r", shape=(count,)) if count else np.zeros(0, record)


def encode_cached(
    encoder: TextEncoder,
    texts: Sequence[str],
    cache: VectorCache,
    progress: Callable[[int, int], None] | None = None,
) -> np.ndarray:
    """`encoder.encode(texts)`, (n, d) float32, but only for texts that the cache does not know.

    `progress(done, total)` counts distinct texts, known ones as done. What was encoded before an
    interruption is kept.
    """
    rows: dict[str, list[int]] = {}
    for row, text in enumerate(texts):
        rows.setdefault(text_hash(text), []).append(row)
    hashes = list(rows)
    known, distinct = cache.get(encoder.fingerprint, encoder.dimensions, hashes)
    missing = np.flatnonzero(~known)
    done = len(hashes) - len(missing)
    for start in range(0, len(missing), CHUNK):
        chunk = missing[start : start + CHUNK]
        before = done + start
        report = progress and (lambda count, _, before=before: progress(before + count, len(hashes)))
        distinct[chunk] = encoder.encode([texts[rows[hashes[place]][0]] for place in chunk], progress=report)
        cache.put(encoder.fingerprint, [hashes[place] for place in chunk], distinct[chunk])
    if progress:
        progress(len(hashes), len(hashes))
    vectors = np.zeros((len(texts), encoder.dimensions), dtype=np.float32)
    for place, key in enumerate(hashes):
        vectors[rows[key]] = distinct[place]
    return vectors


def _record(dimensions: int) -> np.dtype:
    # Little-endian everywhere, so that a cache can be moved between machines.
    return np.dtype([("key", "S32"), ("checksum", "<u4"), ("vector", "<f4", (dimensions,))])


def _checksum(record: np.void) -> int:
    return zlib.crc32(record["vector"].tobytes(), zlib.crc32(record["key"]))
