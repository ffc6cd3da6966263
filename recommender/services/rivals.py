"""Two people who put something into the same place at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from .answers import ServiceError


@contextmanager
def one_place() -> Iterator[None]:
    """Around the making of a row of which one may be live: whoever comes second, or sees too late, is told so.

    Locks do not cover it: where nothing was live there is no row to lock. Raises ServiceError.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        raise ServiceError(
            _(
                "Somebody else set something going in this place at the same moment. Look at what is there now, then "
                "try again."
            )
        ) from None
