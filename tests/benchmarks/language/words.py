"""Wishes: people's own tags of films as what they say, with and without their past, and what understanding costs.

Somebody who tagged a film "time travel" would have been glad to be shown it when they said "time travel". Taggers
are halved. One half asks: each of their tags is a question, and the answers are the films that they gave it to, which
are left out of their past; the tags of the other half stand in the films' texts. Then they change parts. Weights are
chosen on one half (`validation`) and measured on the other. The model of the past learns from people without tags.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from catalog.schema import Field, Schema
from recommender.algorithms import algorithm_class
from recommender.data import Interactions, Items, Query, Ranking
from recommender.evaluation.significance import bootstrap_intervals
from recommender.index.words import WordIndex
from recommender.language.encoder import DEFAULT_ENCODER, Encoder, load_encoder
from recommender.language.onnx_encoder import OnnxEncoder
from recommender.language.wishes import understand
from recommender.language.wishes_scores import WEIGHTS, Weights, fused
from recommender.language.wishes_vocabulary import asked_stems, stems, vocabulary_of

from .__main__ import say

K = 10
LIKED = 3.0  # stars from which a film counts as liked
MOST_ANSWERS = 20  # a tag on more films is a list that somebody keeps ("in netflix queue"), and no wish
MOST_TAGS = 20  # of one film go into its text
DEPTH = 200
GRID = {"words": (0.5, 1.0, 1.5), "person": (0.2, 0.35, 0.5, 0.65), "popular": (0.0, 0.25, 0.5, 1.0, 1.5)}
VARIANTS = {
    "popular": {"popular"},
    "past": {"person"},
    "words": {"words"},
    "meaning": {"meaning"},
    "text": {"words", "meaning", "popular"},
    "together": {"words", "meaning", "popular", "person"},
}
SENTENCES = (
    "something light for a rainy evening, not too long",
    "a scary film from the 90s, but not horror or war",
    "comedy or romance between 1990 and 2000, without violence",
    "想看轻松一点的九十年代喜剧，不要恐怖片",
)


@dataclass(frozen=True)
class Wished:
    """One tag of one person, and what each signal says of every film."""

    person: str
    answers: np.ndarray
    past: np.ndarray
    meaning: np.ndarray
    words: Ranking
    opinion: np.ndarray | None  # None where nothing is left of their past


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, help="MovieLens' movies.csv, ratings.csv and tags.csv")
    parser.add_argument("--encoder", default=DEFAULT_ENCODER)
    parser.add_argument("--algorithm", default="ease", help="learns from the past")


def run(options: argparse.Namespace) -> dict:
    movies, ratings, tags = (_rows(options.folder / f"{name}.csv") for name in ("movies", "ratings", "tags"))
    encoder = load_encoder(options.encoder, device="cpu")
    row_of = {movie["movieId"]: row for row, movie in enumerate(movies)}
    taggers = sorted({tag["userId"] for tag in tags}, key=int)
    pasts = defaultdict(list)
    for rating in ratings:
        if float(rating["rating"]) >= LIKED:
            pasts[rating["userId"]].append((float(rating["timestamp"]), row_of[rating["movieId"]]))
    learned = _interactions(pasts, set(taggers), len(movies))
    items = Items(ids=np.arange(len(movies)), texts=[movie["title"] for movie in movies])
    model = algorithm_class(options.algorithm)().fit(learned, items)
    popular = np.log1p(np.bincount(learned.items, minlength=len(movies))).astype(np.float32)
    say(f"{len(movies)} films, {learned.n_persons} people who tagged nothing, {len(taggers)} taggers")
    validation, test = (_wishes(movies, tags, row_of, pasts, model, encoder, taggers[half::2]) for half in (1, 0))
    chosen = _choose(validation, popular)
    values = {name: _values(test, popular, _only(parts)) for name, parts in VARIANTS.items()}
    persons = np.arange(len(next(iter(values.values()))))
    return {
        "dataset": options.folder.resolve().name,
        "questions": {"validation": len(validation), "test": len(test)},
        "taggers": {"validation": len({w.person for w in validation}), "test": len(persons)},
        "test": {
            name: dict(zip((f"recall@{K}", f"ndcg@{K}"), map(float, value.mean(axis=0)), strict=True))
            for name, value in values.items()
        },
        "intervals": {name: bootstrap_intervals(value, persons).tolist() for name, value in values.items()},
        "weights": {name: getattr(WEIGHTS, name) for name in GRID},
        "validation": chosen,
        "milliseconds": _costs(encoder, movies),
        "encoder": options.encoder,
    }


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _interactions(pasts, without: set[str], n_items: int) -> Interactions:
    told = [(person, row, at) for person, own in pasts.items() if person not in without for at, row in own]
    number = {person: place for place, person in enumerate(sorted({person for person, _, _ in told}))}
    persons, rows, times = zip(*told, strict=True)
    return Interactions.build(
        [number[person] for person in persons], rows, None, times, n_persons=len(number), n_items=n_items
    )


def _wishes(movies, tags, row_of, pasts, model, encoder: Encoder, asking: list[str]) -> list[Wished]:
    """The questions of those who ask, over texts that hold the tags of all others."""
    given, wished = defaultdict(list), defaultdict(set)
    for tag in tags:
        row = row_of[tag["movieId"]]
        if tag["userId"] in asking:
            wished[tag["userId"], tag["tag"].casefold()].add(row)
        elif tag["tag"] not in given[row]:
            given[row].append(tag["tag"])
    texts, documents = [], []
    for row, movie in enumerate(movies):
        genres, own = movie["genres"].split("|"), given[row][:MOST_TAGS]
        texts.append(". ".join([movie["title"], ", ".join(genres), *([", ".join(own)] if own else [])]))
        documents.append({"title": movie["title"], "labels": " ".join([*genres, *own])})
    vectors = encoder.encode(texts)
    index = WordIndex.build(documents, stems, {"title": 3.0, "labels": 2.0}, asked=asked_stems, least=0.25)  # as served
    asked = [(person, tag, rows) for (person, tag), rows in wished.items() if len(rows) <= MOST_ANSWERS]
    said = sorted({tag for _, tag, _ in asked})
    vector_of = dict(zip(said, encoder.encode(said), strict=True))
    found = []
    for person, tag, answers in asked:
        past = [(at, row) for at, row in sorted(pasts[person]) if row not in answers]
        rows = np.array([row for _, row in past], dtype=np.int32)
        query = Query.of(rows, times=np.array([at for at, _ in past]), now=past[-1][0] if past else 0.0)
        opinion = model.score(query) if past else None
        ranked = index.search(tag, DEPTH)
        found.append(Wished(person, np.array(sorted(answers)), rows, vectors @ vector_of[tag], ranked, opinion))
    say(f"{len(found)} wishes of {len({one.person for one in found})} people")
    return found


def _values(wishes: list[Wished], popular: np.ndarray, weights: Weights) -> np.ndarray:
    """(people, 2) recall and NDCG: each person's mean, so that one who tags a thousand films does not decide alone."""
    own = defaultdict(list)
    for wish in wishes:
        scores = fused(
            len(popular),
            meaning=wish.meaning,
            words=wish.words,
            person=wish.opinion,
            popular=popular,
            weights=weights,
        )
        scores[wish.past] = -np.inf
        top = np.argpartition(-scores, K)[:K]
        hits = np.isin(top[np.argsort(-scores[top], kind="stable")], wish.answers)
        gains = 1 / np.log2(np.arange(K) + 2)
        most = min(len(wish.answers), K)
        own[wish.person].append((hits.sum() / most, (hits * gains).sum() / gains[:most].sum()))
    return np.array([np.mean(values, axis=0) for values in own.values()])


