"""Gorse's pages: `n` rows and a cursor that is empty at the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet

from catalog.api.problems import Fault, invalid

from .base import GorseView, N


def page(view: GorseView, rows: QuerySet, name: str, shown: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    """Rows in the order of their primary keys, which are the cursor."""
    n = max(view.number("n", N), 1)
    found = list(rows.filter(pk__gt=cursor_of(view)).order_by("pk")[: n + 1])
    more = len(found) > n
    return {"Cursor": str(found[n - 1].pk) if more else "", name: [shown(row) for row in found[:n]]}


def cursor_of(view: GorseView) -> int:
    text = view.request.query_params.get("cursor", "")
    if text and not (text.isascii() and text.isdigit() and len(text) < 19):
        raise invalid([Fault("?cursor", "invalid", "Send the Cursor of the page before, or none for the first page.")])
    return int(text or 0)
