"""Items that nobody has touched: withheld on purpose, to see how well their text alone finds the right persons.

The rest of the behaviours is what may be learned from; the withheld ones are the questions. Answers are ranked among
the withheld items only, as a shop ranks its new arrivals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from .corpus import Corpus, likes

RECENT = 30  # likes of a history make the person's vector
DECAYS = (0.4, 0.6, 0.8, 0.9, 1.0)


@dataclass(frozen=True)
class ColdQuestions:
    """Question q asks for `targets[q]`, a position in `items`, of a person with the past `histories[q]`."""

    items: np.ndarray  # (c,) rows of the withheld items
    histories: Sequence[np.ndarray]  # item rows, oldest first, none of them withheld
    targets: np.ndarray  # (q,) int64
    known: Sequence[np.ndarray]  # positions in `items` that the person had already: not asked about again
    persons: np.ndarray  # (q,) int64

    def __len__(self) -> int:
        return len(self.targets)


def withhold(corpus: Corpus, share: float, seed: int, most: int = 0) -> tuple[Corpus, ColdQuestions]:
    """The corpus without any event of a random `share` of its liked items, and the questions about those.

    With `most` above 0, a random so many of the questions. Raises ValueError where no item or no question is left.
    """
    random = np.random.default_rng(seed)
    liked = sorted({event.item for events in corpus.histories for event in events if likes(event)})
    count = round(len(liked) * share)
    if count < 2:
        raise ValueError(f"{len(liked)} items were liked; too few to withhold {share:.0%} of them.")
    items = np.sort(random.choice(np.array(liked), count, replace=False))
    place = {int(item): position for position, item in enumerate(items)}
    warm = replace(
        corpus, histories=[[event for event in events if event.item not in place] for events in corpus.histories]
    )
    histories, targets, known, persons = [], [], [], []
    for person, events in enumerate(corpus.histories):
        past: list[int] = []
        had: list[int] = []
        seen: set[int] = set()
        for event in events:
            if not likes(event) or event.item in seen:
                continue
            seen.add(event.item)
            if event.item not in place:
                past.append(event.item)
            else:
                if past:
                    histories.append(np.array(past[-RECENT:], dtype=np.int64))
                    targets.append(place[event.item])
                    known.append(np.array(had, dtype=np.int64))
                    persons.append(person)
                had.append(place[event.item])
    if not targets:
        raise ValueError("Nobody liked a withheld item after another one, so there is nothing to ask.")
    chosen = np.arange(len(targets))
    if 0 < most < len(targets):
        chosen = np.sort(random.choice(chosen, most, replace=False))
    return warm, ColdQuestions(
        items,
        [histories[q] for q in chosen],
        np.array(targets)[chosen],
        [known[q] for q in chosen],
        np.array(persons)[chosen],
    )


def ranks(questions: ColdQuestions, vectors: np.ndarray, decay: float) -> np.ndarray:
    """(q,) the target's rank from 1, ties averaged, by the cosine to the person's fading mean of vectors.

    `vectors`: (n_items, d), rows of unit length; those of items in histories and of withheld items are read.
    """
    candidates = vectors[questions.items]
    found = np.zeros(len(questions))
    for start in range(0, len(questions), 512):
        rows = range(start, min(start + 512, len(questions)))
        persons = np.stack([profile(vectors, questions.histories[q], decay) for q in rows])
        scores = persons @ candidates.T
        for row, q in enumerate(rows):
            scores[row, questions.known[q]] = -np.inf
            own = scores[row, questions.targets[q]]
            above = np.count_nonzero(scores[row] > own)
            tied = np.count_nonzero(scores[row] == own)
            found[q] = above + (tied + 1) / 2
    return found


def profile(vectors: np.ndarray, history: np.ndarray, decay: float) -> np.ndarray:
    """(d,) Σ decay^age · vector over a history (oldest first)."""
    weights = decay ** np.arange(len(history) - 1, -1, -1, dtype=np.float32)
    return (weights @ vectors[history]).astype(np.float32)


def figures(found: np.ndarray, k: int = 10) -> dict[str, np.ndarray]:
    """(q,) recall@k and NDCG@k of each question, from ranks; with one target, NDCG is 1 / log₂(1 + rank)."""
    inside = found <= k
    return {f"recall@{k}": inside.astype(float), f"ndcg@{k}": np.where(inside, 1 / np.log2(1 + found), 0.0)}


def best_decay(questions: ColdQuestions, vectors: np.ndarray) -> tuple[float, float]:
    """The decay with the best NDCG@10, and that figure."""
    scored = {decay: float(figures(ranks(questions, vectors, decay))["ndcg@10"].mean()) for decay in DECAYS}
    best = max(scored, key=scored.__getitem__)
    return best, scored[best]
