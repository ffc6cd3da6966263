"""Whether a document has what a question says, or only some word of it that says little.

One word of a sentence, as "four" or "again", makes no match. Of Chinese, whose words are not parted by blanks, a
question comes as overlapping pairs of characters, and the pair across two words (平面|上升: 面上) may stand anywhere.
"""

from __future__ import annotations

import numpy as np

SHORT = 2  # words: who says no more means either of them
BEST = 0.7  # of the greatest share: where nothing has enough of a question, what has most of it may still do
FLOOR = 0.15  # less of a question than this is nothing of it


class Telling:
    """Takes a question word by word, in its order, and tells which of `size` documents have enough of it.

    A word weighs as much as it tells apart (its idf). A Chinese pair that no document has is no word, and weighs
    nothing; a pair between two others counts only with one of them, for it may belong to no word.
    """

    def __init__(self, size: int):
        self._size = size
        self._words: list[tuple[str, np.ndarray, float]] = []

    def add(self, word: str, positions: np.ndarray, idf: float) -> None:
        has = np.zeros(self._size, dtype=bool)
        has[positions] = True
        self._words.append((word, has, idf))

    def enough(self, least: float) -> np.ndarray:
        """(size,) bool: at least the share `least` of what was said; any of it, where no more than two words were."""
        share = np.zeros(self._size, dtype=np.float32)
        total = 0.0
        for place, (word, has, idf) in enumerate(self._words):
            before, after = self._beside(place, -1), self._beside(place, 1)
            if before is not None and after is not None:
                has = has & (before | after)
            if not _is_pair(word) or has.any():
                total += idf
            share[has] += idf
        if len(self._words) <= SHORT and not any(_is_pair(word) for word, _has, _idf in self._words):
            return share > 0
        share /= max(total, 1e-9)
        best = float(share.max(initial=0.0))
        return share >= (least if best >= least else max(BEST * best, FLOOR))

    def _beside(self, place: int, step: int) -> np.ndarray | None:
        """Who has the pair that overlaps with the one at `place`, before or after it; None where none does."""
        at = place + step
        if not 0 <= at < len(self._words):
            return None
        word, other = self._words[place][0], self._words[at][0]
        first, second = (other, word) if step < 0 else (word, other)
        overlap = _is_pair(word) and _is_pair(other) and first[1] == second[0]
        return self._words[at][1] if overlap else None


def _is_pair(word: str) -> bool:
    return len(word) == 2 and not word.isascii()
