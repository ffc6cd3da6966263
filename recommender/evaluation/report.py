"""Ask an algorithm held-out questions and write down how well it did."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..algorithms.ranks import TiedRanks, score_batches
from ..contracts import Algorithm
from ..data import HeldOut, Interactions, Items
from .metrics import accuracy, list_metrics, top_items
from .significance import Difference, bootstrap_intervals, paired_difference


@dataclass(frozen=True)
class Report:
    """One algorithm on one set of questions.

    `values` holds every question's own figures, for paired comparison; `persons` says whose they are.
    """

    algorithm: str
    settings: Mapping[str, Any]
    metrics: Mapping[str, float]
    intervals: Mapping[str, tuple[float, float]]  # 95%, bootstrap over persons
    questions: int
    filter_seen: bool
    seconds: float
    persons: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int32))
    values: Mapping[str, np.ndarray] = field(default_factory=dict)

    def difference(self, other: Report, metric: str = "ndcg@10", seed: int = 0) -> Difference:
        """How much better this algorithm is than `other`. Raises ValueError when they answered different questions."""
        if not np.array_equal(self.persons, other.persons) or metric not in self.values or metric not in other.values:
            raise ValueError(f"{self.algorithm} and {other.algorithm} have no {metric} values for the same questions.")
        return paired_difference(self.values[metric], other.values[metric], self.persons, seed=seed)

    def to_json(self, *, with_values: bool = True) -> dict[str, Any]:
        """Plain JSON types. Without the values it is small, but no longer comparable pair by pair."""
        row = {name: getattr(self, name) for name in ("algorithm", "questions", "filter_seen", "seconds")}
        row |= {"settings": dict(self.settings), "metrics": dict(self.metrics)}
        row["intervals"] = {name: list(bounds) for name, bounds in self.intervals.items()}
        if with_values:
            row["persons"] = self.persons.tolist()
            row["values"] = {name: column.tolist() for name, column in self.values.items()}
        return row

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Report:
        """What `to_json` wrote."""
        return cls(
            algorithm=row["algorithm"],
            settings=row["settings"],
            metrics=row["metrics"],
            intervals={name: (low, high) for name, (low, high) in row["intervals"].items()},
            questions=row["questions"],
            filter_seen=row["filter_seen"],
            seconds=row["seconds"],
            persons=np.array(row.get("persons", []), dtype=np.int32),
            values={name: np.array(column) for name, column in row.get("values", {}).items()},
        )


def evaluate(
    algorithm: Algorithm,
    held_out: HeldOut,
    interactions_train: Interactions,
    items: Items,
    ks: tuple[int, ...] = (5, 10, 20),
    *,
    seed: int = 0,
    progress: Callable[[str, float, Mapping[str, float]], None] = lambda stage, fraction, metrics: None,
) -> Report:
    """Full-ranking metrics of a fitted algorithm at every cut-off of `ks`.

    The lists' own metrics (coverage, novelty, diversity, Gini) count popularity on `interactions_train` only.
    Raises ValueError when there is nothing to ask.
    """
    if len(held_out) == 0:
        raise ValueError("There are no held-out questions: the data has too few events for this protocol.")
    started = time.perf_counter()
    columns: dict[str, list[np.ndarray]] = {}
    lists = []
    for which, scores in score_batches(algorithm, held_out):
        ranks = TiedRanks.of(scores, held_out.targets[which])
        for name, column in accuracy(ranks, ks).items():
            columns.setdefault(name, []).append(column)
        lists.append(top_items(scores, max(ks)))
        progress("evaluate", which.stop / len(held_out), {})
    values = {name: np.concatenate(parts) for name, parts in columns.items()}
    bounds = bootstrap_intervals(np.stack(list(values.values()), axis=1), held_out.persons, seed=seed)
    metrics = {name: float(column.mean()) for name, column in values.items()}
    popularity = _persons_per_item(interactions_train)
    shown = np.concatenate(lists)
    for k in ks:
        described = list_metrics(shown[:, :k], popularity, interactions_train.n_persons, items.vectors)
        metrics |= {f"{name}@{k}": value for name, value in described.items()}
    return Report(
        algorithm=algorithm.slug,
        settings=algorithm.settings(),
        metrics=metrics,
        intervals={name: (float(low), float(high)) for name, (low, high) in zip(values, bounds, strict=True)},
        questions=len(held_out),
        filter_seen=any(len(query.exclude) for query in held_out.queries),
        seconds=time.perf_counter() - started,
        persons=np.asarray(held_out.persons),
        values=values,
    )


def _persons_per_item(interactions: Interactions) -> np.ndarray:
    """(n_items,) how many different persons met each item."""
    pairs = np.unique(interactions.persons.astype(np.int64) * interactions.n_items + interactions.items)
    return np.bincount(pairs % max(1, interactions.n_items), minlength=interactions.n_items)
