"""How long an algorithm thinks about one question."""

from __future__ import annotations

import time

import numpy as np

from ..contracts import Algorithm
from ..data import HeldOut

MOST_QUESTIONS = 200


def score_milliseconds(algorithm: Algorithm, held_out: HeldOut, most: int = MOST_QUESTIONS) -> dict[str, float]:
    """{"p50_ms", "p95_ms", "questions"} of scoring one question at a time, evenly chosen; the first warms up."""
    chosen = np.unique(np.linspace(0, len(held_out) - 1, min(most, len(held_out))).astype(int))
    algorithm.score(held_out.queries[chosen[0]])
    taken = []
    for place in chosen:
        started = time.perf_counter()
        algorithm.score(held_out.queries[place])
        taken.append(1000 * (time.perf_counter() - started))
    half, most_of_all = np.percentile(taken, [50, 95])
    return {"p50_ms": float(half), "p95_ms": float(most_of_all), "questions": len(taken)}
