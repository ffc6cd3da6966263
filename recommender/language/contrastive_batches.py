"""What one step of contrastive training reads: texts, each once, and which of them answers what."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from .corpus import Corpus
from .pairs import Stretch, known_items
from .preparation import fit_to_tokens

DECAY = 0.8  # of what a person liked before, in a question


@dataclass(frozen=True)
class Batch:
    """Questions and answers. The first `len(weights)` questions are items, the others are `words`, in that order."""

    columns: list[str]  # (c,) texts of the items that are answers, right or wrong, or parts of a question
    weights: np.ndarray  # (q, c) float32: what each column counts in a question that is made of items
    words: list[str]  # (w,) histories in words: questions too
    labels: np.ndarray  # (q + w,) the right column
    corrections: np.ndarray  # (c,) log share of each column among all answers, for hard negatives the least
    wrong: np.ndarray  # (q + w, c) bool: columns that count as wrong answers, and the right one


class Batches:
    """Row numbers of stretches → a batch; the same rows and seed give the same batch.

    `in_words`: share of the stretches that ask once more, with the whole history before the last like in words.
    `hard`: so many wrong answers from `near` are added, (n_items, k) items that are much like each.
    """

    def __init__(
        self,
        corpus: Corpus,
        stretches: Sequence[Stretch],
        texts: Sequence[str],
        *,
        count_tokens: Callable[[str], int],
        max_tokens: int,
        in_words: float,
        hard: int,
        near: np.ndarray | None,
        seed: int,
    ):
        self.corpus, self.stretches, self.texts = corpus, stretches, texts
        self.count_tokens, self.max_tokens, self.in_words = count_tokens, max_tokens, in_words
        self.hard, self.near, self.seed = hard, near, seed
        counts = np.bincount([item for own in stretches for item in own.items[1:]], minlength=len(texts))
        self.shares = np.log(np.maximum(counts, 1) / max(counts.sum(), 1)).astype(np.float32)

    def __call__(self, rows: np.ndarray) -> Batch:
        random = np.random.default_rng((self.seed, 2, *rows[:4].tolist()))
        chosen = [self.stretches[row] for row in rows]
        own = np.unique([item for stretch in chosen for item in stretch.items])
        columns = np.concatenate([own, self._hard(own, random)])
        place = {int(item): column for column, item in enumerate(own)}
        asked = [(stretch, answer) for stretch in chosen for answer in range(1, len(stretch.items))]
        weights = np.zeros((len(asked), len(columns)), dtype=np.float32)
        for row, (stretch, answer) in enumerate(asked):
            for age, item in enumerate(reversed(stretch.items[:answer])):
                weights[row, place[item]] = DECAY**age
        told = [stretch for stretch in chosen if random.random() < self.in_words]
        asked += [(stretch, len(stretch.items) - 1) for stretch in told]
        labels = np.array([place[stretch.items[answer]] for stretch, answer in asked])
        corrections = self.shares[columns]
        corrections[len(own) :] = self.shares.min()
        return Batch(
            columns=[self.texts[item] for item in columns],
            weights=weights,
            words=[self._in_words(stretch) for stretch in told],
            labels=labels,
            corrections=corrections,
            wrong=self._wrong([stretch.person for stretch, _ in asked], columns, labels),
        )

    def _in_words(self, stretch: Stretch) -> str:
        before = self.corpus.histories[stretch.person][: stretch.places[-1]]
        return fit_to_tokens(before, self.corpus.history_text, self.count_tokens, self.max_tokens)

    def _hard(self, right: np.ndarray, random: np.random.Generator) -> np.ndarray:
        if self.near is None or not self.hard:
            return np.zeros(0, dtype=np.int64)
        of = random.choice(right, self.hard)
        return np.setdiff1d(self.near[of, random.integers(self.near.shape[1], size=len(of))], right)

    def _wrong(self, persons: Sequence[int], columns: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """(q, c) bool. What a person has to do with is no wrong answer, nor what reads like the right one."""
        open_to = {}
        for person in set(persons):
            known = known_items(self.corpus, person)
            open_to[person] = np.array([int(item) not in known for item in columns])
        wrong = np.stack([open_to[person] for person in persons])
        same = {text: number for number, text in enumerate(dict.fromkeys(self.texts[item] for item in columns))}
        kinds = np.array([same[self.texts[item]] for item in columns])
        wrong &= kinds[labels][:, None] != kinds[None, :]
        wrong[np.arange(len(labels)), labels] = True
        return wrong
