"""Rows as a file that is sent while it is read: memory does not grow with it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db.models import Model, QuerySet
from django.http import StreamingHttpResponse

from ...services.row_pages import row_pages
from .resource import FileResource

CHUNK = 65_536  # characters, before they are sent
#: Spreadsheets take a file without this mark for one of some old encoding.
MARK = "\ufeff"


def csv_written(resource: FileResource, rows: Iterable[Model]) -> Iterator[str]:
    columns = resource.get_export_fields()
    waiting = io.StringIO()
    writer = csv.writer(waiting)
    waiting.write(MARK)
    writer.writerow([resource.STOREFRONT, *(column.column_name for column in columns)])
    for row in rows:
        writer.writerow([resource.storefront.slug, *(column.export(row) for column in columns)])
        if waiting.tell() >= CHUNK:
            yield waiting.getvalue()
            waiting.seek(0)
            waiting.truncate()
    yield waiting.getvalue()


def json_written(resource: FileResource, rows: Iterable[Model]) -> Iterator[str]:
    waiting, size = [], 0
    for row in rows:
        waiting.append(_encode({resource.STOREFRONT: resource.storefront.slug, **resource.record(row)}) + "\n")
        size += len(waiting[-1])
        if size >= CHUNK:
            yield "".join(waiting)
            waiting, size = [], 0
    yield "".join(waiting)


#: The end of a file's name → how it is written, and what it is called to browsers.
FORMATS: dict[str, tuple[Callable[[FileResource, Iterable[Model]], Iterator[str]], str]] = {
    "csv": (csv_written, "text/csv; charset=utf-8"),
    "jsonl": (json_written, "application/x-ndjson"),
}


def file_response(resource: FileResource, rows: QuerySet, kind: str) -> StreamingHttpResponse:
    """`rows` as a download. `kind`: a key of FORMATS."""
    write, content_type = FORMATS[kind]
    found = (row for page in row_pages(rows) for row in page)
    response = StreamingHttpResponse(write(resource, found), content_type=content_type)
    name = f"{resource.storefront.slug}-{resource.what}.{kind}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not JSON.")


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_plain).encode
