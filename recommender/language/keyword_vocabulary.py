"""The keywords of a catalogue, and which items carry each: all that a keyword writer may say.

Categories, tags and facet values as they are written, and phrases of the texts that several items share. The same
catalogue gives the same keywords in the same order. No torch in here: the web process reads it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from scipy import sparse

from ..data import Items
from .keyword_phrases import parts_of, phrases
from .text import clean

WORDS_FILE = "vocabulary.json"
ARRAYS_FILE = "vocabulary.npz"
LONGEST_LABEL = 40  # characters of a facet's value: beyond it is a sentence
# A phrase says nothing beside a longer one that most of its items carry as well.
CONTAINED = 0.8


@dataclass(frozen=True)
class Bounds:
    """A keyword is carried by at least `least` items and at most a share of `most_share`; `most` are kept.

    `phrases`: those that several texts share are keywords too, beside the labels that somebody chose.
    """

    least: int = 3
    most_share: float = 0.25
    most: int = 6000
    phrases: bool = True

    def __post_init__(self) -> None:
        if self.least < 1 or self.most < 1 or not 0 < self.most_share <= 1:
            raise ValueError("least and most are 1 or more, and most_share lies above 0 and up to 1.")


@dataclass(frozen=True)
class KeywordVocabulary:
    """v keywords in alphabetical order of their keys, and n items.

    `carried` is (n, v), 1 where an item carries a keyword. `ids` are what the items are called outside. No two
    keywords differ in case alone.
    """

    words: tuple[str, ...]
    carried: sparse.csr_array
    ids: np.ndarray
    _by_key: Mapping[str, int] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_key", {key_of(word): place for place, word in enumerate(self.words)})

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: str) -> bool:
        return key_of(word) in self._by_key

    def place(self, word: str) -> int | None:
        """The number of a keyword, in whatever case."""
        return self._by_key.get(key_of(word))

    @cached_property
    def idf(self) -> np.ndarray:
        """(v,) float32: ln((n + 1) / (items that carry it + 1)) + 1, so that none weighs nothing."""
        counts = np.asarray(self.carried.sum(axis=0)).ravel()
        return (np.log((self.carried.shape[0] + 1) / (counts + 1)) + 1).astype(np.float32)

    def of_item(self, row: int) -> np.ndarray:
        """The numbers of the keywords that an item carries."""
        return self.carried.indices[self.carried.indptr[row] : self.carried.indptr[row + 1]]

    def rows_for(self, items: Items) -> sparse.csr_array:
        """(len(items), v): what these items carry. One that is not known by its id goes by what columns it has."""
        row_of = {identity: row for row, identity in enumerate(self.ids.tolist())}
        own = [row_of.get(identity) for identity in items.ids.tolist()]
        found = [self.of_item(row) if row is not None else self._read(items, place) for place, row in enumerate(own)]
        return _matrix(found, len(self))

    def _read(self, items: Items, row: int) -> np.ndarray:
        """By labels and, where there is one, text."""
        keys = {key_of(label) for label in _labels(items, row)}
        if len(items.texts):
            keys |= phrases(items.texts[row])
        return np.array(sorted(self._by_key[key] for key in keys if key in self._by_key), dtype=np.int32)

    def save(self, folder: Path) -> None:
        (folder / WORDS_FILE).write_text(json.dumps(list(self.words), ensure_ascii=False, indent=0) + "\n", "utf-8")
        np.savez(
            folder / ARRAYS_FILE,
            ids=self.ids,
            indices=self.carried.indices.astype(np.int32),
            indptr=self.carried.indptr.astype(np.int64),
        )

    @classmethod
    def load(cls, folder: Path) -> KeywordVocabulary:
        """What `save` wrote. Raises ValueError when the files do not fit each other."""
        words = json.loads((folder / WORDS_FILE).read_text("utf-8"))
        with np.load(folder / ARRAYS_FILE, allow_pickle=False) as arrays:
            ids, indices, indptr = arrays["ids"], arrays["indices"], arrays["indptr"]
        if len(indptr) != len(ids) + 1 or (len(indices) and not 0 <= indices.min() <= indices.max() < len(words)):
            raise ValueError(f"{WORDS_FILE} and {ARRAYS_FILE} in {folder} do not belong together.")
        carried = sparse.csr_array((np.ones(len(indices), np.float32), indices, indptr), shape=(len(ids), len(words)))
        return cls(tuple(words), carried, ids)


def build_vocabulary(items: Items, bounds: Bounds | None = None) -> KeywordVocabulary:
    """Read a catalogue once. Raises ValueError where fewer than two keywords are found."""
    bounds = bounds or Bounds()
    labels: dict[str, str] = {}  # key → as the catalogue writes it first
    carried: list[set[str]] = []
    for row in range(len(items)):
        own = {key_of(label): label for label in _labels(items, row)}
        for key, label in own.items():
            labels.setdefault(key, label)
        carried.append({*own, *(phrases(items.texts[row]) if bounds.phrases and len(items.texts) else ())})
    counts: dict[str, int] = {}
    for own in carried:
        for key in own:
            counts[key] = counts.get(key, 0) + 1
    most_items = bounds.most_share * len(items)
    counts = {key: count for key, count in counts.items() if bounds.least <= count <= most_items}
    for key in _contained(counts, labels):
        del counts[key]
    kept = sorted(_best(counts, len(items), bounds.most))
    if len(kept) < 2:
        raise ValueError(
            f"Of {len(items)} items no two keywords are carried by {bounds.least} or more, and by at most a share of "
            f"{bounds.most_share:g}. Give the items categories, tags or texts, or let keywords need fewer items."
        )
    place = {key: number for number, key in enumerate(kept)}
    rows = [np.array(sorted(place[key] for key in own if key in place), dtype=np.int32) for own in carried]
    return KeywordVocabulary(tuple(labels.get(key, key) for key in kept), _matrix(rows, len(kept)), items.ids)


def key_of(word: str) -> str:
    """Keywords with the same key are one."""
    return clean(word).casefold()


def _contained(counts: Mapping[str, int], labels: Mapping[str, str]) -> set[str]:
    """Phrases that hardly ever stand without a longer one. Labels stay: somebody chose them."""
    found = set()
    for longer, count in counts.items():
        for part in parts_of(longer):
            if part in counts and part not in labels and count >= CONTAINED * counts[part]:
                found.add(part)
    return found


def _best(counts: Mapping[str, int], items: int, most: int) -> list[str]:
    """Those that say most of a catalogue: count · ln(items / count), ties by name."""
    return sorted(counts, key=lambda key: (-counts[key] * np.log(items / counts[key] + 1e-9), key))[:most]


def _labels(items: Items, row: int) -> Iterator[str]:
    """Categories and facet values that could stand alone as a word about an item."""
    facets: Sequence[str] = items.facets[row] if len(items.facets) else ()
    categories = items.categories[row] if len(items.categories) else ()
    for value in (*categories, *(facet.partition(":")[2] for facet in facets)):
        label = clean(value)
        says_something = any(character.isalpha() for character in label) and key_of(label) not in ("true", "false")
        if says_something and len(label) <= LONGEST_LABEL:
            yield label


def _matrix(rows: Sequence[np.ndarray], width: int) -> sparse.csr_array:
    indptr = np.concatenate([[0], np.cumsum([len(row) for row in rows], dtype=np.int64)])
    indices = np.concatenate(rows) if rows else np.zeros(0, np.int32)
    return sparse.csr_array((np.ones(len(indices), np.float32), indices, indptr), shape=(len(rows), width))
