"""How well an algorithm ranks the data of a folder, without a database.

    python -m tests.benchmarks.ranking DIR --protocol leave-one-out --algorithm blend --format json

One JSON object (or a table) goes to standard output, progress to standard error. Every setting is found on
validation; the test questions are asked once, of an algorithm that was fitted on the training events only.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time
from dataclasses import replace
from pathlib import Path

# One thread for the linear algebra: on a busy machine two that wait for each other are slower than one.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from recommender.algorithms import algorithm_class
from recommender.contracts import FitOptions
from recommender.data import Items
from recommender.evaluation import PROTOCOLS, Report, evaluate
from recommender.evaluation.significance import bootstrap_intervals
from recommender.language.cache import VectorCache, encode_cached
from recommender.language.encoder import DEFAULT_ENCODER, load_encoder

from .folder import read_folder

_CACHE = Path(__file__).resolve().parents[2] / "var" / "cache" / "vectors"


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    started = time.perf_counter()
    try:
        result = run(options)
    except (OSError, ValueError, LookupError) as error:
        print(f"ranking: {error}", file=sys.stderr)
        return 2
    result["seconds"] = round(time.perf_counter() - started, 1)
    result["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    print(json.dumps(result, allow_nan=False) if options.format == "json" else _table(result))
    return 0


def run(options: argparse.Namespace) -> dict:
    """Fit and evaluate once a seed; the figures are means over the seeds."""
    algorithm = algorithm_class(options.algorithm)
    interactions, items, columns = read_folder(options.folder, options.limit)
    _say(f"{interactions.n_persons} users, {len(items)} items, {len(interactions)} interactions")
    _say(", ".join(f"{c.name}: {'text ' * c.text}{'facet' * c.facet or ''}".strip() for c in columns) or "no columns")
    divide = PROTOCOLS[options.protocol]
    seeds = range(options.seed, options.seed + options.seeds)
    splits = [divide(interactions, seed=seed, filter_seen=not options.no_seen_filter) for seed in seeds]
    items = replace(items, vectors=_encode(items, options.encoder))
    reports = []
    for seed, split in zip(seeds, splits, strict=True):
        _say(f"seed {seed}: {len(split.train)} events to learn from, {len(split.validation)} + {len(split.test)} asked")
        fit_options = FitOptions(seed=seed, validation=split.validation, progress=_Progress())
        fitted = algorithm().fit(split.train, items, fit_options)
        reports.append(evaluate(fitted, split.test, split.train, items, seed=seed, progress=_Progress()))
    return {
        "dataset": options.folder.resolve().name,
        "protocol": options.protocol,
        "algorithm": options.algorithm,
        "settings": dict(reports[-1].settings),
        "metrics": {name: float(np.mean([report.metrics[name] for report in reports])) for name in reports[0].metrics},
        "intervals": _intervals(reports, options.seed),
        "seen_filter": not options.no_seen_filter,
        "seeds": list(seeds),
        "questions": sum(report.questions for report in reports),
        "fitted_on": "train",
        "encoder": options.encoder,
        "columns": {column.name: {"text": column.text, "facet": column.facet} for column in columns},
    }


def _intervals(reports: list[Report], seed: int) -> dict[str, list[float]]:
    """95% intervals over persons, each with the questions of all seeds."""
    persons = np.concatenate([report.persons for report in reports])
    names = list(reports[0].values)
    values = np.stack([np.concatenate([report.values[name] for report in reports]) for name in names], axis=1)
    bounds = bootstrap_intervals(values, persons, seed=seed)
    return {name: [float(low), float(high)] for name, (low, high) in zip(names, bounds, strict=True)}


def _encode(items: Items, name: str) -> np.ndarray | None:
    if name == "none" or not any(items.texts):
        return None
    progress = _Progress()
    return encode_cached(
        load_encoder(name), items.texts, VectorCache(_CACHE), lambda done, total: progress("encode", done / total, {})
    )


class _Progress:
    """Writes a line to standard error for each new stage, and every ten seconds within one."""

    def __init__(self):
        self.stage, self.written = "", 0.0

    def __call__(self, stage: str, fraction: float, metrics) -> None:
        now = time.perf_counter()
        if not metrics and stage == self.stage and now - self.written < 10:
            return
        self.stage, self.written = stage, now
        figures = " ".join(f"{name}={value:.5f}" for name, value in metrics.items())
        _say(f"{fraction:4.0%} {stage} {figures}".rstrip())


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _table(result: dict) -> str:
    lines = [f"{result['dataset']} · {result['protocol']} · {result['algorithm']} · {result['questions']} questions"]
    for name, value in result["metrics"].items():
        low, high = result["intervals"].get(name, (None, None))
        lines.append(f"{name:16} {value:8.4f}" + (f"   [{low:.4f}, {high:.4f}]" if low is not None else ""))
    lines.append(f"seen-filter {'on' if result['seen_filter'] else 'off'}, fitted on train, {result['seconds']} s")
    return "\n".join(lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.ranking", description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="holds sequences.txt and items.tsv")
    parser.add_argument("--protocol", choices=sorted(PROTOCOLS), default="leave-one-out")
    parser.add_argument("--algorithm", default="blend")
    parser.add_argument("--format", choices=("json", "table"), default="json")
    parser.add_argument("--seed", type=int, default=0, help="of the first run")
    parser.add_argument("--seeds", type=int, default=1, help="how many runs, each with the next seed")
    parser.add_argument("--limit", type=int, help="only the first so many users, for a quick look")
    parser.add_argument("--no-seen-filter", action="store_true", help="let items that were seen come back")
    parser.add_argument("--encoder", default=DEFAULT_ENCODER, help="folder, package or hub id; none for no vectors")
    return parser


if __name__ == "__main__":
    sys.exit(main())
