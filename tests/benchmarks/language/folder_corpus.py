"""A folder as a corpus: `sequences.txt` with `items.tsv`, or MovieLens' csv files."""

from __future__ import annotations

import csv
import re
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from recommender.contracts import EventView
from recommender.data import Interactions, Items
from recommender.language.corpus import Corpus, Event

from ..folder import read_folder

LIKED = 4.0  # stars from which a rating speaks for a film
TAGS = 10  # of a film, the most frequent first
TITLE = 80  # characters
_YEAR = re.compile(r"\s*\((\d{4})\)\s*$")


def read_corpus(folder: Path, limit: int | None = None) -> Corpus:
    """All items, and the events of the first `limit` users. Raises OSError or ValueError that names the file."""
    if (folder / "sequences.txt").is_file():
        interactions, items, _ = read_folder(folder, limit)
        return corpus_of(interactions, items)
    if (folder / "ratings.csv").is_file() and (folder / "movies.csv").is_file():
        return _movielens(folder, limit)
    raise FileNotFoundError(f"{folder} holds neither sequences.txt with items.tsv nor ratings.csv with movies.csv.")


def corpus_of(interactions: Interactions, items: Items) -> Corpus:
    """A corpus in which every interaction is one like."""
    titles = [title_of(text) for text in items.texts] if len(items.texts) else [""] * len(items)
    histories: list[list[Event]] = [[] for _ in range(interactions.n_persons)]
    for person, item, value, when in zip(
        interactions.persons.tolist(),
        interactions.items.tolist(),
        interactions.values.tolist(),
        interactions.times.tolist(),
        strict=True,
    ):
        histories[person].append(Event(item, value, when, EventView("like", titles[item])))
    return Corpus(items, histories, history_text, titles=titles)


def title_of(text: str) -> str:
    """The beginning of a text, up to a whole word."""
    return text if len(text) <= TITLE else text[:TITLE].rsplit(" ", 1)[0]


def history_text(events: Sequence[EventView], language: str) -> str:
    """What any folder can say of a person."""
    return "The person chose " + "; ".join(event.title for event in events) + "." if events else ""


def _movielens(folder: Path, limit: int | None) -> Corpus:
    films = {row["movieId"]: row for row in _rows(folder / "movies.csv", ("movieId", "title", "genres"))}
    tags: dict[str, dict[str, int]] = {}
    if (folder / "tags.csv").is_file():
        for row in _rows(folder / "tags.csv", ("movieId", "tag")):
            counts = tags.setdefault(row["movieId"], {})
            counts[row["tag"].lower()] = counts.get(row["tag"].lower(), 0) + 1
    ids = list(films)
    place = {film: row for row, film in enumerate(ids)}
    texts = [_film_text(films[film], tags.get(film, {})) for film in ids]
    genres = [[] if films[film]["genres"].startswith("(") else films[film]["genres"].split("|") for film in ids]
    items = Items(ids=np.array(ids), texts=texts, facets=[[f"genre:{name}" for name in own] for own in genres])
    histories: dict[str, list[Event]] = {}
    for row in _rows(folder / "ratings.csv", ("userId", "movieId", "rating", "timestamp")):
        if row["movieId"] not in place or (row["userId"] not in histories and limit and len(histories) == limit):
            continue
        try:
            stars, when = float(row["rating"]), float(row["timestamp"])
        except ValueError:
            raise ValueError(f"{folder / 'ratings.csv'}: {row} is no rating.") from None
        view = EventView("rating", films[row["movieId"]]["title"], stars)
        signal = 1.0 if stars >= LIKED else -1.0
        histories.setdefault(row["userId"], []).append(Event(place[row["movieId"]], signal, when, view))
    if not histories:
        raise ValueError(f"{folder / 'ratings.csv'} holds no ratings of films in movies.csv.")
    ordered = [sorted(events, key=lambda event: event.time) for events in histories.values()]
    return Corpus(items, ordered, rated_text, titles=[films[film]["title"] for film in ids], subjects=list(histories))


def rated_text(events: Sequence[EventView], language: str) -> str:
    told = [f"{'liked' if (event.value or 0) >= LIKED else 'did not like'} “{event.title}”" for event in events]
    return "The person " + ", ".join(told) + "." if told else ""


def _film_text(film: Mapping[str, str], tags: Mapping[str, int]) -> str:
    title = film["title"].strip()
    year = _YEAR.search(title)
    name = _YEAR.sub("", title)
    name = re.sub(r"^(.*), (The|A|An)$", r"\2 \1", name)
    genres = "" if film["genres"].startswith("(") else film["genres"].replace("|", ", ")
    best = sorted(tags, key=lambda tag: (-tags[tag], tag))[:TAGS]
    facts = [name + (f" ({year[1]})" if year else ""), genres, "Themes: " + ", ".join(best) if best else ""]
    return ". ".join(fact for fact in facts if fact) + "."


def _rows(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
        reader = csv.DictReader(lines)
        missing = [name for name in columns if name not in (reader.fieldnames or ())]
        if missing:
            raise ValueError(
                f"{path} has no column {', '.join(missing)}; it has: {', '.join(reader.fieldnames or ())}."
            )
        return list(reader)


class Progress:
    """Writes a line to standard error for each new stage, and every ten seconds within one."""

    def __init__(self, name: str = ""):
        self.name, self.stage, self.written = name, "", 0.0

    def __call__(self, stage: str, fraction: float, metrics: Mapping[str, float]) -> None:
        now = time.perf_counter()
        if stage == self.stage and now - self.written < 10:
            return
        self.stage, self.written = stage, now
        figures = " ".join(f"{name}={value:.4f}" for name, value in metrics.items())
        print(f"{self.name} {fraction:4.0%} {stage} {figures}".strip(), file=sys.stderr, flush=True)
