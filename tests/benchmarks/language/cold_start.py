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

from .folder_corpus import Progress, read_corpus

SHARE = 0.2
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
    _, validation = withhold(warm, task.config.withheld, seed, most=2000)
    encoder = load_encoder(name, device="cpu")
    values = {"frozen": _asked(encoder, corpus, validation, test)}
    training = task.tune(encoder, warm, FitOptions(seed=seed, progress=Progress(f"seed {seed}:")))
    values["finetuned"] = _asked(encoder, corpus, validation, test)
    return {"values": values, "persons": test.persons, "training": training}


def _asked(encoder: Encoder, corpus: Corpus, validation: ColdQuestions, test: ColdQuestions) -> np.ndarray:
    vectors = encoder.encode(corpus.items.texts)
    decay, _ = best_decay(validation, vectors)
    found = figures(ranks(test, vectors, decay))
    return np.stack([found[name] for name in NAMES], axis=1)


def _means(values: np.ndarray) -> dict[str, float]:
    return {name: float(values[:, place].mean()) for place, name in enumerate(NAMES)}


def _intervals(values: np.ndarray, persons: np.ndarray) -> dict[str, list[float]]:
    bounds = bootstrap_intervals(values, persons, seed=0)
    return {name: [float(low), float(high)] for name, (low, high) in zip(NAMES, bounds, strict=True)}
