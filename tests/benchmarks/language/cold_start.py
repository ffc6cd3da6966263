"""New items: how well text alone finds the right persons, by the frozen encoder and by the fine-tuned one.

A fifth of the items is withheld from all behaviours. Both encoders are used in the same way: a person is the fading
sum of the vectors of what they liked, the answers are ranked among the withheld items by the product with it, and
how fast it fades is chosen for each of the two on items that were withheld from its training as well.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from recommender.contracts import FitOptions
from recommender.evaluation.significance import bootstrap_intervals
from recommender.language.cold import ColdQuestions, best_decay, figures, ranks, withhold
from recommender.language.contrastive import Contrastive
from recommender.language.corpus import Corpus
from recommender.language.encoder import DEFAULT_ENCODER, Encoder, load_encoder
from recommender.language.task import TaskError

from .folder_corpus import Progress, read_corpus

SHARE = 0.2
DECAY = 0.8  # where there is too little to choose one
NAMES = ("recall@10", "ndcg@10")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder", type=Path, help="sequences.txt and items.tsv, or MovieLens' ratings.csv and movies.csv"
    )
    parser.add_argument("--encoder", default=DEFAULT_ENCODER)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0, help="of the first run")
    parser.add_argument("--limit", type=int, help="only the first so many users, for a quick look")
    parser.add_argument("--config", default="{}", help="settings of the fine-tuning as JSON")


def run(options: argparse.Namespace) -> dict:
    corpus = read_corpus(options.folder, options.limit)
    task = Contrastive(Contrastive.configure(json.loads(options.config)))
    seeds = range(options.seed, options.seed + options.seeds)
    runs = [_one(corpus, task, options.encoder, seed) for seed in seeds]
    values = {name: np.concatenate([one["values"][name] for one in runs]) for name in ("frozen", "finetuned")}
    persons = np.concatenate([one["persons"] for one in runs])
    gain = values["finetuned"] - values["frozen"]
    return {
        "dataset": options.folder.resolve().name,
        **{name: _means(value) for name, value in values.items()},
        "ratio": {
            name: float(values["finetuned"][:, place].mean() / max(values["frozen"][:, place].mean(), 1e-12))
            for place, name in enumerate(NAMES)
        },
        "intervals": {
            **{name: _intervals(value, persons) for name, value in values.items()},
            "difference": _intervals(gain, persons),
        },
        "by_seed": [
            {"seed": seed, **{name: _means(one["values"][name]) for name in values}, "training": one["training"]}
            for seed, one in zip(seeds, runs, strict=True)
        ],
        "seeds": list(seeds),
        "questions": len(persons),
        "withheld": SHARE,
        "encoder": options.encoder,
        "settings": task.settings(),
    }


def _one(corpus: Corpus, task: Contrastive, name: str, seed: int) -> dict:
    """Test questions are asked once of each encoder; training and both decays see none of their items."""
    warm, test = withhold(corpus, SHARE, seed)
    try:
        validation = withhold(warm, task.config.withheld, seed, most=2000)[1]
    except ValueError:
        validation = None
    encoder = load_encoder(name, device="cpu", dtype="auto")
    values = {"frozen": _asked(encoder, corpus, validation, test)}
    try:
        training = task.tune(encoder, warm, FitOptions(seed=seed, progress=Progress(f"seed {seed}:")))
    except TaskError as error:  # too little to learn from: it stays as it was
        training = {"kept": False, "reason": str(error)}
    values["finetuned"] = _asked(encoder, corpus, validation, test) if training["kept"] else values["frozen"]
    return {"values": values, "persons": test.persons, "training": training}


def _asked(encoder: Encoder, corpus: Corpus, validation: ColdQuestions | None, test: ColdQuestions) -> np.ndarray:
    vectors = encoder.encode(corpus.items.texts)
    decay = best_decay(validation, vectors)[0] if validation else DECAY
    found = figures(ranks(test, vectors, decay))
    return np.stack([found[name] for name in NAMES], axis=1)


def _means(values: np.ndarray) -> dict[str, float]:
    return {name: float(values[:, place].mean()) for place, name in enumerate(NAMES)}


def _intervals(values: np.ndarray, persons: np.ndarray) -> dict[str, list[float]]:
    bounds = bootstrap_intervals(values, persons, seed=0)
    return {name: [float(low), float(high)] for name, (low, high) in zip(NAMES, bounds, strict=True)}
