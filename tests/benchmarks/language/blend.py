"""What the fine-tuned text adds to the best blend without any text, leave-one-out, all items ranked.

Both blends find their members' settings and weights on validation. The encoder learns from the training events alone.
Neither blend reads words or attributes of items; the second one reads the vectors of the fine-tuned encoder.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from recommender.algorithms.blend import Blend, BlendConfig
from recommender.contracts import FitOptions
from recommender.data import Items
from recommender.evaluation import PROTOCOLS, Report, evaluate
from recommender.language.contrastive import Contrastive
from recommender.language.encoder import DEFAULT_ENCODER, load_encoder

from .folder_corpus import Progress, corpus_of, read_corpus

WITHOUT = ("next-item", "graph", "ease", "popularity")
WITH = ("next-item", "graph", "ease", "content", "popularity")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, help="sequences.txt and items.tsv, or MovieLens' csv files")
    parser.add_argument("--encoder", default=DEFAULT_ENCODER)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit", type=int, help="only the first so many users, for a quick look")
    parser.add_argument("--config", default="{}", help="settings of the fine-tuning as JSON")
    parser.add_argument("--members", default=",".join(WITHOUT), help="of the blend without text; content joins them")
    parser.add_argument("--frozen", action="store_true", help="a third blend, with the text as it was before")


def run(options: argparse.Namespace) -> dict:
    corpus = read_corpus(options.folder, options.limit)
    interactions = corpus.interactions()
    split = PROTOCOLS["leave-one-out"](interactions, seed=options.seed, filter_seen=True)
    learning = corpus_of(split.train, corpus.items)
    encoder = load_encoder(options.encoder, device="cpu", dtype="auto")
    frozen = encoder.encode(corpus.items.texts) if options.frozen else None
    task = Contrastive(Contrastive.configure(json.loads(options.config)))
    training = task.tune(encoder, learning, FitOptions(seed=options.seed, progress=Progress("fine-tune:")))
    bare = Items(ids=corpus.items.ids)
    members = tuple(options.members.split(","))
    reports = {"without": _blend(members, bare, split, options.seed, "without text:")}
    vectors = {"finetuned": encoder.encode(corpus.items.texts), **({"frozen": frozen} if options.frozen else {})}
    for name, own in vectors.items():
        items = replace(bare, vectors=np.ascontiguousarray(own))
        reports[name] = _blend((*members, "content"), items, split, options.seed, f"{name}:")
    return {
        "dataset": options.folder.resolve().name,
        "protocol": "leave-one-out",
        **{name: {key: report.metrics[key] for key in ("recall@10", "ndcg@10")} for name, report in reports.items()},
        "intervals": {name: list(report.intervals["ndcg@10"]) for name, report in reports.items()},
        "difference": {
            name: _difference(report, reports["without"], options.seed)
            for name, report in reports.items()
            if name != "without"
        },
        "settings": {name: dict(report.settings) for name, report in reports.items()},
        "questions": reports["without"].questions,
        "training": training,
        "fitted_on": "train",
        "encoder": options.encoder,
    }


def _blend(members: tuple[str, ...], items: Items, split, seed: int, name: str) -> Report:
    weights = tuple(float(member == members[0]) for member in members)
    blend = Blend(BlendConfig(members=members, weights=weights))
    blend.fit(split.train, items, FitOptions(seed=seed, validation=split.validation, progress=Progress(name)))
    return evaluate(blend, split.test, split.train, items, seed=seed)


def _difference(report: Report, without: Report, seed: int) -> dict:
    found = report.difference(without, seed=seed)
    return {
        "ndcg@10": found.mean,
        "interval": [found.low, found.high],
        "excludes_zero": found.significant,
    }
