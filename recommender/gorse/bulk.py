"""Gorse's dumps: everything as JSON lines, out and in."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from behaviour.models import Behaviour, Person
from catalog.api.parsing import StrictJSONParser
from catalog.api.problems import Fault, invalid
from catalog.models import Item

from .base import GorseView, affected, needs
from .feedback import feedback_record, feedback_shown, latest, of
from .items import upsert as item_upsert
from .refusals import each_taken
from .shapes import item_row
from .users import shown_to, users_load

CHUNK = 1000
LONGEST_LINE = 1_000_000  # characters


class BulkView(GorseView):
    parser_classes = [MultiPartParser, StrictJSONParser]

    def streamed(self, rows: Iterator[dict[str, Any]]) -> StreamingHttpResponse:
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        return StreamingHttpResponse(lines, content_type="application/jsonl")

    def loaded(self, take: Callable[[list[dict[str, Any]]], int]) -> Response:
        """Give the lines of the uploaded `file` to `take`, a chunk at a time, all or none; it says how many it took."""
        upload = self.request.FILES.get("file")
        if upload is None:
            raise invalid([Fault("/file", "required", "Send the JSON lines as the multipart field `file`.")])
        total = 0
        with transaction.atomic():
            chunk: list[dict[str, Any]] = []
            for row in rows_of(upload):
                chunk.append(row)
                if len(chunk) == CHUNK:
                    total, chunk = total + take(chunk), []
            if chunk:
                total += take(chunk)
        return affected(total)


class BulkUsers(BulkView):
    @needs("read")
    def get(self, request):
        rows = Person.objects.filter(storefront=self.storefront).order_by("pk")
        return self.streamed(map(shown_to(self), rows.iterator(CHUNK)))

    @needs("write")
    def post(self, request):
        return self.loaded(lambda rows: users_load(self.storefront, rows))


class BulkItems(BulkView):
    @needs("read")
    def get(self, request):
        rows = Item.objects.filter(storefront=self.storefront).order_by("pk")
        return self.streamed(item_row(item) for item in rows.iterator(CHUNK))

    @needs("write")
    def post(self, request):
        return self.loaded(lambda rows: each_taken(rows, partial(item_upsert, self.storefront)))


class BulkFeedback(BulkView):
    @needs("read")
    def get(self, request):
        return self.streamed(feedback_shown(self, chunks(of(self.storefront))))

    @needs("write")
    def post(self, request):
        return self.loaded(lambda rows: feedback_record(self.storefront, rows, add=False, from_files=True))


def chunks(rows: QuerySet[Behaviour]) -> Iterator[Behaviour]:
    last = 0
    while found := latest(rows, after=last, most=CHUNK):
        yield from found
        last = found[-1].pk


def rows_of(lines) -> Iterator[dict[str, Any]]:
    """The objects of a file of JSON lines; blank lines are passed over. Raises a Problem that names the line."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line) if len(line) <= LONGEST_LINE else None
        except (ValueError, RecursionError):
            row = None
        if not isinstance(row, dict):
            raise invalid([Fault(f"/{number}", "malformed", f"Line {number} is no JSON object.")])
        yield row
