"""Texts a second beside a plain loop and sentence-transformers, and what each compressed form costs and loses.

    python -m tests.benchmarks.language encode DIR --format json

`speed`: all encoders read the same texts in one process, in rounds in which they take turns; a ratio is the median of
the rounds' ratios. "plain" is a loop over transformers in batches of the same size, unsorted; "sentence_transformers"
is its `encode` as it comes (batches of 32, float32). "float32" is this project's encoder in the same precision, and
"auto" what a worker uses; `auto_computes_in` says what that is on this machine. `variants` is the table of
`recommender.language.measure`, on the same folder's items and held-out next items.
"""

from __future__ import annotations

import argparse
import importlib.util
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from recommender.language.compression import STANDARD
from recommender.language.encoder import DEFAULT_ENCODER, load_encoder
from recommender.language.measure import measure_variants
from recommender.language.model_folder import resolve
from recommender.language.onnx_encoder import OnnxEncoder
from recommender.language.onnx_export import export
from recommender.language.text import clean

from .folder_corpus import Progress, read_corpus

BATCH = 64


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, help="sequences.txt with items.tsv, or MovieLens' csv files")
    parser.add_argument("--encoder", default=DEFAULT_ENCODER, help="folder, package or hub id")
    parser.add_argument("--texts", type=int, default=1024, help="how many item texts are timed")
    parser.add_argument("--items", type=int, default=6000, help="how many items are ranked for NDCG")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--student", action="append", default=[], type=Path, help="an encoder distilled from it")
    parser.add_argument("--form", action="append", choices=STANDARD, help="only these forms; float32 is always there")


def run(options: argparse.Namespace) -> dict:
    import torch

    torch.set_num_threads(options.threads)
    progress = Progress("encode")
    corpus = read_corpus(options.folder)
    drawn = np.random.default_rng(options.seed).permutation(len(corpus.items))
    texts = [text for row in drawn if (text := clean(corpus.items.texts[row]))][: options.texts]
    with tempfile.TemporaryDirectory() as folder:
        speed = _speed(options, texts, Path(folder), progress)
        variants = measure_variants(
            load_encoder(options.encoder, device="cpu"),
            corpus,
            Path(folder) / "variants",
            slugs=tuple(options.form or STANDARD),
            students={student.name: student for student in options.student},
            items=options.items,
            rounds=options.rounds,
            seed=options.seed,
            report=lambda stage, fraction: progress(stage, fraction, {}),
        )
    for row in variants:
        del row["name"], row["folder"]
    return {
        "dataset": options.folder.resolve().name,
        "encoder": options.encoder,
        "threads": options.threads,
        "speed": speed,
        "variants": {row.pop("variant"): row for row in variants},
    }


def _speed(options: argparse.Namespace, texts: list[str], folder: Path, progress: Progress) -> dict:
    import torch

    from recommender.language.packed import multiplies_bfloat16

    encoder = load_encoder(options.encoder, device="cpu", batch_size=BATCH)
    auto = load_encoder(options.encoder, device="cpu", dtype="auto", batch_size=BATCH)
    export(encoder, folder / "onnx")
    model = resolve(options.encoder).fetch()
    ways: dict[str, Callable[[list[str]], np.ndarray]] = {"plain": _plain(model, encoder.max_length)}
    if importlib.util.find_spec("sentence_transformers"):
        ways["sentence_transformers"] = _sentence_transformers(model)
    ways |= {
        "float32": encoder.encode,
        "auto": auto.encode,
        "onnx_fp32": OnnxEncoder(folder / "onnx", "fp32", options.threads, batch_size=16).encode,
        "onnx_int8": OnnxEncoder(folder / "onnx", "int8", options.threads, batch_size=16).encode,
        "onnx_fp32_one_by_one": OnnxEncoder(folder / "onnx", "fp32", options.threads).encode,
        "onnx_int8_one_by_one": OnnxEncoder(folder / "onnx", "int8", options.threads).encode,
    }
    reference = ways["plain"](texts)
    cosines = {name: float((way(texts) * reference).sum(axis=1).mean()) for name, way in ways.items()}  # and warms up
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(options.rounds):
        progress("speed", turn / options.rounds, {})
        names = list(ways)
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            start = time.perf_counter()
            ways[name](texts)
            seconds[name].append(time.perf_counter() - start)

    def ratio(name: str, to: str) -> float | None:
        if name not in seconds or to not in seconds:
            return None
        return statistics.median(b / a for a, b in zip(seconds[name], seconds[to], strict=True))

    return {
        "texts": len(texts),
        "distinct": len(set(texts)),
        "tokens_a_text": float(np.mean([len(each.ids) for each in encoder.tokenizer.encode_batch(texts)])),
        "auto_computes_in": "bfloat16" if multiplies_bfloat16(torch.device("cpu")) else "float32",
        "sentence_transformers": _version("sentence_transformers"),
        "texts_per_second": {name: len(texts) / statistics.median(own) for name, own in seconds.items()},
        "cosine_to_plain": cosines,
        "ratios": {
            "float32 to plain": ratio("float32", "plain"),
            "float32 to sentence_transformers": ratio("float32", "sentence_transformers"),
            "auto to plain": ratio("auto", "plain"),
            "auto to sentence_transformers": ratio("auto", "sentence_transformers"),
            "onnx_int8 to onnx_fp32": ratio("onnx_int8", "onnx_fp32"),
            "onnx_int8 to onnx_fp32, one by one": ratio("onnx_int8_one_by_one", "onnx_fp32_one_by_one"),
        },
    }


def _plain(folder: Path, max_length: int) -> Callable[[list[str]], np.ndarray]:
    """What one writes first: tokenise a batch, run the model, take the mean, go on."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()

    def encode(texts: list[str]) -> np.ndarray:
        vectors = []
        for start in range(0, len(texts), BATCH):
            batch = tokenizer(
                texts[start : start + BATCH], padding=True, truncation=True, max_length=max_length, return_tensors="pt"
            )
            with torch.no_grad():
                states = model(**batch).last_hidden_state
            mask = batch["attention_mask"].unsqueeze(-1).to(states.dtype)
            mean = (states * mask).sum(dim=1) / mask.sum(dim=1)
            vectors.append(torch.nn.functional.normalize(mean, dim=-1).numpy())
        return np.concatenate(vectors)

    return encode


def _sentence_transformers(folder: Path) -> Callable[[list[str]], np.ndarray]:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folder), device="cpu")
    return lambda texts: model.encode(texts, normalize_embeddings=True)


def _version(package: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed: pip install sentence-transformers to compare with it"
