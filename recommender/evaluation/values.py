"""The figures of every test question, kept beside an artifact so that two of one split can be compared in pairs.

Persons are row numbers of the split, not names: who they were is nowhere in the file.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .report import Report
from .significance import Difference, paired_difference

FILE = "evaluation.npz"
METRICS = ("ndcg@10", "recall@10", "mrr@10")


def values_save(folder: Path, report: Report) -> None:
    values = {name: report.values[name].astype(np.float32) for name in METRICS if name in report.values}
    np.savez(folder / FILE, persons=report.persons, **values)


def values_difference(
    first: Path, second: Path, metric: str, *, seed: int = 0, resamples: int = 500
) -> Difference | None:
    """How much better the artifact in folder `first` is than that in `second`; None where it cannot be told.

    It cannot without the files, and when the two were asked different questions.
    """
    try:
        with np.load(first / FILE, allow_pickle=False) as one, np.load(second / FILE, allow_pickle=False) as other:
            if metric not in one.files or metric not in other.files:
                return None
            if not np.array_equal(one["persons"], other["persons"]):
                return None
            return paired_difference(one[metric], other[metric], one["persons"], seed=seed, resamples=resamples)
    except (OSError, ValueError):
        return None
