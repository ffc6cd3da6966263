"""MIND, the Microsoft News Dataset: news.tsv, and behaviors.tsv with who was shown what and clicked on what."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from catalog.schema import FieldError
from catalog.services import Record, RecordError

from .dataset import Dataset, Format, Options, mapped
from .files import need, table

NEWS = ("news", "category", "subcategory", "title", "abstract", "url", "title_entities", "abstract_entities")
LOG = ("impression", "user", "time", "history", "impressions")
TIME = "%m/%d/%Y %I:%M:%S %p"  # 11/13/2019 8:36:57 AM
HISTORY_STEP = timedelta(hours=1)
ENTITIES = 10  # tags an item, at most
READ_WHOLE = 1.0


def read(path: Path, options: Options) -> Dataset:
    """Clicks become reads. What was shown and not clicked is left out: most of it was never looked at."""
    tabs = {"delimiter": "\t", "quoted": False, "encoding": options.encoding}
    news = table(need(path, "news.tsv", "the articles"), columns=NEWS, **tabs)
    log = need(path, "behaviors.tsv", "who was shown what")
    kind = options.choose_kind(["read", "view", "click"], READ_WHOLE)
    dataset = Dataset(
        notes=[
            f"A click says nothing of how much was read: every {kind} has the value {READ_WHOLE:g}.",
            "Histories have an order and no times: the last article is put one hour before the person's first "
            "impression in these files, each earlier one an hour before the next.",
            "Times name no zone and are taken for UTC. Articles have no date of publication.",
        ]
    )

    def rows() -> Iterator[Record]:
        return table(log, columns=LOG, **tabs)

    def behaviours() -> Iterator[Record]:
        first = _first_impressions(rows())
        told: set[str] = set()  # whose history has come: every impression of a person repeats it
        for row in rows():
            if isinstance(row.values, RecordError):
                yield row
                continue
            try:
                events = _clicks(row.values, kind, dataset)
                if row.values["user"] not in told:
                    told.add(row.values["user"])
                    yield from _records(_history(row.values, kind, first[row.values["user"]]), row)
                yield from _records(events, row)
            except RecordError as error:
                yield Record(error, row.file, row.line)

    dataset.items = mapped(news, lambda row: _item(row, options))
    dataset.behaviours = behaviours()
    return dataset


def _records(events: Sequence[Mapping[str, Any]], row: Record) -> Iterator[Record]:
    return (Record(event, row.file, row.line) for event in events)


def _item(row: Mapping[str, str], options: Options) -> dict[str, Any]:
    categories = [row["category"], row["subcategory"]]
    return {
        "external_id": row["news"],
        "title": row["title"],
        "text": row["abstract"],
        "categories": list(dict.fromkeys(name for name in categories if name)),
        "tags": _entities(row, "title_entities"),
        "attributes": options.item_attributes({"url": row["url"]}),
        "language": "en",
    }


def _entities(row: Mapping[str, str], column: str) -> list[str]:
    """The names of what a title speaks of. Raises RecordError where the column is no list of entities."""
    if not row[column]:
        return []
    try:
        found = [entity["Label"] for entity in json.loads(row[column])]
    except (ValueError, TypeError, KeyError, RecursionError):
        say = f"Expected a list of entities in JSON, got {row[column]!a:.60}."
        raise RecordError([FieldError(column, "format", say)]) from None
    return list(dict.fromkeys(str(label) for label in found))[:ENTITIES]


def _first_impressions(rows: Iterator[Record]) -> dict[str, datetime]:
    """Each person's earliest impression; rows are in no order. A bad row is reported when it comes by again."""
    first: dict[str, datetime] = {}
    for row in rows:
        if isinstance(row.values, RecordError):
            continue
        try:
            at = _moment(row.values)
        except RecordError:
            continue
        user = row.values["user"]
        first[user] = min(at, first.get(user, at))
    return first


def _moment(row: Mapping[str, str]) -> datetime:
    try:
        return datetime.strptime(row["time"], TIME).replace(tzinfo=UTC)
    except ValueError:
        say = f"Expected a time such as 11/13/2019 8:36:57 AM, got {row['time']!a:.60}."
        raise RecordError([FieldError("time", "format", say)]) from None


def _history(row: Mapping[str, str], kind: str, first: datetime) -> list[dict[str, Any]]:
    articles = row["history"].split()
    return [
        _event(f"mind:{row['user']}:history:{place}", row["user"], article, kind, first - HISTORY_STEP * steps)
        for place, (article, steps) in enumerate(zip(articles, range(len(articles), 0, -1), strict=True))
    ]


def _clicks(row: Mapping[str, str], kind: str, dataset: Dataset) -> list[dict[str, Any]]:
    """What was clicked in one impression. Raises RecordError where an entry is not "N123-1" or "N123-0"."""
    at = _moment(row)
    events, counts = [], {"0": "shown, not clicked", "": "shown, and the file keeps back whether it was clicked"}
    for entry in row["impressions"].split():
        article, _, clicked = entry.partition("-")
        if clicked not in ("1", *counts) or not article:
            say = f"Expected articles such as N123-1 (clicked) or N123-0 (not), got {entry!a:.60}."
            raise RecordError([FieldError("impressions", "format", say)])
        if clicked == "1":
            # Impression numbers start again in each part of the data set, so the time is in the id and they are not.
            name = f"mind:{row['user']}:{at:%Y%m%d%H%M%S}:{article}"
            events.append(_event(name, row["user"], article, kind, at))
        else:
            dataset.skipped[counts[clicked]] += 1
    return events


def _event(event_id: str, person: str, item: str, kind: str, at: datetime) -> dict[str, Any]:
    return {
        "event_id": event_id,
        "person": person,
        "item": item,
        "kind": kind,
        "value": READ_WHOLE,
        "occurred_at": at,
    }


FORMAT = Format("mind", "MIND, Microsoft News: news.tsv, behaviors.tsv", read)
