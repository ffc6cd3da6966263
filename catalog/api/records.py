"""Between the JSON of the API and the records that services take: names, unknown fields, and what was wrong where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rest_framework.serializers import Serializer

from catalog.services import FieldError, RecordError, Rejection

from .pointers import escaped
from .problems import Fault, invalid

#: What the services call an id of the client's, to tell it from a primary key; the API has no other ids.
ID, RECORD_ID = "id", "external_id"


def record_read(record: Mapping[str, Any], shape: Serializer) -> dict[str, Any]:
    """One body as a record. Raises a Problem that names fields which `shape` does not have."""
    return _read([record], shape, lambda position, name: f"/{escaped(name)}")[0]


def records_read(records: Sequence[Mapping[str, Any]], shape: Serializer) -> list[dict[str, Any]]:
    """The bodies of a batch as records; pointers begin with the position in the batch."""
    return _read(records, shape, lambda position, name: f"/{position}/{escaped(name)}")


@contextmanager
def refusing() -> Iterator[None]:
    """A RecordError inside becomes a Problem that points into the body."""
    try:
        yield
    except RecordError as error:
        raise invalid([_fault(one, "") for one in error.errors]) from None


def faults_of(rejections: Iterable[Rejection], *, batch: bool = False, by_line: bool = False) -> list[Fault]:
    """Rejected records, whose lines count from 1, as pointers into the body, which count from 0; or by their lines."""
    return [
        _fault(error, f"/{rejection.line - 1}" if batch else "", rejection.line if by_line else None)
        for rejection in rejections
        for error in rejection.errors
    ]


def _read(records: Sequence[Mapping[str, Any]], shape: Serializer, pointer) -> list[dict[str, Any]]:
    names = shape.fields.keys()
    faults = [
        Fault(pointer(position, name), "unknown", f"There is no such field. There are: {', '.join(names)}.")
        for position, record in enumerate(records)
        for name in record
        if name not in names
    ]
    if faults:
        raise invalid(faults)
    return [{RECORD_ID if name == ID else name: value for name, value in record.items()} for record in records]


def _fault(error: FieldError, place: str, line: int | None = None) -> Fault:
    field = ID if error.field == RECORD_ID else error.field
    parts = field.split(".", 1) if field else ()  # "attributes.brand": what is inside a field comes after a dot
    return Fault(place + "".join(f"/{escaped(part)}" for part in parts), error.code, error.message, line)
