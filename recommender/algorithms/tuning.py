"""Settings found on validation: one after the other, climbing while it gets better."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..data import HeldOut

#: Setting → its candidates in ascending order; None stands for "without limit" and comes last.
Space = Mapping[str, Sequence[Any]]


def climb(config: Any, space: Space, measure: Callable[[Any], np.ndarray]) -> Any:
    """The best config that coordinate-wise hill climbing from `config` finds.

    `measure(config)` gives (q,) values, one a question, whose mean shall become large. For each setting the
    next candidates up are tried until one is no better, then those down; `config` stays where nothing is.
    """
    best, values = config, measure(config)
    for name, candidates in space.items():
        present = _place(getattr(best, name))
        upwards = [candidate for candidate in candidates if _place(candidate) > present]
        downwards = [candidate for candidate in reversed(candidates) if _place(candidate) < present]
        for direction in (upwards, downwards):
            for candidate in direction:
                tried = replace(best, **{name: candidate})
                results = measure(tried)
                if not is_better(results, values):
                    break
                best, values = tried, results
    return best


def is_better(values: np.ndarray, than: np.ndarray) -> bool:
    """Whether (q,) values beat others of the same questions by more than half the standard error of the
    difference. With few questions, less than that is chance, and the present settings are as good."""
    gains = values - than
    return bool(gains.mean() > 0.5 * gains.std() / np.sqrt(len(gains)))


def sample(held_out: HeldOut, most: int, seed: int) -> HeldOut:
    """At most `most` questions, drawn without replacement; all of them, in order, when there are fewer."""
    if len(held_out) <= most:
        return held_out
    chosen = np.sort(np.random.default_rng(seed).choice(len(held_out), size=max(1, most), replace=False))
    return HeldOut(
        [held_out.queries[row] for row in chosen], [held_out.targets[row] for row in chosen], held_out.persons[chosen]
    )


def _place(value: Any) -> float:
    return math.inf if value is None else float(value)
