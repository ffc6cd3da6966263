"""What became of every item while one list was made. Nobody keeps it unless an operator asks: `trace` is None then,
and each step of the pipeline pays one comparison for it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Stage:
    """One step. `rows`: what was left after it, in order where the step has one."""

    name: str
    before: int
    after: int
    milliseconds: float
    rows: np.ndarray  # (after,) int32
    facts: dict[str, Any] = field(default_factory=dict)

    def keeps(self, row: int) -> bool:
        return bool((self.rows == row).any())

    def rank_of(self, row: int) -> int | None:
        """From 1; None where the item is not among the rows."""
        found = np.flatnonzero(self.rows == row)
        return int(found[0]) + 1 if len(found) else None


class Trace:
    """The steps of one list, in order. Each is noted when it is done: its time runs from the one before."""

    def __init__(self) -> None:
        self.stages: list[Stage] = []
        self._at = time.perf_counter()

    def note(self, name: str, rows: np.ndarray, **facts: Any) -> None:
        """`rows`: row numbers, or (n,) bool of those that are left."""
        now = time.perf_counter()
        left = np.flatnonzero(rows) if rows.dtype == bool else rows
        before = self.stages[-1].after if self.stages else len(left)
        milliseconds = 1000 * (now - self._at)
        self.stages.append(Stage(name, before, len(left), milliseconds, left.astype(np.int32), facts))
        self._at = time.perf_counter()  # what noting costs is no step's time

    def stage(self, name: str) -> Stage | None:
        """The last one of that name."""
        return next((stage for stage in reversed(self.stages) if stage.name == name), None)

    def dropped_by(self, row: int) -> Stage | None:
        """The first step after which an item is gone for good; None for one that was never there, or is still."""
        gone = None
        for stage in self.stages:
            if stage.keeps(row):
                gone = None
            elif gone is None:
                gone = stage
        return gone

    @property
    def milliseconds(self) -> float:
        return sum(stage.milliseconds for stage in self.stages)
