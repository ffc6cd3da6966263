"""One score an item out of what was wished for and who wishes: words, meaning, preferences, the person's own model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..data import Ranking


@dataclass(frozen=True)
class Weights:
    """Of standardised signals; see `tests.benchmarks.language.words`, where people's own tags of films are the wishes.

    Not the very best there: more popularity measures better, for people tag what everybody knows, but a list then
    shows what everybody likes rather than what was said.
    """

    meaning: float = 1.0
    words: float = 0.5
    person: float = 0.35
    popular: float = 0.5
    preferred: float = 1.0  # each soft condition that holds
    refused: float = 0.5  # each meaning to keep away from


WEIGHTS = Weights()


def fused(
    size: int,
    *,
    meaning: np.ndarray | None = None,
    words: Ranking | None = None,
    person: np.ndarray | None = None,
    popular: np.ndarray | None = None,
    preferred: Sequence[np.ndarray] = (),
    against: Sequence[np.ndarray] = (),
    refused: Sequence[np.ndarray] = (),
    weights: Weights = WEIGHTS,
) -> np.ndarray:
    """(size,) float32: the weighted sum of the signals that there are, each standardised over the catalogue.

    `meaning`, `person`, `popular` and each of `refused` are (size,) scores; `words` ranks the items that have the
    words; `preferred` and `against` are (size,) bool.
    """
    score = np.zeros(size, dtype=np.float32)
    if meaning is not None:
        score += weights.meaning * standardised(meaning)
    if words is not None and len(words):
        # Most items have none of the words: the best match is 3, like a far outlier of a standardised signal.
        score[words.items] += weights.words * 3 * words.scores / max(float(words.scores.max()), 1e-9)
    if person is not None:
        score += weights.person * standardised(person)
    said = meaning is not None or (words is not None and len(words) > 0)
    # The model of a person knows what is popular; beside words its small weight would leave that out.
    if popular is not None and (said or person is None):
        # In log events: where all are about equally popular, their small differences must not be blown up.
        score += weights.popular * standardised(popular, least=1.0)
    for mask in preferred:
        score += weights.preferred * mask
    for mask in against:
        score -= weights.preferred * mask
    for likeness in refused:
        score -= weights.refused * np.maximum(standardised(likeness), 0)
    return score


def standardised(scores: np.ndarray, least: float = 0.0) -> np.ndarray:
    """Mean 0 and standard deviation 1; all zeros where all are the same. A deviation below `least` is not scaled up."""
    spread = max(float(scores.std()), least) if len(scores) else 0.0
    return ((scores - scores.mean()) / spread).astype(np.float32) if spread > 0 else np.zeros(len(scores), np.float32)