def _only(parts: set[str]) -> Weights:
    off = {name: 0.0 for name in ("meaning", "words", "person", "popular") if name not in parts}
    # Alone, any weight gives the same order.
    return replace(WEIGHTS, **off)


def _choose(wishes: list[Wished], popular: np.ndarray) -> dict:
    """The best weights on validation, beside those that are shipped."""
    tried = []
    for values in itertools.product(*GRID.values()):
        weights = replace(WEIGHTS, **dict(zip(GRID, values, strict=True)))
        tried.append((float(_values(wishes, popular, weights)[:, 1].mean()), dict(zip(GRID, values, strict=True))))
    best = max(tried, key=lambda one: one[0])
    return {
        "best": {**best[1], f"ndcg@{K}": best[0]},
        "shipped": {f"ndcg@{K}": float(_values(wishes, popular, WEIGHTS)[:, 1].mean())},
    }


class _Genres:
    """Films as columns, for understanding."""

    def __init__(self, movies: list[dict[str, str]]):
        self.movies = movies

    def numbers(self, field: str) -> np.ndarray:
        if field != "year":
            return np.full(len(self.movies), np.nan)
        return np.array([float(y) if (y := m["title"].strip()[-5:-1]).isdigit() else np.nan for m in self.movies])

    def labels(self, field: str) -> list[list[str]]:
        return [movie["genres"].split("|") if field == "category" else [] for movie in self.movies]


def _costs(encoder: Encoder, movies: list[dict[str, str]]) -> dict[str, float]:
    """Medians over a hundred calls, of one thread, with the export that the web process loads."""
    from recommender.language.onnx_export import export

    vocabulary = vocabulary_of(Schema((Field("year", "integer", {"en": "Year"}),)), _Genres(movies))
    with tempfile.TemporaryDirectory() as folder:
        export(encoder, Path(folder) / "encoder")
        onnx = OnnxEncoder(Path(folder) / "encoder")
        return {
            "understand": _median(lambda text: understand(text, vocabulary)),
            "encode": _median(lambda text: onnx.encode([text])),
        }


def _median(call) -> float:
    call(SENTENCES[0])
    times = []
    for number in range(100):
        started = time.perf_counter()
        call(SENTENCES[number % len(SENTENCES)])
        times.append(1000 * (time.perf_counter() - started))
    return round(float(np.median(times)), 2)
