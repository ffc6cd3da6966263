"""Keywords: does an encoder–decoder write words of the catalogue that bring up what people choose next?

Leave-one-out: the last event of each person is the test, the one before it the validation, and the writer learns from
what came before both. How items are matched is found inside the training, on persons that it holds out. The writer
reads everything but the last event; items that were seen do not count. Popularity and, as a control, the keywords of
the person's own items under the same match answer the same questions.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from recommender.contracts import FitOptions
from recommender.data import Query
from recommender.evaluation.significance import bootstrap_intervals
from recommender.language.corpus import Corpus, likes
from recommender.language.keyword_examples import overlap
from recommender.language.keyword_ranking import KeywordSource, hits
from recommender.language.keyword_writer import KeywordWriter
from recommender.language.keywords import Keywords
from recommender.language.preparation import fit_to_tokens

from .folder_corpus import Progress, read_corpus

K = 10
FADING = 0.8  # of the control: what an item that is one step older still counts


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, help="sequences.txt and items.tsv, or MovieLens' files")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit", type=int, help="only the first so many users, for a quick look")
    parser.add_argument("--questions", type=int, default=6000, help="persons who are asked about, drawn by the seed")
    parser.add_argument("--config", default="{}", help="settings of the training as JSON")
    parser.add_argument("--keep", type=Path, help="leave the model in this folder")
    parser.add_argument("--kept", type=Path, help="ask the model that --keep left here, and train none")
    parser.add_argument("--on-validation", action="store_true", help="ask about the validation events, for choosing")


def run(options: argparse.Namespace) -> dict:
    corpus = read_corpus(options.folder, options.limit)
    task = Keywords(Keywords.configure(json.loads(options.config)))
    places = [likes_of(corpus, person) for person in range(len(corpus))]
    # Whoever has fewer than three likes stays whole in training.
    past = replace(
        corpus,
        histories=[
            own[: place[-2]] if len(place) > 2 else own for own, place in zip(corpus.histories, places, strict=True)
        ],
    )
    held = [person for person in range(len(corpus)) if len(places[person]) > 2]
    asked = np.random.default_rng(options.seed).permutation(held)[: options.questions].tolist()
    back = 2 if options.on_validation else 1
    ends = {person: places[person][-back] for person in asked}
    targets = [corpus.histories[person][ends[person]].item for person in asked]

    with tempfile.TemporaryDirectory() as temporary:
        folder, training = options.kept or options.keep or Path(temporary), {}
        if not options.kept:
            folder.mkdir(parents=True, exist_ok=True)
            training = task.run(past, folder, FitOptions(seed=options.seed, progress=Progress("keywords:")))
        writer, source = KeywordWriter.load(folder), KeywordSource.load(folder)
        written, seconds = write(writer, corpus, ends, task.config)
    seen = {person: _seen(corpus, person, ends[person]) for person in asked}
    queries = [Query(keywords=tuple(own), exclude=seen[p]) for p, own in zip(asked, written, strict=True)]
    own_words = [Query(keywords=own_keywords(source, corpus, p, ends[p]), exclude=seen[p]) for p in asked]
    values = {
        "keywords": hits(source, corpus.items, queries, targets, K),
        "popularity": popular(past, seen, asked, targets),
        "own_keywords": hits(source, corpus.items, own_words, targets, K),
    }
    values["keywords - popularity"] = values["keywords"] - values["popularity"]
    bounds = bootstrap_intervals(np.stack(list(values.values()), axis=1), np.array(asked), seed=options.seed)
    said = [word for own in written for word, _probability in own]
    return {
        "dataset": options.folder.resolve().name,
        "recall@10": {name: float(own.mean()) for name, own in values.items()},
        "intervals": {name: [float(low), float(high)] for name, (low, high) in zip(values, bounds, strict=True)},
        "in_vocabulary": sum(word in set(source.vocabulary.words) for word in said) / max(1, len(said)),
        "repeated": sum(len(own) - len({word for word, _ in own}) for own in written),
        "keywords_written": len(said),
        **overlap([[word for word, _ in own][:K] for own in written], targets, source.vocabulary),
        "histories_a_second": len(asked) / seconds,
        "match": vars(source.match),
        "training": training,
        "questions": {"asked": len(asked), "of": len(held), "on": "validation" if options.on_validation else "test"},
        "settings": task.settings(),
        "seed": options.seed,
        "examples": [[corpus.titles[targets[place]], *[word for word, _ in written[place][:6]]] for place in range(3)],
    }


def likes_of(corpus: Corpus, person: int) -> list[int]:
    """Places of the likes in a person's history."""
    return [place for place, event in enumerate(corpus.histories[person]) if likes(event)]


def write(writer: KeywordWriter, corpus: Corpus, ends: dict[int, int], config) -> tuple[list, float]:
    """The keywords of everybody asked about, from what they did before the end, and the seconds it took."""
    started = time.perf_counter()
    texts = [
        fit_to_tokens(
            corpus.histories[person][:end][-config.events :],
            corpus.history_text,
            writer.count_tokens,
            writer.max_tokens,
        )
        for person, end in ends.items()
    ]
    shown = Progress("keywords:")
    written = writer.write(texts, config.written, lambda done, total: shown("writing", done / total, {}))
    return written, time.perf_counter() - started


def own_keywords(source: KeywordSource, corpus: Corpus, person: int, end: int) -> tuple[tuple[str, float], ...]:
    """The keywords of what the person chose, the newest counting most: what no language model is needed for."""
    weights: dict[int, float] = {}
    rows = [event.item for event in corpus.histories[person][:end] if likes(event)]
    for age, row in enumerate(reversed(rows)):
        for number in source.vocabulary.of_item(row):
            weights[int(number)] = weights.get(int(number), 0.0) + FADING**age
    return tuple((source.vocabulary.words[number], weight) for number, weight in sorted(weights.items()))


def popular(past: Corpus, seen: dict[int, np.ndarray], asked: Sequence[int], targets: Sequence[int]) -> np.ndarray:
    """(q,) whether the target is among the most liked items that the person has not seen."""
    items = [event.item for own in past.histories for event in own if likes(event)]
    order = np.argsort(-np.bincount(items, minlength=len(past.items)), kind="stable")
    found = []
    for person, target in zip(asked, targets, strict=True):
        first = order[: K + len(seen[person])]
        found.append(float(target in first[~np.isin(first, seen[person])][:K]))
    return np.array(found)


def _seen(corpus: Corpus, person: int, end: int) -> np.ndarray:
    return np.unique([e.item for e in corpus.histories[person][:end] if e.item >= 0]).astype(np.int32)
