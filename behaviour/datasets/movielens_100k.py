"""MovieLens 100K: GroupLens' own files (u.data, u.item, u.user), or RecBole's (ml-100k.inter, .item, .user)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from catalog.services import Record

from .dataset import Dataset, Format, Options, mapped, moment_in, number_in
from .files import find, need, table
from .films import film_title

GENRES = (
    *(
        "unknown",
        "Action",
        "Adventure",
        "Animation",
        "Children's",
        "Comedy",
        "Crime",
        "Documentary",
        "Drama",
        "Fantasy",
    ),
    *("Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western"),
)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def read(path: Path, options: Options) -> Dataset:
    inter = find(path, "ml-100k.inter")
    items, persons, ratings = _recbole(path, inter) if inter else _grouplens(path)
    rating = options.choose_kind(["rating"], 3.0)
    return Dataset(
        items=mapped(items, lambda row: _item(row, options)),
        persons=mapped(persons, lambda row: _person(row, options)),
        behaviours=mapped(ratings, lambda row: _rating(row, rating)),
    )


def _grouplens(path: Path) -> tuple[Iterator[Record], ...]:
    data = need(path, "u.data", "the ratings")
    bar = {"delimiter": "|", "encoding": "latin-1", "quoted": False}
    item_columns = ["item_id", "movie_title", "release_date", "video_release_date", "url", *GENRES]
    return (
        table(need(path, "u.item", "the films"), columns=item_columns, **bar),
        table(need(path, "u.user", "the persons"), columns=["user_id", "age", "gender", "occupation", "zip"], **bar),
        table(data, columns=["user_id", "item_id", "rating", "timestamp"], delimiter="\t", quoted=False),
    )


def _recbole(path: Path, inter: Path) -> tuple[Iterator[Record], ...]:
    """Tables whose header gives a type with each name, as in user_id:token."""
    return tuple(
        mapped(table(file, delimiter="\t", quoted=False, needs=needs), _without_types)
        for file, needs in (
            (need(path, "ml-100k.item", "the films"), ["item_id:token", "movie_title:token_seq"]),
            (need(path, "ml-100k.user", "the persons"), ["user_id:token"]),
            (inter, ["user_id:token", "item_id:token", "rating:float", "timestamp:float"]),
        )
    )


def _without_types(row: Mapping[str, str]) -> dict[str, str]:
    return {name.partition(":")[0]: cell for name, cell in row.items()}


def _item(row: Mapping[str, str], options: Options) -> dict[str, Any]:
    title, year = film_title(row["movie_title"])
    if row.get("release_year", "").isdigit():
        year = int(row["release_year"])
    genres = row["class"].split() if "class" in row else [genre for genre in GENRES if row[genre] == "1"]
    return {
        "external_id": row["item_id"],
        "title": title,
        "categories": [genre for genre in genres if genre != "unknown"],
        "attributes": options.item_attributes({"year": year}),
        # RecBole's files have the year alone: without it, the newest would be those with the highest number.
        "published_at": _day(row.get("release_date", "")) or (datetime(year, 1, 1, tzinfo=UTC) if year else None),
        "language": "en",
        # Item 267 is called that, misspelt by RecBole, and is no film: its ratings count, and nobody is shown it.
        "withdrawn": title in ("unknown", "unkonwn"),
    }


def _day(written: str) -> datetime | None:
    """01-Jan-1995, or nothing. Not strptime: what it takes for a month depends on the machine's language."""
    day, _, rest = written.partition("-")
    month, _, year = rest.partition("-")
    if not (day.isdigit() and month in MONTHS and year.isdigit()):
        return None
    return datetime(int(year), MONTHS.index(month) + 1, int(day), tzinfo=UTC)


def _person(row: Mapping[str, str], options: Options) -> dict[str, Any]:
    found = {
        "age": int(number_in(row, "age")) if row.get("age") else None,
        "gender": row.get("gender"),
        "occupation": row.get("occupation"),
        "postcode": row.get("zip") or row.get("zip_code"),
    }
    return {"external_id": row["user_id"], "attributes": options.person_attributes(found)}


def _rating(row: Mapping[str, str], kind: str) -> dict[str, Any]:
    return {
        "event_id": f"movielens-100k:{row['user_id']}:{row['item_id']}",
        "person": row["user_id"],
        "item": row["item_id"],
        "kind": kind,
        "value": number_in(row, "rating"),
        "occurred_at": moment_in(row, "timestamp"),
    }


FORMAT = Format(
    "movielens-100k", "MovieLens 100K: u.data, u.item, u.user, or RecBole's ml-100k.inter, .item, .user", read
)
