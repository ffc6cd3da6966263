"""What a keyword writer learns from: histories, and the keywords of the items that came next (worker side)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from ..contracts import FitOptions
from .corpus import Corpus, likes
from .keyword_model import Seq2Seq
from .keyword_vocabulary import KeywordVocabulary
from .pairs import NextPairs
from .preparation import fit_to_tokens

FADING = 0.8  # of a keyword that was read one like earlier


@dataclass(frozen=True)
class Reading:
    """How questions and answers are made; the fields are those of `KeywordsConfig`."""

    events: int
    max_tokens: int
    ahead: int
    answers: int
    weighting: float
    echo: float = 0.0
    echoed: int = 3


class Material:
    """Questions and answers of pairs, as token ids. Row numbers are those of `pairs`."""

    def __init__(
        self,
        corpus: Corpus,
        seq2seq: Seq2Seq,
        vocabulary: KeywordVocabulary,
        pairs: NextPairs,
        reading: Reading,
    ):
        self.corpus, self.seq2seq, self.vocabulary, self.pairs, self.reading = (
            corpus,
            seq2seq,
            vocabulary,
            pairs,
            reading,
        )
        self.max_tokens = min(reading.max_tokens, seq2seq.positions)
        self.spelt = seq2seq.spell(vocabulary.words)
        self._read: dict[int, list[int]] = {}

    def text(self, row: int) -> str:
        """What the person of a pair had done before, the newest events that fit."""
        events = self.corpus.histories[int(self.pairs.persons[row])][: int(self.pairs.befores[row])]
        newest = events[-self.reading.events :]
        return fit_to_tokens(newest, self.corpus.history_text, self.seq2seq.count, self.max_tokens)

    def tokens(self, rows: np.ndarray, options: FitOptions) -> None:
        """Read the histories of `rows` once, before training goes over them again and again."""
        for done, row in enumerate(rows.tolist()):
            self._read[row] = self.seq2seq.encode([self.text(row)], self.max_tokens)[0]
            if done % 500 == 0:
                options.check("reading", done / len(rows))

    def keywords(self, row: int) -> tuple[np.ndarray, np.ndarray]:
        """Numbers of the keywords that answer a pair, and their weights, 1 on average.

        At most `answers` of the items that came next and, where there is an `echo`, as many of those read last; those
        that weigh most where there are too many.
        """
        ahead = slice(row, row + self.reading.ahead)
        same = self.pairs.persons[ahead] == self.pairs.persons[row]
        following = {int(number): 1.0 for item in self.pairs.targets[ahead][same] for number in self.of_item(item)}
        told = self._heaviest(following)
        if self.reading.echo:
            told |= self._heaviest({n: w for n, w in self._echoed(row).items() if n not in following})
        found, weights = np.array(list(told), np.int64), np.array(list(told.values()), np.float32)
        return found, weights / max(float(weights.mean()) if len(weights) else 1.0, 1e-9)

    def of_item(self, item: int) -> list[int]:
        """The keywords of an item that the model can spell."""
        return [number for number in self.vocabulary.of_item(int(item)).tolist() if self.spelt[number]]

    def _echoed(self, row: int) -> dict[int, float]:
        """Keywords of the `echoed` newest likes that were read, fading with age."""
        events = self.corpus.histories[int(self.pairs.persons[row])][: int(self.pairs.befores[row])]
        newest = [event.item for event in reversed(events[-self.reading.events :]) if likes(event)]
        found: dict[int, float] = {}
        for age, item in enumerate(newest[: self.reading.echoed]):
            for number in self.of_item(item):
                found[number] = found.get(number, 0.0) + self.reading.echo * FADING**age
        return found

    def _heaviest(self, weights: dict[int, float]) -> dict[int, float]:
        """At most `answers`, weighed by idf as well."""
        weighed = {n: w * float(self.vocabulary.idf[n]) ** self.reading.weighting for n, w in weights.items()}
        kept = sorted(weighed, key=lambda number: (-weighed[number], number))[: self.reading.answers]
        return {number: weighed[number] for number in kept}

    def batch(self, rows: np.ndarray) -> dict[str, torch.Tensor]:
        """Histories, and the answers to each; see `Seq2Seq.told`."""
        answers = [self.keywords(int(row)) for row in rows]
        return {
            **self.seq2seq.read([self._read[int(row)] for row in rows]),
            **self.seq2seq.told(
                [[self.spelt[number] for number in numbers] for numbers, _ in answers],
                [weights.tolist() for _, weights in answers],
            ),
        }


def divided(pairs: NextPairs, share: float, most_held: int, most: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows to learn from, and the last one of each person who is held out."""
    random = np.random.default_rng(seed)
    persons = random.permutation(np.unique(pairs.persons))
    count = min(most_held, max(1, round(share * len(persons))))
    aside = np.isin(pairs.persons, persons[:count])
    last = np.flatnonzero(aside & (np.diff(pairs.persons, append=-1) != 0))
    learned = np.flatnonzero(~aside)
    if most and len(learned) > most:
        learned = np.sort(random.permutation(learned)[:most])
    return learned, last


def known_before(corpus: Corpus, person: int, before: int) -> np.ndarray:
    """Items of the first `before` events of a person."""
    return np.unique([event.item for event in corpus.histories[person][:before] if event.item >= 0]).astype(np.int32)


def overlap(
    written: Sequence[Sequence[str]], targets: Sequence[int], vocabulary: KeywordVocabulary
) -> dict[str, float]:
    """How many of the written keywords the next item carries, and how many of those it carries were written."""
    precision, recall = [], []
    for words, target in zip(written, targets, strict=True):
        carried = {vocabulary.words[number] for number in vocabulary.of_item(target)}
        if carried:
            both = len(carried.intersection(words))
            precision.append(both / max(1, len(words)))
            recall.append(both / len(carried))
    return {
        "keyword_precision": float(np.mean(precision)) if precision else 0.0,
        "keyword_recall": float(np.mean(recall)) if recall else 0.0,
    }
