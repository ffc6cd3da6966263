"""What a service refuses, as a problem."""

from collections.abc import Iterator
from contextlib import contextmanager

from catalog.api.problems import Fault, Problem
from recommender.services import ServiceError


@contextmanager
def refusing(code: str = "invalid", pointer: str = "") -> Iterator[None]:
    """A ServiceError inside becomes a Problem of this type with the same sentence, about `pointer` in the body."""
    try:
        yield
    except ServiceError as error:
        raise Problem(code, str(error), [Fault(pointer, "refused", str(error))]) from None
