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
ROWS_A_QUERY = 500  # once a page turns out to have rows that are left out

LIMIT = integer("limit", "How many at most.", least=1, most=100, default=20)
CURSOR = text("cursor", "`next_cursor` of the page before. Keep the other parameters as they were.", longest=1000)
PAGE = (LIMIT, CURSOR)


def page(
    rows: QuerySet,
    query: Mapping[str, Any],
    *,
    order: tuple[str, ...],
    scope: str,
    shown: Callable[[Model], dict],
    withheld: Callable[[Model], bool] = lambda row: False,
) -> dict[str, Any]:
    """One page of `rows` as `{"data": […], "next_cursor": …}`, in one query where nothing is withheld.

    `order`: columns, all ascending or all with "-"; the last must be unique. `scope` says whose list this is: a
    cursor works only with the scope and the parameters that it was made with. Raises a Problem for any other.
    Rows that are `withheld` leave no gap: others take their places, and no cursor names them.
    """
    salt = f"{scope}:{sorted((name, str(value)) for name, value in query.items() if name not in ('limit', 'cursor'))}"
    columns = [column.removeprefix("-") for column in order]
    after = _read(query["cursor"], salt) if query["cursor"] else None
    found = _found(rows, columns, order, after, query["limit"] + 1, withheld)
    data = found[: query["limit"]]
    more = len(found) > len(data)
    return {"data": [shown(row) for row in data], "next_cursor": _write(data[-1], columns, salt) if more else None}


def _found(
    rows: QuerySet,
    columns: list[str],
    order: tuple[str, ...],
    after: list[Any] | None,
    most: int,
    withheld: Callable[[Model], bool],
) -> list[Model]:
    """The first `most` rows after that position that are not withheld."""
    found: list[Model] = []
    size = most
    while True:
        begun = rows
        if after is not None:
            begun = rows.filter(_after(columns, after, "lt" if order[0].startswith("-") else "gt"))
        read = list(begun.order_by(*order)[:size])
        found += [row for row in read if not withheld(row)]
        if len(found) >= most or len(read) < size:
            return found[:most]
        after, size = [getattr(read[-1], column) for column in columns], ROWS_A_QUERY


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
