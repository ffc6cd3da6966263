"""What cannot be taken, as a problem that points at the row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import transaction

from catalog.api.problems import Fault, Problem, invalid
from catalog.services import RecordError
from recommender.services import ServiceError

from .shapes import ShapeError


def each_taken(rows: Sequence[Any], take: Callable[[Any], object], first: int = 0) -> int:
    """`take` every row, all or none; returns how many. What is refused is named by its place, counted from `first`."""
    with transaction.atomic():
        for place, row in enumerate(rows, start=first):
            with refusing(place):
                take(row)
    return len(rows)


@contextmanager
def refusing(place: int | None = None) -> Iterator[None]:
    """Errors inside become a Problem; `place` is the row's position in the body, None where the body is one row."""
    start = "" if place is None else f"/{place}"
    try:
        yield
    except ShapeError as error:
        raise invalid([Fault(f"{start}/{error.field}", "invalid", str(error))]) from None
    except RecordError as error:
        raise invalid([Fault(f"{start}/{fault.field}", fault.code, fault.message) for fault in error.errors]) from None
    except ServiceError as error:
        raise Problem("invalid", str(error), [Fault(start, "refused", str(error))]) from None
