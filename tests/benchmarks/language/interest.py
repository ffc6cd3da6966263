"""Interest: does the fine-tuned cross-encoder tell what people choose next from what they could have chosen?

The last event of each person is withheld from everything that is learned. Of persons drawn by the seed it is asked
about, together with items drawn by popularity that the person never met. The interest model goes on from an encoder
that was fine-tuned on the same behaviours, as in a storefront that has put one live; `--plain` begins with the frozen
one. Baselines answer the same questions: the cosine of the frozen encoder and of the fine-tuned one, and a logistic
regression on TF-IDF. Which form of each is used is chosen on the validation questions.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from scipy import sparse
from scipy.special import expit
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from recommender.contracts import FitOptions
from recommender.language.contrastive import Contrastive
from recommender.language.corpus import Corpus
from recommender.language.encoder import DEFAULT_ENCODER, load_encoder
from recommender.language.interest import Interest, Material
from recommender.language.interest_measures import auc, figures, reliability
from recommender.language.interest_model import load
from recommender.language.interest_onnx import OnnxInterest
from recommender.language.interest_pairs import Draw, Question, Sampling, questions
from recommender.language.preparation import fit_to_tokens, token_counter
from recommender.language.text import clean

from .folder_corpus import Progress, read_corpus

ASKED = 3000
NEGATIVES = 4
CANDIDATES = 50
RESAMPLES = 500
VALIDATED = ("before", "auc", "log_loss", "ece", "temperature")
# What 25 minutes on two cores allow.
SETTINGS = {"most": 8_000, "epochs": 1, "evaluations": 1, "hard": 0.0, "validation_most": 1_500}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, help="sequences.txt and items.tsv, or MovieLens' files")
    parser.add_argument("--encoder", default=DEFAULT_ENCODER)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit", type=int, help="only the first so many users, for a quick look")
    parser.add_argument("--config", default="{}", help="settings of the interest model as JSON")
    parser.add_argument("--encoder-config", default="{}", help="settings of the encoder's fine-tuning as JSON")
    parser.add_argument("--plain", action="store_true", help="do not fine-tune the encoder first")
    parser.add_argument(
        "--validation-only", action="store_true", help="leave the last events alone, to choose settings"
    )
    parser.add_argument("--keep", type=Path, help="leave the model in this folder, its encoder in the folder beside it")
    parser.add_argument("--kept", type=Path, help="ask the model that --keep left here, and train none")


def run(options: argparse.Namespace) -> dict:
    corpus = read_corpus(options.folder, options.limit)
    past = replace(corpus, histories=[events[:-1] for events in corpus.histories])
    settings = {**SETTINGS, **json.loads(options.config)}
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.kept or options.keep or Path(temporary) / "interest"
        base = options.encoder if options.plain else str(beside(folder))
        if not options.plain and not options.kept:
            fine_tuned(past, beside(folder), settings, options)
        task = Interest(Interest.configure({"base": base, **settings}))
        return measured(corpus, past, task, folder, options)


def beside(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}-encoder")


def fine_tuned(past: Corpus, folder: Path, settings: Mapping, options: argparse.Namespace) -> None:
    """An encoder in `folder`, taught by everybody whom the interest model will not be validated on."""
    _, checked = Interest(Interest.configure(settings)).ask(past, options.seed)
    held = {question.person for question in checked}
    kept = replace(past, histories=[[] if person in held else own for person, own in enumerate(past.histories)])
    task = Contrastive(Contrastive.configure({"base": options.encoder, **json.loads(options.encoder_config)}))
    folder.mkdir(parents=True)
    task.run(kept, folder, FitOptions(seed=options.seed, progress=Progress("encoder:")))


def measured(corpus: Corpus, past: Corpus, task: Interest, folder: Path, options: argparse.Namespace) -> dict:
    learned, checked = task.ask(past, options.seed)
    asked = checked if options.validation_only else last_questions(corpus, past, options.seed)
    labels = _labels(asked)
    scores = {
        "frozen": cosine(corpus, options.encoder, checked, asked),
        "tfidf": tfidf(corpus, learned, checked, asked),
    }
    if not options.plain:
        scores["encoder"] = cosine(corpus, task.config.base, checked, asked)
    training, seconds = {}, 0.0
    if not options.kept:
        folder.mkdir(parents=True, exist_ok=True)
        started = time.perf_counter()
        training = task.run(past, folder, FitOptions(seed=options.seed, progress=Progress("interest:")))
        seconds = time.perf_counter() - started
    reader = load(folder)
    raw = Material(corpus, reader, asked).logits()
    logits = raw / reader.description["temperature"] + reader.description["shift"]
    latency = {name: milliseconds(OnnxInterest(folder, name), corpus, asked) for name in ("fp32", "int8")}
    int8 = by_web(OnnxInterest(folder, "int8"), corpus, asked[:200])
    scores["finetuned"] = logits
    sizes = [len(question.items) for question in asked]
    return {
        "dataset": options.folder.resolve().name,
        "auc": {name: auc(labels, own) for name, own in scores.items()},
        "intervals": intervals(labels, scores, sizes, options.seed),
        "auc_within_person": {name: within(labels, own, sizes) for name, own in scores.items()},
        "finetuned": {**figures(labels, logits), "reliability": reliability(labels, expit(logits))},
        "int8": {
            "auc": auc(labels[: len(int8)], int8),
            "auc_fp32": auc(labels[: len(int8)], logits[: len(int8)]),
            "pairs": len(int8),
        },
        "milliseconds_50_candidates": latency,
        "questions": {"train": len(learned), "validation": len(checked), "test": len(asked)},
        "training_seconds": round(seconds, 1),
        "validation": {name: training[name] for name in VALIDATED if name in training},
        "settings": task.settings(),
        "seed": options.seed,
    }


def last_questions(corpus: Corpus, past: Corpus, seed: int, most: int = ASKED) -> list[Question]:
    """About the last event of `most` persons, where it is a like of an item that is new to them.

    Items to compare with are drawn by their popularity in what came before.
    """
    random = np.random.default_rng((seed, 1))
    persons = [int(person) for person in random.permutation(len(corpus)) if len(corpus.histories[person]) > 1]
    sampling = Sampling(NEGATIVES, hard=0.0, targets=1)
    found = questions(corpus, persons, sampling, Draw(past), random)
    last = [q for q in found if q.before == len(corpus.histories[q.person]) - 1 and q.labels[0]]
    return last[:most]


def cosine(corpus: Corpus, name: str, checked: Sequence[Question], asked: Sequence[Question]) -> np.ndarray:
    """Cosine of each item to the history: read as one text, or as the mean of its items, whichever is better."""
    encoder = load_encoder(name, device="cpu", dtype="bfloat16")
    items = encoder.encode(corpus.items.texts)
    count = token_counter(encoder.tokenizer)

    def by_text(own: Sequence[Question]) -> np.ndarray:
        texts = [
            fit_to_tokens(corpus.histories[q.person][: q.before], corpus.history_text, count, encoder.max_length)
            for q in own
        ]
        return cosines(own, encoder.encode(texts))

    def by_items(own: Sequence[Question]) -> np.ndarray:
        means = np.stack([items[[e.item for e in corpus.histories[q.person][: q.before]]].mean(axis=0) for q in own])
        return cosines(own, means / np.maximum(1e-9, np.linalg.norm(means, axis=1, keepdims=True)))

    def cosines(own: Sequence[Question], histories: np.ndarray) -> np.ndarray:
        return np.concatenate([items[list(q.items)] @ vector for q, vector in zip(own, histories, strict=True)])

    best = max((by_text, by_items), key=lambda form: auc(_labels(checked), form(checked)))
    return best(asked)


def tfidf(
    corpus: Corpus, learned: Sequence[Question], checked: Sequence[Question], asked: Sequence[Question]
) -> np.ndarray:
    """Decision values of a logistic regression on the words of history and item, side by side or word by word."""
    vectors = TfidfVectorizer(sublinear_tf=True, min_df=2)
    items = vectors.fit_transform([clean(text) for text in corpus.items.texts])

    def features(own: Sequence[Question], products: bool) -> sparse.csr_array:
        texts = [corpus.history_text(corpus.histories[q.person][: q.before]) for q in own]
        history = vectors.transform(texts)[np.repeat(np.arange(len(own)), [len(q.items) for q in own])]
        item = items[[row for q in own for row in q.items]]
        if not products:
            return sparse.hstack([history, item]).tocsr()
        both = history.multiply(item)
        return sparse.hstack([both, item, sparse.csr_array(np.asarray(both.sum(axis=1)).reshape(-1, 1))]).tocsr()

    best, chosen = -1.0, np.zeros(0)
    for products in (False, True):
        learned_features = features(learned, products)
        for strength in (0.01, 0.1, 1.0):
            model = LogisticRegression(C=strength, max_iter=1000, class_weight="balanced")
            model.fit(learned_features, _labels(learned))
            found = auc(_labels(checked), model.decision_function(features(checked, products)))
            if found > best:
                best, chosen = found, model.decision_function(features(asked, products))
    return chosen


def intervals(
    labels: np.ndarray, scores: Mapping[str, np.ndarray], sizes: Sequence[int], seed: int
) -> dict[str, list[float]]:
    """95% percentile intervals of each AUC and of what the fine-tuned model has more; persons are drawn."""
    random = np.random.default_rng(seed)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    rows = [np.arange(start, end) for start, end in pairwise(starts)]
    drawn: dict[str, list[float]] = {name: [] for name in scores}
    for _ in range(RESAMPLES):
        own = np.concatenate([rows[place] for place in random.integers(len(rows), size=len(rows))])
        for name, values in scores.items():
            drawn[name].append(auc(labels[own], values[own]))
    for name in [name for name in scores if name != "finetuned"]:
        drawn[f"finetuned - {name}"] = list(np.subtract(drawn["finetuned"], drawn[name]))
    return {name: [float(bound) for bound in np.quantile(own, [0.025, 0.975])] for name, own in drawn.items()}


def within(labels: np.ndarray, scores: np.ndarray, sizes: Sequence[int]) -> float:
    """Mean over persons of the AUC among their own items."""
    ends = np.cumsum(sizes)
    return float(
        np.mean([auc(labels[end - n : end], scores[end - n : end]) for n, end in zip(sizes, ends, strict=True)])
    )


def milliseconds(scorer: OnnxInterest, corpus: Corpus, asked: Sequence[Question], runs: int = 20) -> float:
    """Median time of scoring 50 candidates for one person on one thread."""
    pool = [corpus.items.texts[item] for question in asked[:CANDIDATES] for item in question.items]
    times = []
    for run_number, question in enumerate(asked[: runs + 1]):
        history = _history(scorer, corpus, question)
        candidates = [pool[(run_number + place) % len(pool)] for place in range(CANDIDATES)]
        started = time.perf_counter()
        scorer.score(history, candidates)
        times.append((time.perf_counter() - started) * 1000)
    return float(np.median(times[1:]))  # the first one loads the model


def by_web(scorer: OnnxInterest, corpus: Corpus, asked: Sequence[Question]) -> np.ndarray:
    """Probabilities as the web process would give them."""
    return np.concatenate(
        [scorer.score(_history(scorer, corpus, q), [corpus.items.texts[item] for item in q.items]) for q in asked]
    )


def _history(scorer: OnnxInterest, corpus: Corpus, question: Question) -> str:
    events = corpus.histories[question.person][: question.before]
    return fit_to_tokens(events, corpus.history_text, scorer.count_tokens, scorer.layout.history_tokens)


def _labels(asked: Sequence[Question]) -> np.ndarray:
    return np.array([label for question in asked for label in question.labels])
