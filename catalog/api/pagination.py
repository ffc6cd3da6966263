"""Pages by cursor: each row stands on one page only, however many are added or removed in between."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.core import signing
from django.db.models import Model, Q, QuerySet
from django.utils.dateparse import parse_datetime

from .parameters import integer, text
from .problems import Fault, invalid

HOURS_VALID = 24

LIMIT = integer("limit", "How many at most.", least=1, most=100, default=20)
CURSOR = text("cursor", "`next_cursor` of the page before. Keep the other parameters as they were.", longest=1000)
PAGE = (LIMIT, CURSOR)


def page(
    rows: QuerySet, query: Mapping[str, Any], *, order: tuple[str, ...], scope: str, shown: Callable[[Model], dict]
) -> dict[str, Any]:
    """One page of `rows` as `{"data": […], "next_cursor": …}`, in one query.

    `order`: columns, all ascending or all with "-"; the last must be unique. `scope` says whose list this is: a
    cursor works only with the scope and the parameters that it was made with. Raises a Problem for any other.
    """
    salt = f"{scope}:{sorted((name, str(value)) for name, value in query.items() if name not in ('limit', 'cursor'))}"
    columns = [column.removeprefix("-") for column in order]
    if query["cursor"]:
        rows = rows.filter(_after(columns, _read(query["cursor"], salt), "lt" if order[0].startswith("-") else "gt"))
    found = list(rows.order_by(*order)[: query["limit"] + 1])
    data = found[: query["limit"]]
    more = len(found) > len(data)
    return {"data": [shown(row) for row in data], "next_cursor": _write(data[-1], columns, salt) if more else None}


def _after(columns: list[str], position: list[Any], direction: str) -> Q:
    """(a, b) > (x, y) as a > x or (a = x and b > y), which every database runs on its index."""
    condition = Q()
    for depth, (column, value) in enumerate(zip(columns, position, strict=True)):
        same = Q(**dict(zip(columns[:depth], position[:depth], strict=True)))
        condition |= same & Q(**{f"{column}__{direction}": value})
    return condition


def _write(row: Model, columns: list[str], salt: str) -> str:
    position = [getattr(row, column) for column in columns]
    return signing.dumps([v.isoformat() if isinstance(v, datetime) else v for v in position], salt=salt)


def _read(cursor: str, salt: str) -> list[Any]:
    try:
        position = signing.loads(cursor, salt=salt, max_age=HOURS_VALID * 3600)
    except signing.SignatureExpired:
        raise _refused(f"This cursor is older than {HOURS_VALID} hours. Start again without a cursor.") from None
    except signing.BadSignature:
        raise _refused("This cursor belongs to another list. Start again without a cursor.") from None
    return [parse_datetime(value) if isinstance(value, str) else value for value in position]


def _refused(detail: str) -> Exception:
    return invalid([Fault("?cursor", "cursor", detail)])
