"""The click model: what a person with hidden preferences sees of a list, opens, takes and turns away.

Position-based (Richardson, Dominowska & Ragno 2007; Chuklin, Markov & de Rijke 2015, Click models for web search,
section 3.3): an item is clicked when it is examined and it attracts, and the two are independent,
P(click at k) = γᵏ · α(person, item). Examining an item is what an impression records.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ClickModel:
    """`examination`: γ, how much less likely the next position is looked at. The others are chances after a click or,
    for `dismiss`, after a look at something without any attraction; `dwell` is the median of seconds, log-normal."""

    examination: float = 0.88
    convert: float = 0.3  # of the clicked, times the attraction relative to the strongest
    dismiss: float = 0.02
    dwell: float = 45.0
    spread: float = 0.7  # of the logarithm of the dwell


@dataclass(frozen=True)
class Reaction:
    """What came of lists. All shaped as the attraction, by position; `dwell` in seconds, 0 where nothing was opened."""

    seen: np.ndarray
    clicked: np.ndarray
    converted: np.ndarray
    dismissed: np.ndarray
    dwell: np.ndarray


def react(attraction: np.ndarray, model: ClickModel, rng: np.random.Generator) -> Reaction:
    """To lists whose items attract the person with these chances, (..., n) in [0, 1], each in the order shown.

    Raises ValueError for an attraction outside [0, 1].
    """
    attraction = np.asarray(attraction, dtype=np.float64)
    if attraction.size and not 0 <= attraction.min() <= attraction.max() <= 1:
        raise ValueError("Attraction is a chance: it lies between 0 and 1.")
    draws = rng.random((4, *attraction.shape))
    seen = draws[0] < model.examination ** np.arange(attraction.shape[-1])
    clicked = seen & (draws[1] < attraction)
    strength = attraction / np.maximum(attraction.max(axis=-1, initial=0.0, keepdims=True), 1e-9)
    converted = clicked & (draws[2] < model.convert * strength)
    dismissed = seen & ~clicked & (draws[3] < model.dismiss * (1 - strength))
    dwell = np.where(clicked, model.dwell * np.exp(model.spread * rng.normal(size=attraction.shape)), 0.0)
    return Reaction(seen, clicked, converted, dismissed, dwell * np.where(converted, 2.0, 1.0))
