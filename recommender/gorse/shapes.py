"""Between Gorse's rows and the records that services take."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from dateutil import parser

from behaviour.kinds import person_schema_for
from behaviour.models import Person
from catalog.models import Item, Storefront
from catalog.schema import Schema, SchemaError

MOST_TAGS = 200
#: Go prints a time's zone as an offset and again by name: "2026-03-31 09:30:00 +0000 UTC".
_ZONE_TWICE = re.compile(r"([+-]\d{4}) [A-Z]{2,5}$")
LONGEST_TAG = 200


class ShapeError(ValueError):
    """A row is not what Gorse's clients send. `field` is Gorse's name for what is wrong."""

    def __init__(self, field: str, message: str):
        self.field = field
        super().__init__(message)


def text_of(row: Mapping[str, Any], field: str, default: str | None = None) -> str:
    """Raises ShapeError where there is none and no default."""
    value = row.get(field)
    if value is None or value == "":
        if default is None:
            raise ShapeError(field, f"{field} is required.")
        return default
    if not isinstance(value, str):
        raise ShapeError(field, f"{field} must be text, got {type(value).__name__}.")
    return value


def moment_of(row: Mapping[str, Any], field: str = "Timestamp") -> datetime | None:
    """Gorse's clients send dates as they please: "2026-03-31", "2026/3/31 9:30", RFC 3339. Without a zone it is UTC."""
    value = row.get(field)
    if value in (None, ""):
        return None
    try:
        found = parser.parse(_ZONE_TWICE.sub(r"\1", value))
    except (TypeError, ValueError, OverflowError):
        raise ShapeError(field, f"{field} is no date that can be read: {value!r:.60}.") from None
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    return None if found.year <= 1 else found  # Go's zero time stands for no time


def said(moment: datetime | None) -> str:
    """A time as Gorse writes it; its zero time where there is none."""
    return "0001-01-01T00:00:00Z" if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def words_of(labels: Any) -> Iterator[str]:
    """Every text in Gorse's labels, which are texts, numbers, lists or maps of any depth."""
    if isinstance(labels, str) and labels.strip():
        yield labels.strip()[:LONGEST_TAG]
    elif isinstance(labels, Mapping):
        for value in labels.values():
            yield from words_of(value)
    elif isinstance(labels, list):
        for value in labels:
            yield from words_of(value)


def attributes_of(schema: Schema, labels: Any) -> dict[str, Any]:
    """Those of the labels that the vertical's schema knows by name and type; the others stay labels."""
    if not isinstance(labels, Mapping):
        return {}
    found: dict[str, Any] = {}
    for field in schema:
        if field.name in labels:
            try:
                found |= schema.__class__((field,)).clean({field.name: labels[field.name]})
            except SchemaError:
                continue
    return found


def item_record(row: Mapping[str, Any], schema: Schema) -> dict[str, Any]:
    """A Gorse item as `catalog.services.item_upsert` takes it. Its comment is the title, its labels become tags."""
    external_id = text_of(row, "ItemId")
    comment, labels = text_of(row, "Comment", ""), row.get("Labels")
    categories = row.get("Categories") or []
    if not isinstance(categories, list) or not all(isinstance(name, str) for name in categories):
        raise ShapeError("Categories", "Categories must be a list of texts.")
    hidden = row.get("IsHidden") or False
    if not isinstance(hidden, bool):
        raise ShapeError("IsHidden", "IsHidden must be true or false.")
    return {
        "external_id": external_id,
        "title": (comment or external_id)[:500],
        "categories": categories,
        "tags": list(dict.fromkeys(words_of(labels)))[:MOST_TAGS],
        "attributes": attributes_of(schema, labels),
        "metadata": {"labels": labels, "comment": comment},
        "published_at": moment_of(row),
        "withdrawn": hidden,
    }


def item_row(item: Item) -> dict[str, Any]:
    return {
        "ItemId": item.external_id,
        "IsHidden": item.withdrawn,
        "Categories": item.categories,
        "Timestamp": said(item.published_at),
        "Labels": item.metadata.get("labels", item.tags),
        "Comment": item.metadata.get("comment", item.title),
    }


def person_record(row: Mapping[str, Any], storefront: Storefront) -> dict[str, Any]:
    """A Gorse user as `behaviour.services.person_upsert` takes it."""
    labels = row.get("Labels")
    return {
        "external_id": text_of(row, "UserId"),
        "attributes": attributes_of(person_schema_for(storefront.vertical), labels),
        "metadata": {"labels": labels, "comment": text_of(row, "Comment", "")},
    }


def person_row(person: Person, hidden: frozenset[str] = frozenset()) -> dict[str, Any]:
    """`hidden`: names of attributes that whoever asks does not get to see, as labels neither."""
    labels = person.metadata.get("labels", person.attributes or None)
    if hidden and isinstance(labels, Mapping):
        labels = {name: value for name, value in labels.items() if name not in hidden}
    return {"UserId": person.external_id, "Labels": labels, "Comment": person.metadata.get("comment", "")}
