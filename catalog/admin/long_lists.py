"""Lists of what comes in by the million: events, served lists, vectors."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page
from unfold.paginator import InfinitePaginator


class LongPaginator(InfinitePaginator):
    """Finds which rows are on a page before anything else is read of them: the rows before it are passed over in their
    index, and not joined first with all that a page shows. Nobody counts them."""

    def page(self, number: Any) -> Page:
        number = self.validate_number(number)
        start = (number - 1) * self.per_page
        keys = list(self.object_list.values_list("pk", flat=True)[start : start + self.per_page])
        return self._get_page(self.object_list.filter(pk__in=keys), number, self)


# Unfold's header goes by this name to leave out a count that nobody made.
LongPaginator.__name__ = InfinitePaginator.__name__


class LongListMixin:
    """In the order of their index alone: any other would sort the whole table for its first page."""

    paginator = LongPaginator
    show_full_result_count = False
    sortable_by = ()
