"""The catalogue's labels as vectors, so that a word which nothing is called finds the label nearest to it.

A worker reads the labels beside the items; web processes only look them up.
"""

from __future__ import annotations

import logging
import os
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from django.conf import settings

from catalog.models import Item, Storefront
from catalog.schema import schema_for

from ..models import LiveEncoder

logger = logging.getLogger(__name__)

MOST_LABELS = 2_000  # the most frequent ones


@dataclass(frozen=True)
class LabelVectors:
    """`vectors[i]` (d,) float32 of unit length belongs to the label keys[i], a field and a value."""

    keys: tuple[tuple[str, str], ...]
    vectors: np.ndarray

    def near(self, vector: np.ndarray, count: int) -> list[tuple[tuple[str, str], float]]:
        """The `count` labels with the greatest cosine, best first."""
        cosines = self.vectors @ vector
        return [(self.keys[place], float(cosines[place])) for place in np.argsort(-cosines, kind="stable")[:count]]


def labels_embed(storefront: Storefront, fingerprint: str, encode: Callable[[Sequence[str]], np.ndarray]) -> int:
    """Let a worker's encoder read the storefront's labels. Returns how many there are.

    `encode(texts)`: (n, d) float32 rows of unit length, of the encoder with this fingerprint.
    """
    schema = {field.name: field for field in schema_for(storefront.vertical) if not field.sensitive}
    choices = [name for name, field in schema.items() if field.type == "choice"]
    counts: Counter[tuple[str, str]] = Counter()
    rows = Item.objects.filter(storefront=storefront, withdrawn=False)
    for categories, tags, attributes in rows.values_list("categories", "tags", "attributes").iterator(2000):
        counts.update(("category", value) for value in categories)
        counts.update(("tag", value) for value in tags)
        counts.update((name, str(attributes[name])) for name in choices if attributes.get(name) is not None)
    keys = [key for key, _count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:MOST_LABELS]]
    texts = [schema[name].choice_label(value, "en") if name in schema else value for name, value in keys]
    path = _path(fingerprint, storefront.pk)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Written aside and renamed: a web process must never read half of it.
    aside = path.with_name(f".{uuid.uuid4().hex}.npz")
    vectors = encode(texts).astype(np.float32) if texts else np.zeros((0, 1), dtype=np.float32)
    names, values = (np.array(column, dtype=np.str_) for column in (zip(*keys, strict=True) if keys else ((), ())))
    np.savez(aside, names=names, values=values, vectors=vectors)
    os.replace(aside, path)
    _kept.pop(path, None)
    return len(keys)


def labels_of(encoder: LiveEncoder, storefront_id: int) -> LabelVectors | None:
    """What `labels_embed` wrote last; None where no worker has, or it cannot be read."""
    path = _path(encoder.fingerprint, storefront_id)
    try:
        written = path.stat().st_mtime_ns
    except OSError:
        return None
    kept = _kept.get(path)
    if kept is None or kept[0] != written:
        kept = _kept[path] = (written, _load(path))
    return kept[1]


def _load(path: Path) -> LabelVectors | None:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            keys = tuple(zip(arrays["names"].tolist(), arrays["values"].tolist(), strict=True))
            return LabelVectors(keys, arrays["vectors"]) if keys else None
    # Cut short by a full disk, or of another release: wishes are understood without it.
    except Exception:
        logger.exception("The labels in %s cannot be read; embed the items again.", path)
        return None


def _path(fingerprint: str, storefront_id: int) -> Path:
    return settings.VAR_DIR / "labels" / fingerprint / f"{storefront_id}.npz"


_kept: dict[Path, tuple[int, LabelVectors | None]] = {}
