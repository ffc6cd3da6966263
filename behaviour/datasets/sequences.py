"""What people took, in order: sequences.txt and items.tsv, as for Amazon Beauty in S3-Rec and its kin."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

from catalog.schema import FieldError
from catalog.services import Record, RecordError

from .dataset import Dataset, Format, Options, mapped
from .files import lines, need, table, undecoded

START = datetime(2013, 1, 1, tzinfo=UTC)
#: Columns that hold codes rather than words.
CODES = ("asin", "url", "image")
#: What Amazon Beauty's paths begin with where no brand comes first.
DEPARTMENTS = ("Skin Care", "Hair Care", "Tools & Accessories", "Makeup", "Bath & Body", "Fragrance")


def read(path: Path, options: Options) -> Dataset:
    """Lines of a person's id and item ids, oldest first; a table of items with an id and any columns of text."""
    sequences = need(path, "sequences.txt", "a person and their items a line")
    items = table(need(path, "items.tsv", "the items"), delimiter="\t", quoted=False)
    kind = options.choose_kind(["purchase", "listen", "play", "watch", "read", "like", "view"])
    dataset = Dataset(
        items=mapped(items, lambda row: _item(row, options)),
        behaviours=_behaviours(sequences, kind),
    )
    dataset.notes.append(
        f"The file has an order and no times: each person's first {kind} is put on {START:%Y-%m-%d}, each next one "
        "a day later."
    )
    return dataset


def _behaviours(path: Path, kind: str) -> Iterator[Record]:
    for number, line in lines(path):
        if problem := undecoded(line):
            yield Record(problem, str(path), number)
            continue
        person, *items = line.split() or [""]
        if person and not items:
            yield Record(RecordError([FieldError("line", "format", "No items follow.")]), str(path), number)
        for position, item in enumerate(items):
            event = {
                "event_id": f"sequences:{person}:{position}",
                "person": person,
                "item": item,
                "kind": kind,
                "occurred_at": START + timedelta(days=position),
            }
            yield Record(event, str(path), number)


def _item(row: Mapping[str, str], options: Options) -> dict[str, Any]:
    external_id, *_ = row.values()
    words = {name.lower(): unescape(cell).strip() for name, cell in list(row.items())[1:] if cell.strip()}
    brand, categories = _brand_and_categories(words)
    texts = [text for name, text in words.items() if name not in CODES]
    title = words.get("title") or words.get("name") or (texts[0] if texts else f"Item {external_id}")
    return {
        "external_id": external_id,
        "title": title[:500],
        "text": "\n".join(text for text in texts if text != title),
        "categories": categories,
        "attributes": options.item_attributes({"brand": brand}),
    }


def _brand_and_categories(words: Mapping[str, str]) -> tuple[str, list[str]]:
    path = words.get("brand_and_categories", "").split(", ")
    if path[0] in DEPARTMENTS:
        path = ["", *path]
    brand = words.get("brand") or path[0]
    categories = words["categories"].split(", ") if "categories" in words else path[1:]
    return brand, [category for category in categories if category]


FORMAT = Format("sequences", "sequences.txt (a person and item ids a line, oldest first) and items.tsv", read)
