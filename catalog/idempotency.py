"""`Idempotency-Key`: a POST that is sent again with the same key and body gets the first answer again.

Answers are kept for 24 hours, as the database has no better place for what a client may ask for twice. They can hold
what a client said about a person, so erasing anybody forgets the storefront's answers (`answers_forget`).
"""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from .models import Answer, ApiKey, Storefront

KEPT = timedelta(hours=24)
#: After so long an unfinished answer counts as lost: its process died.
LOST = timedelta(seconds=60)
LONGEST = 128

_SHAPE = re.compile(r"[\x21-\x7e]{1,128}")


class KeyMismatch(ValueError):
    """The key was used for another request."""


class StillRunning(ValueError):
    """The first request with this key has no answer yet."""


def answer_begin(*, key: ApiKey, name: str, request: bytes, whose: str = "") -> tuple[Answer, bool]:
    """The answer to the request of that idempotency key, and whether it is there already.

    `request` is what makes it the same request: method, address and body. `whose`: who of those that share the key
    calls it so; one does not get another's answer. Raises ValueError for a name that cannot
    be one, KeyMismatch, and StillRunning.
    """
    if not _SHAPE.fullmatch(name):
        raise ValueError(f"An Idempotency-Key is 1 to {LONGEST} visible ASCII characters without blanks.")
    if whose:
        name = hashlib.sha256(f"{whose}\n{name}".encode()).hexdigest()
    now = timezone.now()
    digest = hashlib.sha256(request).hexdigest()
    rows = Answer.objects.filter(key=key, name=name)
    rows.filter(created_at__lt=now - KEPT).delete()
    rows.filter(status=None, created_at__lt=now - LOST).delete()
    try:
        with transaction.atomic():
            return Answer.objects.create(key=key, name=name, digest=digest, created_at=now), False
    except IntegrityError:
        found = rows.first()
    if found is None:  # the first failed just now, and may be tried again
        raise StillRunning("The first request with this Idempotency-Key has just failed. Send it again.")
    if found.digest != digest:
        raise KeyMismatch("This Idempotency-Key was used with another request. Use a new key for a new request.")
    if found.status is None:
        raise StillRunning("The first request with this Idempotency-Key is still being answered.")
    return found, True


def answer_end(answer: Answer, *, status: int, body: bytes) -> None:
    """Keep the answer; one that blames us (5xx) is forgotten, so that trying again can succeed."""
    if status >= 500:
        answer.delete()
    else:
        Answer.objects.filter(pk=answer.pk).update(status=status, body=body)


def answers_expire() -> int:
    """Delete what is older than a client may still ask for. Returns how many there were."""
    return Answer.objects.filter(created_at__lt=timezone.now() - KEPT).delete()[0]


def answers_forget(storefront: Storefront) -> None:
    """Forget every kept answer of a storefront; a request that comes again is answered anew."""
    Answer.objects.filter(key__storefront=storefront).delete()
