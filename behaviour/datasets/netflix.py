"""The Netflix Prize as on Kaggle: combined_data_*.txt and movie_titles.csv."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from catalog.schema import FieldError
from catalog.services import Record, RecordError

from .dataset import Dataset, DatasetError, Format, Options
from .files import lines, need, undecoded
from .films import film_title


def read(path: Path, options: Options) -> Dataset:
    """Blocks that begin with "movie:" and go on with "person,stars,day"; titles as "movie,year,title"."""
    ratings = sorted(path.glob("combined_data_*.txt*"))
    if not ratings:
        raise DatasetError(f"{path} has no combined_data_1.txt (the ratings).")
    kind = options.choose_kind(["rating"], 3.0)
    return Dataset(
        items=_items(need(path, "movie_titles.csv", "the films"), options),
        behaviours=(record for file in ratings for record in _ratings(file, kind)),
    )


def _items(path: Path, options: Options) -> Iterator[Record]:
    encoding = options.encoding or "latin-1"
    for number, line in lines(path, encoding):
        # Commas in titles are not quoted, so this is no csv.
        movie, *rest = line.strip().split(",", 2)
        if not movie:
            continue
        if len(rest) != 2:
            yield _broken(path, number, "Expected movie,year,title.")
            continue
        title, _ = film_title(rest[1])
        year = int(rest[0]) if rest[0].isdigit() else None
        item = {
            "external_id": movie,
            "title": title,
            "attributes": options.item_attributes({"year": year}),
            "language": "en",
        }
        yield Record(undecoded(line, encoding) or item, str(path), number)


def _ratings(path: Path, kind: str) -> Iterator[Record]:
    movie = ""
    for number, line in lines(path):
        line = line.strip()
        if line.endswith(":"):
            movie = line[:-1]
        elif line:
            yield _rating(path, number, line.split(","), movie, kind)


def _rating(path: Path, number: int, cells: list[str], movie: str, kind: str) -> Record:
    if not movie or len(cells) != 3:
        return _broken(path, number, 'Expected person,stars,day under a line such as "1:".')
    person, stars, day = cells
    try:
        value = float(stars)
    except ValueError:
        return _broken(path, number, f"Expected a number of stars, got {stars!a:.60}.")
    event: dict[str, Any] = {
        "event_id": f"netflix:{person}:{movie}",
        "person": person,
        "item": movie,
        "kind": kind,
        "value": value,
        "occurred_at": day,
    }
    return Record(event, str(path), number)


def _broken(path: Path, number: int, say: str) -> Record:
    return Record(RecordError([FieldError("line", "format", say)]), str(path), number)


FORMAT = Format("netflix", "Netflix Prize: combined_data_*.txt and movie_titles.csv", read)
