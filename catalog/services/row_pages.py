"""Whole tables, page by page, in memory that does not grow with them."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Model, Q, QuerySet

ROWS_A_QUERY = 500  # whose texts may be long


def row_pages(rows: QuerySet, first_by: str = "") -> Iterator[list[Model]]:
    """By position, not by offset: every page costs the same, and no cursor stays open while a slow client reads.

    By key; or `first_by` a column, where the index of the rows goes by that.
    """
    order = (first_by, "pk") if first_by else ("pk",)
    rest = rows
    while page := list(rest.order_by(*order)[:ROWS_A_QUERY]):
        yield page
        last = page[-1]
        rest = rows.filter(pk__gt=last.pk)
        if first_by:
            reached = getattr(last, first_by)
            # The first condition follows from the second; it is what lets the index begin here.
            beyond = Q(**{f"{first_by}__gt": reached}) | Q(pk__gt=last.pk)
            rest = rows.filter(beyond, **{f"{first_by}__gte": reached})
