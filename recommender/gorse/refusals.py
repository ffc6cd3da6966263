"""What cannot be taken, as a problem that points at the row."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from catalog.api.problems import Fault, Problem, invalid
from catalog.services import RecordError
from recommender.services import ServiceError

from .shapes import ShapeError


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
