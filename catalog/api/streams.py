"""Whole tables as JSON lines, in and out: what every import and export has in common."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from catalog.services.row_pages import row_pages
from catalog.services.streams import Store, StreamReport, stream_import

from .base import StorefrontView
from .lines import CHUNK, BrokenOff, chunks, inflated, lines, records
from .problems import Fault, Problem
from .records import faults_of

NDJSON = "application/x-ndjson"
IMPORTING = (
    "One JSON object a line, of the same fields as a single POST or PUT takes, in a body of any length; "
    "`Content-Encoding: gzip` is understood. "
    "Every 1,000 lines are stored together or not at all, and no line is stored in part. 422: some lines were refused; "
    "`errors` names each with its line, the place in it and the reason, and the batches without one are stored. To go "
    "on after that, or after a broken connection, send everything again: what is stored already is left alone."
)
EXPORTING = (
    "One JSON object a line, oldest first, as the import takes them; empty fields are left out. Rows that are written "
    "while it runs may or may not be in it. A body that ends without its last chunk was cut off: ask again."
)


class ImportView(StorefrontView):
    """An import. Its body is a stream: nothing reads it as a whole, and no Idempotency-Key is needed."""

    def stored(self, request: Request, shape: Serializer, store: Store) -> Response:
        """Import the body. Raises a Problem where any of it was refused."""
        report = stream_import(records(lines(_pieces(request)), shape), store, broken=BrokenOff)
        if report.complete:
            return Response(_shown(report))
        if report.unavailable:
            say = f"{report.broken_off} What `report` counts is stored; send everything again."
            raise Problem("unavailable", say, headers={"Retry-After": "1"}, extra={"report": _shown(report)})
        faults = faults_of(report.refusals, by_line=True)
        if report.broken_off:
            faults.append(Fault("", "broken_off", report.broken_off, line=report.read + 1))
        say = f"Line {faults[0].line}: {faults[0].detail}" if faults[0].line else faults[0].detail
        raise Problem("import_refused", say, faults, extra={"report": _shown(report)})


def exported(
    rows: QuerySet, line: Callable[[Any], Mapping[str, Any] | None], name: str, *, first_by: str = ""
) -> StreamingHttpResponse:
    """`rows` as lines, in memory that does not grow with them; `line` makes a record of a row, or None to skip it.

    By key; or `first_by` a column, where the index of the storefront's rows goes by that.
    """

    def body() -> Iterator[str]:
        waiting, size = [], 0
        for page in row_pages(rows, first_by):
            for row in page:
                if (record := line(row)) is not None:
                    waiting.append(_encode(record) + "\n")
                    size += len(waiting[-1])
                if size >= CHUNK:
                    yield "".join(waiting)
                    waiting, size = [], 0
        if waiting:
            yield "".join(waiting)

    response = StreamingHttpResponse(body(), content_type=NDJSON)
    response["Content-Disposition"] = f'attachment; filename="{name}.jsonl"'
    response["Cache-Control"] = "no-store"
    return response


def filled(**fields: Any) -> dict[str, Any]:
    """A record without the fields that hold nothing: an import gives them the same defaults."""
    return {name: value for name, value in fields.items() if value not in (None, "", [], {}, False)}


def _pieces(request: Request) -> Iterator[bytes]:
    if request.content_type.partition(";")[0].strip().lower() != NDJSON:
        raise UnsupportedMediaType(request.content_type, f"Send `Content-Type: {NDJSON}`, in UTF-8.")
    packing = request.headers.get("Content-Encoding", "identity").strip().lower()
    if packing not in ("identity", "gzip"):
        raise UnsupportedMediaType(packing, "Only `Content-Encoding: gzip` is understood, or none.")
    environ = request.META
    if "HTTP_TRANSFER_ENCODING" in environ:
        if not environ.get("wsgi.input_terminated"):
            raise Problem("malformed", "This server reads no body that is sent in chunks. Send its Content-Length.")
        pieces = chunks(environ["wsgi.input"].read, None)  # Django takes a body without a length for an empty one
    else:
        pieces = chunks(request._request.read, int(environ.get("CONTENT_LENGTH") or 0))
    return inflated(pieces) if packing == "gzip" else pieces


def _shown(report: StreamReport) -> dict[str, int]:
    return {
        "read": report.read,
        "created": report.created,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "erased": report.erased,
        "refused": report.refused,
        "held_back": report.held_back,
    }


def _plain(value: Any) -> str:
    # Whole microseconds, unlike DjangoJSONEncoder: what is imported again has to be equal.
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not JSON.")


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_plain).encode
