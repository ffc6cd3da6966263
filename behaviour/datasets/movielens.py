"""MovieLens as csv: ml-latest-small, ml-latest, ml-25m, ml-32m."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from catalog.services import Record, RecordError

from .dataset import Dataset, Format, Options, mapped, moment_in, number_in
from .files import find, need, table
from .films import film_title

TAGS_AN_ITEM = 20


def read(path: Path, options: Options) -> Dataset:
    """Items get the words that most people tagged them with; each tagging is also a behaviour of its own."""
    movies = table(need(path, "movies.csv", "the films"), needs=["movieId", "title", "genres"])
    ratings = table(need(path, "ratings.csv", "the ratings"), needs=["userId", "movieId", "rating", "timestamp"])
    tag_file, link_file = find(path, "tags.csv"), find(path, "links.csv")
    rating = options.choose_kind(["rating"], 3.0)
    tagging = options.find_kind(["tag", "review"])
    dataset = Dataset()

    def items() -> Iterator[Record]:
        tags = _most_used_tags(tag_file) if tag_file else {}
        links = _links(link_file) if link_file else {}
        yield from mapped(movies, lambda row: _item(row, tags, links, options))

    def taggings() -> Iterator[Record]:
        for row in _tags(tag_file) if tag_file else ():
            if tagging:
                yield from mapped([row], lambda row: _tagging(row, tagging))
            else:
                dataset.skipped[f"tagging: {options.vertical} has no kind for it"] += 1

    dataset.items = items()
    dataset.behaviours = chain(mapped(ratings, lambda row: _rating(row, rating)), taggings())
    return dataset


def _tags(path: Path) -> Iterator[Record]:
    return table(path, needs=["userId", "movieId", "tag", "timestamp"])


def _most_used_tags(path: Path) -> dict[str, list[str]]:
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in _tags(path):
        # A row that cannot be read is reported when it comes by as a behaviour.
        if not isinstance(row.values, RecordError) and (tag := row.values["tag"].strip().lower()):
            counts[row.values["movieId"]][tag] += 1
    return {movie: [tag for tag, _ in tags.most_common(TAGS_AN_ITEM)] for movie, tags in counts.items()}


def _links(path: Path) -> dict[str, Mapping[str, str]]:
    rows = (row.values for row in table(path, needs=["movieId", "imdbId"]))
    return {row["movieId"]: row for row in rows if not isinstance(row, RecordError)}


def _item(row: Mapping[str, str], tags: Mapping, links: Mapping, options: Options) -> dict[str, Any]:
    title, year = film_title(row["title"])
    link = links.get(row["movieId"], {})
    found = {"year": year, "imdb_id": link.get("imdbId"), "tmdb_id": link.get("tmdbId")}
    genres = [] if row["genres"] == "(no genres listed)" else row["genres"].split("|")
    return {
        "external_id": row["movieId"],
        "title": title,
        "categories": [genre for genre in genres if genre],
        "tags": tags.get(row["movieId"], []),
        "attributes": options.item_attributes(found),
        "language": "en",
    }


def _rating(row: Mapping[str, str], kind: str) -> dict[str, Any]:
    return {
        "event_id": f"movielens:{row['userId']}:{row['movieId']}",
        "person": row["userId"],
        "item": row["movieId"],
        "kind": kind,
        "value": number_in(row, "rating"),
        "occurred_at": moment_in(row, "timestamp"),
    }


def _tagging(row: Mapping[str, str], kind: str) -> dict[str, Any]:
    # No event id: one person may tag a film with several words in the same second. The content makes the id.
    return {
        "person": row["userId"],
        "item": row["movieId"],
        "kind": kind,
        "text": row["tag"],
        "occurred_at": moment_in(row, "timestamp"),
    }


FORMAT = Format("movielens", "MovieLens as csv: movies, ratings, tags, links", read)
