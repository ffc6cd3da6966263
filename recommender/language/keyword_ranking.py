"""Items for a person's keywords: the candidate source `keywords`. No torch in here: the web process asks it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path

import numpy as np
from scipy import sparse

from ..data import Items, Query, Ranking
from .keyword_vocabulary import KeywordVocabulary

SETTINGS_FILE = "ranking.json"
LIKES_FILE = "likes.npz"
CHUNK = 128  # queries whose scores are held at once


@dataclass(frozen=True)
class Match:
    """How items are scored by keywords; found on validation by `best_match`.

    `idf` is the power of a keyword's idf, `evenness` how far an item with many keywords is held back, from 0, not
    at all, to 1, the cosine. `likes` is what an item gains by how many people liked it.
    """

    idf: float = 1.0
    evenness: float = 1.0
    likes: float = 0.03


class KeywordSource:
    """Scores the items that carry what a person's keywords say; see `scores`.

    `liked` (n,) says how many people liked each item of `vocabulary`. Items that came later are scored by their
    categories and facets, and gain nothing by likes.
    """

    slug = "keywords"

    def __init__(self, vocabulary: KeywordVocabulary, liked: np.ndarray, match: Match | None = None):
        if len(liked) != len(vocabulary.ids):
            raise ValueError(f"There are {len(vocabulary.ids)} items in the vocabulary, but likes of {len(liked)}.")
        self.vocabulary = vocabulary
        self.liked = liked.astype(np.float32)
        self.match = match or Match()
        # What the items carry is worked out once for each catalogue, which never changes.
        self._known: tuple[Items, sparse.csr_array, np.ndarray] | None = None
        self._carried: tuple[Items, sparse.csr_array] | None = None

    def candidates(self, items: Items, query: Query, k: int) -> Ranking:
        """The k best rows of `items` that the query does not exclude and that carry any of its keywords."""
        scores = self.scores(items, [query])[0]
        scores[query.exclude] = -np.inf
        found = np.flatnonzero(np.isfinite(scores))
        k = min(k, len(found))
        if k < 1:
            return Ranking(np.zeros(0, np.int32), np.zeros(0, np.float32))
        best = found[np.argpartition(-scores[found], k - 1)[:k]]
        best = best[np.lexsort((best, -scores[best]))].astype(np.int32)
        return Ranking(best, scores[best])

    def scores(self, items: Items, queries: Sequence[Query]) -> np.ndarray:
        """(q, len(items)) float32; -inf where an item carries none of a query's keywords.

        Σ_w s_w idf_w^(2a) c_iw / ‖c_i idf^a‖^b, divided by the largest of the query, + γ ln(1 + likes_i): s_w is
        the weight of keyword w in the query, c_iw 1 where item i carries it, a = `idf`, b = `evenness`, γ = `likes`.
        """
        carried, gain = self._columns(items)
        matched = np.asarray((carried @ self._said(queries).T).todense(), dtype=np.float32).T
        most = matched.max(axis=1, keepdims=True, initial=0.0)
        return np.where(matched > 0, matched / np.where(most > 0, most, 1.0) + self.match.likes * gain, -np.inf)

    def _said(self, queries: Sequence[Query]) -> sparse.csr_array:
        """(q, v) weights of the keywords that the queries name; unknown words are passed over."""
        said = [
            (row, place, weight)
            for row, query in enumerate(queries)
            for word, weight in query.keywords
            if (place := self.vocabulary.place(word)) is not None and weight > 0
        ]
        rows, places, weights = zip(*said, strict=True) if said else ((), (), ())
        weighed = np.array(weights, np.float32) * self.vocabulary.idf[np.array(places, np.int64)] ** self.match.idf
        return sparse.csr_array((weighed, (rows, places)), shape=(len(queries), len(self.vocabulary)))

    def _columns(self, items: Items) -> tuple[sparse.csr_array, np.ndarray]:
        """What the items carry, weighed, and ln(1 + likes) of each."""
        known = self._known
        if known is not None and known[0] is items:
            return known[1], known[2]
        carried = self._rows_for(items)
        weighed = (carried @ sparse.diags_array(self.vocabulary.idf**self.match.idf)).tocsr()
        lengths = np.sqrt(np.asarray(weighed.multiply(weighed).sum(axis=1)).ravel())
        held_back = np.where(lengths > 0, lengths, 1.0) ** -self.match.evenness
        liked_of = dict(zip(self.vocabulary.ids.tolist(), self.liked.tolist(), strict=True))
        gain = np.log1p(np.array([liked_of.get(identity, 0.0) for identity in items.ids.tolist()], np.float32))
        weighed = (sparse.diags_array(held_back) @ weighed).tocsr().astype(np.float32)
        self._known = (items, weighed, gain)  # in one assignment: threads may ask at the same time
        return weighed, gain

    def _rows_for(self, items: Items) -> sparse.csr_array:
        known = self._carried
        if known is None or known[0] is not items:
            known = self._carried = (items, self.vocabulary.rows_for(items))
        return known[1]

    def under(self, match: Match) -> KeywordSource:
        """The same source with other settings; what is known of the catalogue is shared."""
        other = KeywordSource(self.vocabulary, self.liked, match)
        other._carried = self._carried
        return other

    def save(self, folder: Path) -> None:
        """The settings and likes; the vocabulary saves itself."""
        (folder / SETTINGS_FILE).write_text(json.dumps(asdict(self.match), indent=2, sort_keys=True) + "\n")
        np.savez(folder / LIKES_FILE, liked=self.liked)

    @classmethod
    def load(cls, folder: Path) -> KeywordSource:
        """From the folder of a keyword writer. Raises OSError or ValueError when it holds none."""
        vocabulary = KeywordVocabulary.load(folder)
        with np.load(folder / LIKES_FILE, allow_pickle=False) as arrays:
            liked = arrays["liked"]
        return cls(vocabulary, liked, Match(**json.loads((folder / SETTINGS_FILE).read_text())))


#: Tried by `best_match`.
CHOICES = tuple(
    Match(idf, evenness, likes)
    for idf, evenness, likes in product((0.0, 0.5, 1.0), (0.0, 0.5, 1.0), (0.0, 0.03, 0.1, 0.2))
)


def best_match(
    source: KeywordSource, items: Items, queries: Sequence[Query], targets: Sequence[int], k: int = 10
) -> tuple[Match, float]:
    """The settings with the highest recall@k of (q,) `targets`, and that recall; the first of CHOICES wins ties."""
    source._rows_for(items)
    found = [
        float(np.mean(hits(source.under(match), items, queries, targets, k))) if len(queries) else 0.0
        for match in CHOICES
    ]
    best = int(np.argmax(found))
    return CHOICES[best], found[best]


def hits(
    source: KeywordSource, items: Items, queries: Sequence[Query], targets: Sequence[int], k: int = 10
) -> np.ndarray:
    """(q,) 1 where the target of a query is among the k best candidates, else 0."""
    found = np.zeros(len(queries))
    for start in range(0, len(queries), CHUNK):
        asked = queries[start : start + CHUNK]
        scores = source.scores(items, asked)
        for row, query in enumerate(asked):
            scores[row, query.exclude] = -np.inf
        own = np.array(targets[start : start + CHUNK])
        reached = scores[np.arange(len(asked)), own][:, None]
        # As in `candidates`: of equal scores the lower row is before the other.
        before = (scores > reached) | ((scores == reached) & (np.arange(scores.shape[1]) < own[:, None]))
        found[start : start + CHUNK] = np.isfinite(reached[:, 0]) & (before.sum(axis=1) < k)
    return found
