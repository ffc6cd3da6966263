"""How one history and several items become one row of tokens, the same in training and in the web process.

A row is prefix, history, separator, and then each item with a separator of its own:

    [CLS] history [SEP]  item 1 [SEP]  item 2 [SEP]  …

Tokens of an item see the history and their own item; tokens of the history see the history alone. Each item is
therefore read as if it were the only one after the history (its positions go on where the history ends), and the
history is read once for all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

#: One row before padding: token ids, positions, and the segment of each token (0 history, 1… items).
Row = tuple[list[int], list[int], list[int]]


@dataclass(frozen=True)
class Layout:
    """Special tokens of the model, and how many tokens of a history and of an item are read."""

    prefix: tuple[int, ...]
    separator: tuple[int, ...]
    pad: int
    first: int  # position of the first token; some models count from 2
    history_tokens: int
    item_tokens: int

    @property
    def length(self) -> int:
        """Positions that the longest row takes."""
        return self.first + len(self.prefix) + self.history_tokens + self.item_tokens + 2 * len(self.separator)

    def row(self, history: Sequence[int], items: Sequence[Sequence[int]]) -> Row:
        """Token ids of texts, without special tokens → one row. Of a history the end is kept: it is the newest."""
        ids = [*self.prefix, *history[-self.history_tokens :], *self.separator] or [self.pad]
        start = self.first + len(ids)
        positions, segments = list(range(self.first, start)), [0] * len(ids)
        for number, item in enumerate(items, start=1):
            own = [*item[: self.item_tokens], *self.separator] or [self.pad]
            ids += own
            positions += range(start, start + len(own))
            segments += [number] * len(own)
        return ids, positions, segments

    def batch(self, rows: Sequence[Row]) -> dict[str, np.ndarray]:
        """Rows as arrays, padded at the end.

        input_ids and position_ids (n, t) int64; members (n, 1 + k, t) float32, 1 where a token belongs to the
        history (first) or to an item; an item that a row does not have is all zeros.
        """
        width = max(len(ids) for ids, _, _ in rows)
        segments = 1 + max(max(own) for _, _, own in rows)
        ids = np.full((len(rows), width), self.pad, dtype=np.int64)
        positions = np.zeros((len(rows), width), dtype=np.int64)
        members = np.zeros((len(rows), segments, width), dtype=np.float32)
        for number, (own_ids, own_positions, own_segments) in enumerate(rows):
            ids[number, : len(own_ids)] = own_ids
            positions[number, : len(own_ids)] = own_positions
            members[number, own_segments, np.arange(len(own_ids))] = 1
        return {"input_ids": ids, "position_ids": positions, "members": members}

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, settings: dict[str, Any]) -> Layout:
        return cls(**{name: tuple(value) if isinstance(value, list) else value for name, value in settings.items()})
