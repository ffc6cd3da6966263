"""What each form of an encoder costs and how well it agrees with torch, on texts of one's own.

    python -m recommender.language.measure items.txt queries.txt [--encoder NAME]

Both files have one text a line. Items are encoded by torch, as a worker does it; queries by torch and by
each exported precision, one at a time on one thread, as the web process does it. Needs Linux.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from .encoder import DEFAULT_ENCODER, load_encoder
from .onnx_encoder import FILES, OnnxEncoder
from .onnx_export import export

TOP = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("items", type=Path)
    parser.add_argument("queries", type=Path)
    parser.add_argument("--encoder", default=DEFAULT_ENCODER)
    arguments = parser.parse_args()
    items, queries = (path.read_text(encoding="utf-8").splitlines() for path in (arguments.items, arguments.queries))
    encoder = load_encoder(arguments.encoder, device="cpu")
    item_vectors, reference = encoder.encode(items), encoder.encode(queries)
    expected = _top(item_vectors, reference)
    with tempfile.TemporaryDirectory() as folder:
        export(encoder, folder)
        for precision, name in FILES.items():
            vectors, milliseconds = _timed(OnnxEncoder(folder, precision), queries)
            cosines = np.sum(vectors * reference, axis=1)
            found = _top(item_vectors, vectors)
            shared = np.mean([len(np.intersect1d(a, b)) / TOP for a, b in zip(expected, found, strict=True)])
            size = sum(path.stat().st_size for path in Path(folder).glob(f"{name}*"))
            print(
                f"{precision}: {size / 1e6:.0f} MB on disk, "
                f"{_memory(folder, precision):.0f} MB in memory; cosine mean {cosines.mean():.4f}, "
                f"least {cosines.min():.4f}; {shared:.1%} of torch's top {TOP}; "
                f"median {np.median(milliseconds):.1f} ms, p95 {np.percentile(milliseconds, 95):.1f} ms a query"
            )


def _top(items: np.ndarray, queries: np.ndarray) -> np.ndarray:
    return np.argpartition(-(queries @ items.T), TOP, axis=1)[:, :TOP]


def _timed(encoder: OnnxEncoder, queries: list[str]) -> tuple[np.ndarray, np.ndarray]:
    encoder.encode(queries[:1])  # loads the model
    vectors, milliseconds = [], []
    for query in queries:
        start = time.perf_counter()
        vectors.append(encoder.encode([query])[0])
        milliseconds.append((time.perf_counter() - start) * 1000)
    return np.stack(vectors), np.array(milliseconds)


def _memory(folder: str, precision: str) -> float:
    """Peak MB that a fresh process gains by loading onnxruntime and the model and reading the longest text."""
    command = f"from recommender.language.measure import gained; gained({str(folder)!r}, {precision!r})"
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
