"""What each form of an encoder costs and what it loses, so that an operator chooses with the table in view.

    python -m recommender.language.measure items.txt [queries.txt] [--encoder NAME] [--student FOLDER …]

Both files have one text a line. `measure_variants` takes a corpus, and adds how held-out next items are ranked.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .compression import STANDARD, Variant, write_variants
from .corpus import Corpus
from .encoder import DEFAULT_ENCODER, Encoder, load_encoder
from .onnx_encoder import OnnxEncoder
from .questions import TOP, Questions, lost

#: Called with the stage and the fraction done.
Report = Callable[[str, float], None]

# Each form encodes so many texts before it is timed: models are loaded and weights laid out.
_WARM = 256
_ONE_BY_ONE = 64


def measure_variants(
    encoder: Encoder,
    corpus: Corpus,
    folder: Path | str,
    *,
    slugs: Sequence[str] = STANDARD,
    students: Mapping[str, Path | str] | None = None,
    adapters: Mapping[str, Path | str] | None = None,
    items: int = 2000,
    texts: int = 512,
    rounds: int = 3,
    seed: int = 0,
    report: Report = lambda stage, fraction: None,
) -> list[dict[str, Any]]:
    """Write the forms of `encoder` into `folder` and measure each; the first row is the encoder as it is.

    A row: `variant`, `name` (by language), `folder`, `bytes` of weights, `dimensions`; `texts_per_second` and
    `one_text_ms`, medians of `rounds` in which all forms take turns, on the threads that torch has;
    `cosine` and `least_cosine` to the first row (None where widths differ); `neighbours_kept`, the share of the
    ten nearest of each item that stay; `ndcg@10` of held-out next items, `ndcg_lost`, the share of the first row's
    that is gone, and `ndcg_lost_at_most`, the upper end of its 95% interval over persons (None where nobody in the
    corpus liked two of the items); `questions`, how many persons that rests on.

    Of the catalogue, `items` drawn by `seed` are encoded and ranked; `texts` of them are timed. `report` may raise
    to stop.
    """
    report("write", 0.0)
    rows = np.sort(np.random.default_rng(seed).permutation(len(corpus.items))[:items])
    variants = write_variants(encoder, folder, tuple(dict.fromkeys(("float32", *slugs))), students, adapters)
    read = [corpus.items.texts[row] for row in rows]
    figures = compare(variants, read, texts=texts, rounds=rounds, questions=Questions.of(corpus, rows), report=report)
    report("measure", 1.0)
    return figures


def compare(
    variants: Sequence[Variant],
    items: Sequence[str],
    queries: Sequence[str] | None = None,
    *,
    texts: int = 512,
    rounds: int = 3,
    questions: Questions | None = None,
    report: Report = lambda stage, fraction: None,
) -> list[dict[str, Any]]:
    """The rows of `measure_variants` for forms that are written already; `queries` stand in for the item texts."""
    encoders = [variant.load() for variant in variants]
    seconds, milliseconds = _timed(encoders, list(items[:texts]), rounds, report)
    asked = list(queries or items[:1000])
    rows: list[dict[str, Any]] = []
    for place, (variant, encoder) in enumerate(zip(variants, encoders, strict=True)):
        report("encode", place / len(variants))
        vectors, own = encoder.encode(items), encoder.encode(asked)
        nearest = _nearest(vectors, own)
        gains = questions.gains(vectors) if questions is not None and len(questions) else None
        if place == 0:
            reference = own, nearest, gains
        cosines = np.sum(own * reference[0], axis=1) if own.shape == reference[0].shape else None
        kept = [len(np.intersect1d(a, b)) / max(len(a), 1) for a, b in zip(reference[1], nearest, strict=True)]
        # Nothing can be lost where nothing was found.
        compared = gains is not None and reference[2].mean() > 0
        share, at_most = lost(reference[2], gains) if compared else (None, None)
        rows.append(
            {
                "variant": variant.slug,
                "name": variant.name,
                "folder": str(variant.folder),
                "bytes": variant.size,
                "dimensions": variant.dimensions,
                "texts_per_second": min(texts, len(items)) / seconds[place],
                "one_text_ms": milliseconds[place],
                "cosine": None if cosines is None else float(cosines.mean()),
                "least_cosine": None if cosines is None else float(cosines.min()),
                "neighbours_kept": float(np.mean(kept)),
                "ndcg@10": None if gains is None else float(gains.mean()),
                "ndcg_lost": share,
                "ndcg_lost_at_most": at_most,
                "questions": 0 if questions is None else len(questions),
            }
        )
    return rows


def _timed(encoders: Sequence[Any], texts: list[str], rounds: int, report: Report) -> tuple[np.ndarray, np.ndarray]:
    """Seconds that each encoder takes for all texts at once, and milliseconds for one of them: medians."""
    for encoder in encoders:
        encoder.encode(texts[:_WARM])
    together = np.zeros((rounds, len(encoders)))
    alone = np.zeros((rounds, len(encoders)))
    for turn in range(rounds):
        for place, encoder in enumerate(encoders):
            report("time", (turn + place / len(encoders)) / rounds)
            start = time.perf_counter()
            encoder.encode(texts)
            together[turn, place] = time.perf_counter() - start
            alone[turn, place] = np.median([_clocked(encoder, text) for text in texts[:_ONE_BY_ONE]])
    return np.median(together, axis=0), np.median(alone, axis=0) * 1000


def _clocked(encoder: Any, text: str) -> float:
    start = time.perf_counter()
    encoder.encode([text])
    return time.perf_counter() - start


def _nearest(items: np.ndarray, queries: np.ndarray) -> np.ndarray:
    """(q, ≤ 10) rows of the items nearest to each query."""
    top = min(TOP, len(items))
    return np.argpartition(-(queries @ items.T), top - 1, axis=1)[:, :top]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("items", type=Path)
    parser.add_argument("queries", type=Path, nargs="?")
    parser.add_argument("--encoder", default=DEFAULT_ENCODER)
    parser.add_argument("--student", action="append", default=[], type=Path, help="an encoder distilled from it")
    arguments = parser.parse_args()
    paths = [arguments.items, arguments.queries or arguments.items]
    items, queries = (path.read_text(encoding="utf-8").splitlines() for path in paths)
    students = {folder.name: folder for folder in arguments.student}
    with tempfile.TemporaryDirectory() as folder:
        variants = write_variants(load_encoder(arguments.encoder, device="cpu"), folder, students=students)
        print(table(compare(variants, items, queries)))
        for precision in ("fp32", "int8"):
            memory = _memory(str(Path(folder) / "onnx"), precision)
            print(f"A web process gains {memory:.0f} MB at its peak with onnx-{precision}.")


def table(rows: Iterable[Mapping[str, Any]]) -> str:
    """The rows as lines of text."""
    columns = ("variant", "MB", "dims", "texts/s", "ms/text", "cosine", "least", "top 10", "NDCG@10", "lost", "at most")
    lines = ["".join(f"{name:>9}" if place else f"{name:16}" for place, name in enumerate(columns))]
    for row in rows:
        figures = (
            (row["bytes"] / 1e6, ".1f"),
            (row["dimensions"], "d"),
            (row["texts_per_second"], ".0f"),
            (row["one_text_ms"], ".1f"),
            (row["cosine"], ".4f"),
            (row["least_cosine"], ".4f"),
            (row["neighbours_kept"], ".1%"),
            (row["ndcg@10"], ".4f"),
            (row["ndcg_lost"], ".1%"),
            (row["ndcg_lost_at_most"], ".1%"),
        )
        lines.append(f"{row['variant']:16}" + "".join(f"{_written(value, form):>9}" for value, form in figures))
    return "\n".join(lines)


def _written(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)


def _memory(folder: str, precision: str) -> float:
    """Peak MB that a fresh process gains by loading onnxruntime and the model and reading the longest text; Linux."""
    command = f"from recommender.language.measure import gained; gained({folder!r}, {precision!r})"
    run = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True)
    return float(run.stdout)


def gained(folder: str, precision: str) -> None:
    before = _peak()
    OnnxEncoder(folder, precision).encode(["word " * 1000])  # type: ignore[arg-type]
    print(_peak() - before)


def _peak() -> float:
    """MB; from Linux's own account, since getrusage counts what the parent had before the fork as well."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1e3


if __name__ == "__main__":
    main()
