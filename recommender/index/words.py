"""Search by words: BM25 over documents with weighted fields, updated in place.

    idf(t) · f · (k1 + 1) / (f + k1 · (1 − b + b · length / mean length)),   idf(t) = ln(1 + (N − n + ½) / (n + ½))

(Robertson and Zaragoza 2009, The Probabilistic Relevance Framework: BM25 and Beyond, section 3.) Fields
count through weighted frequencies f and lengths (Robertson, Zaragoza and Taylor 2004).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from recommender.data import Ranking

from .telling import Telling

#: One text, or texts by the name of their field.
Document = str | Mapping[str, str]
Tokenise = Callable[[str], list[str]]

K1 = 1.2
B = 0.75

# Ten thousand words are no question; so many of the first distinct ones are looked up.
MAX_QUERY_WORDS = 32

# What a word that is still being typed may become counts less than what was typed.
PREFIX_WEIGHT = 0.5

# Documents that came after the build lie in dictionaries; when they are so many, they move into the arrays.
MAX_RECENT = 256


class WordIndex:
    """Documents by position, 0 and up, which are the caller's row numbers. Not safe for writing by two threads.

    Postings are three flat arrays in the order of the sorted vocabulary, so that all words with one prefix
    are one slice of them.
    """

    def __init__(
        self,
        tokenise: Tokenise,
        weights: Mapping[str, float] | None = None,
        asked: Tokenise | None = None,
        least: float = 0.0,
    ):
        self._tokenise = tokenise
        self._asked = asked or tokenise
        self._least = least
        self._weights = dict(weights or {})
        if any(weight <= 0 for weight in self._weights.values()):
            raise ValueError(f"Weights of fields must be above 0, got {self._weights}; leave out fields not to search.")
        self._vocabulary: list[str] = []
        self._offsets = np.zeros(1, dtype=np.int64)  # of word w: postings offsets[w]:offsets[w + 1]
        self._positions = np.zeros(0, dtype=np.int32)
        self._frequencies = np.zeros(0, dtype=np.float32)
        self._lengths = np.zeros(0, dtype=np.float32)  # by position, nan where there is no document
        self._stale = np.zeros(0, dtype=bool)  # by position: what the arrays say of it is out of date
        self._recent: dict[int, dict[str, float]] = {}

    @classmethod
    def build(
        cls,
        documents: Sequence[Document],
        tokenise: Tokenise,
        weights: Mapping[str, float] | None = None,
        asked: Tokenise | None = None,
        least: float = 0.0,
    ) -> WordIndex:
        """Index `documents`, whose positions are their places in the sequence.

        `tokenise` gives the words of a text, such as `recommender.language.text.words`; `asked` those of a query,
        where these are others. `weights`: how much a word in a field counts; 1 for fields that are not named.
        `least`: how much of what a query says an item must have to be found; see `recommender.index.telling`.
        """
        index = cls(tokenise, weights, asked, least)
        index._lengths = np.full(len(documents), np.nan, dtype=np.float32)
        index._stale = np.zeros(len(documents), dtype=bool)
        index._pack((position, index._frequencies_of(document)) for position, document in enumerate(documents))
        return index

    def __len__(self) -> int:
        """How many documents there are."""
        return int(np.count_nonzero(~np.isnan(self._lengths)))

    def add(self, position: int, document: Document) -> None:
        """Index a new document, or anew the one at `position`."""
        if position < 0:
            raise ValueError(f"Positions start at 0, got {position}.")
        if position >= len(self._lengths):
            more = position + 1 - len(self._lengths)
            self._lengths = np.concatenate([self._lengths, np.full(more, np.nan, dtype=np.float32)])
            self._stale = np.concatenate([self._stale, np.zeros(more, dtype=bool)])
        frequencies = self._frequencies_of(document)
        self._stale[position] = True
        self._recent[position] = frequencies
        self._lengths[position] = sum(frequencies.values())
        if len(self._recent) > MAX_RECENT:
            self._pack([*self._packed(), *self._recent.items()])

    def remove(self, position: int) -> None:
        """Forget the document at `position`; it does not matter if there is none."""
        if 0 <= position < len(self._lengths):
            self._stale[position] = True
            self._recent.pop(position, None)
            self._lengths[position] = np.nan

    def search(self, query: str, k: int, *, prefix: bool | None = None, least: float | None = None) -> Ranking:
        """The k documents that fit the words of `query` best; only such as have enough of them. Ties to the lower row.

        `prefix`: the last word may be unfinished and also finds words that begin with it; None takes it to be
        finished when a blank follows. `least`: for this query, in place of the index's own.
        """
        least = self._least if least is None else least
        if k < 1:
            raise ValueError(f"k must be at least 1, got {k}.")
        tokens = self._asked(query)
        prefix = bool(query) and not query[-1].isspace() if prefix is None else prefix
        scores = np.zeros(len(self._lengths), dtype=np.float32)
        lengths = np.nan_to_num(self._lengths)
        mean = lengths.sum() / max(len(self), 1) or 1.0
        norms = K1 * (1 - B + B * lengths / mean)
        telling = Telling(len(scores))
        for word in list(dict.fromkeys(tokens))[:MAX_QUERY_WORDS]:
            positions, frequencies = self._postings_of(word)
            telling.add(word, positions, self._accumulate(scores, norms, positions, frequencies, 1.0))
        begun = np.zeros(0, dtype=np.int64)
        if prefix and tokens:
            # One group of postings: a document counts as having the word as often as all that begin with it.
            begun, frequencies = self._postings_beginning(tokens[-1])
            self._accumulate(scores, norms, begun, frequencies, PREFIX_WEIGHT)
        if least:
            enough = telling.enough(least)
            if not enough.any():  # nothing has a whole word: then the last one may be unfinished
                enough[begun] = True
            scores[~enough] = 0
        found = np.flatnonzero(scores)
        best = found[np.argsort(-scores[found], kind="stable")][:k].astype(np.int32)
        return Ranking(best, scores[best])

    def _accumulate(self, scores, norms, positions, frequencies, weight: float) -> float:
        """Add what one word (its distinct positions and frequencies) says to the scores of all documents: its idf."""
        n = len(positions)
        idf = np.log1p((len(self) - n + 0.5) / (n + 0.5))
        scores[positions] += weight * idf * (K1 + 1) * frequencies / (frequencies + norms[positions])
        return float(idf)

    def _postings_of(self, word: str) -> tuple[np.ndarray, np.ndarray]:
        """Positions and frequencies of one word."""
        low = bisect_left(self._vocabulary, word)
        high = low + 1 if self._vocabulary[low : low + 1] == [word] else low
        return self._gather(low, high, {at: words[word] for at, words in self._recent.items() if word in words})

    def _postings_beginning(self, prefix: str) -> tuple[np.ndarray, np.ndarray]:
        """Positions and frequencies of all words that begin with `prefix`, as if they were one word."""
        low, high = bisect_left(self._vocabulary, prefix), bisect_left(self._vocabulary, prefix + "\U0010ffff")
        counts = {
            at: sum(count for word, count in words.items() if word.startswith(prefix))
            for at, words in self._recent.items()
        }
        return self._gather(low, high, {at: count for at, count in counts.items() if count})

    def _gather(self, low: int, high: int, recent: Mapping[int, float]) -> tuple[np.ndarray, np.ndarray]:
        """Distinct positions and frequencies of the words low:high in the arrays, and of `recent`."""
        rows = slice(self._offsets[low], self._offsets[high])
        current = ~self._stale[self._positions[rows]]
        positions, frequencies = self._positions[rows][current], self._frequencies[rows][current]
        if high - low > 1:
            sums = np.bincount(positions, weights=frequencies, minlength=len(self._lengths))
            positions = np.flatnonzero(sums)
            frequencies = sums[positions]
        if not recent:
            return positions, frequencies
        return (
            np.concatenate([positions, np.fromiter(recent, dtype=np.int64)]),
            np.concatenate([frequencies, np.fromiter(recent.values(), dtype=np.float32)]),
        )

    def _frequencies_of(self, document: Document) -> dict[str, float]:
        """Weighted frequency of each word."""
        if isinstance(document, str):
            return Counter(self._tokenise(document))
        frequencies: Counter[str] = Counter()
        for field, text in document.items():
            weight = self._weights.get(field, 1.0)
            for word in self._tokenise(text):
                frequencies[word] += weight
        return frequencies

    def _packed(self) -> Iterable[tuple[int, dict[str, float]]]:
        """The documents in the arrays that are not out of date, as dictionaries again."""
        documents: dict[int, dict[str, float]] = {}
        words = np.repeat(np.arange(len(self._vocabulary)), np.diff(self._offsets))
        for word, position, frequency in zip(words, self._positions, self._frequencies, strict=True):
            if not self._stale[position]:
                documents.setdefault(int(position), {})[self._vocabulary[word]] = float(frequency)
        return documents.items()

    def _pack(self, documents: Iterable[tuple[int, Mapping[str, float]]]) -> None:
        """Put `documents` into the arrays, in place of all that was there."""
        numbers: dict[str, int] = {}
        words, positions, frequencies = [], [], []
        for position, counts in documents:
            self._lengths[position] = sum(counts.values())
            words += [numbers.setdefault(word, len(numbers)) for word in counts]
            frequencies += counts.values()
            positions += [position] * len(counts)
        self._vocabulary = sorted(numbers)
        alphabetic = np.empty(len(numbers), dtype=np.int64)
        alphabetic[[numbers[word] for word in self._vocabulary]] = np.arange(len(numbers))
        places = alphabetic[np.array(words, dtype=np.int64)]
        order = np.lexsort((positions, places))
        self._positions = np.array(positions, dtype=np.int32)[order]
        self._frequencies = np.array(frequencies, dtype=np.float32)[order]
        self._offsets = np.concatenate([[0], np.cumsum(np.bincount(places, minlength=len(numbers)))])
        self._stale[:] = False
        self._recent = {}
