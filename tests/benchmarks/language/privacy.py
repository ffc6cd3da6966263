"""Privacy in training: what ε costs in quality, beside the same training without it.

The interest model's head is trained, on states of the frozen encoder, by DP-SGD at each ε and without privacy; the
questions are those of `interest`. A private run may not draw items by other people's behaviour, so there are two
runs without privacy: one on the same questions, which shows what the noise costs, and one on items drawn by
popularity, which shows what privacy costs in all. ε is computed again by a second accountant.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from recommender.contracts import FitOptions
from recommender.language.encoder import DEFAULT_ENCODER
from recommender.language.interest import Interest, InterestConfig, Material, teach, trained_part
from recommender.language.interest_measures import auc, log_loss
from recommender.language.interest_model import Head, start

from .folder_corpus import Progress, read_corpus
from .interest import intervals, last_questions

ASKED = 2000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, help="sequences.txt and items.tsv, or MovieLens' files")
    parser.add_argument("--encoder", default=DEFAULT_ENCODER)
    parser.add_argument("--epsilon", type=float, nargs="+", default=[3.0, 8.0])
    parser.add_argument("--delta", type=float, default=0.0, help="0 is 1 / N^1.1")
    parser.add_argument("--persons", type=int, default=9000, help="to learn from, at most")
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--batch", type=int, default=512)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit", type=int, help="only the first so many users, for a quick look")


def run(options: argparse.Namespace) -> dict:
    corpus = read_corpus(options.folder, options.limit)
    past = replace(corpus, histories=[events[:-1] for events in corpus.histories])
    asked = last_questions(corpus, past, options.seed, most=ASKED)
    fit = FitOptions(seed=options.seed, progress=Progress("privacy:"))
    plain = InterestConfig(
        base=options.encoder,
        adapter="head",
        history_tokens=48,
        item_tokens=32,
        negatives=2,
        hard=0.0,
        targets=1,
        most=options.persons,
        epochs=10,
        batch_size=64,
        learning_rate=1e-3,
        evaluations=1,
        precision="float32",
        delta=options.delta,
        private_steps=options.steps,
        private_batch=options.batch,
        private_learning_rate=3e-3,
    )
    private = [replace(plain, epsilon=epsilon) for epsilon in options.epsilon]
    reader = start(options.encoder, "cpu", plain.history_tokens, plain.item_tokens)
    tested = Material(corpus, reader, asked)
    tested.read()
    labels = tested.labels

    # The questions of the private runs are the same for every ε, and drawn without a look at others.
    found: dict[str, dict] = {}
    scores: dict[str, np.ndarray] = {"before": tested.logits()}
    for name, config, runs in (
        ("popular", plain, [("without privacy", plain)]),
        ("private", private[0], [("same questions, without privacy", plain), *_named(private)]),
    ):
        learned, checked = (Material(past, reader, own) for own in Interest(config).ask(past, options.seed))
        for title, own in runs:
            reader.model.head = Head(int(reader.model.backbone.config.hidden_size))
            part = trained_part(reader, own, learned, checked)
            told = teach(part, learned, checked, own, fit)
            scores[title] = tested.logits()
            found[title] = {"questions": name, "learned_from": len(learned.rows), **told.get("privacy", {})}
    sizes = [len(question.items) for question in asked]
    bounds = intervals(labels, {**scores, "finetuned": scores["without privacy"]}, sizes, options.seed)
    return {
        "dataset": options.folder.resolve().name,
        "before": {"auc": auc(labels, scores["before"]), "interval": bounds["before"]},
        **{
            title: {
                "auc": auc(labels, scores[title]),
                "interval": bounds[title],
                "log_loss": log_loss(labels, scores[title]),
                **own,
            }
            for title, own in found.items()
        },
        "questions": len(asked),
        "trained": "the comparison in the head: one weight a dimension",
        "seed": options.seed,
    }


def _named(private: Sequence[InterestConfig]) -> list[tuple[str, InterestConfig]]:
    return [(f"epsilon {config.epsilon:g}", config) for config in private]
