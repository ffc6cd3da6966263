"""Counting how often somebody did something lately, for all processes together.

In the cache where all processes share one that counts in one step (Redis, memcached); else in a table: the local
cache of a process knows nothing of the others, and those in files or tables read and write in two steps.
"""

from __future__ import annotations

from datetime import timedelta
from hashlib import blake2b

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from .models import Tally


def tally_add(what: str, who: str, *, seconds: int, by: int = 1) -> int:
    """Count `by` more, and return the sum since the first of them; it is forgotten `seconds` after that."""
    key = _key(what, who)
    return _in_cache(key, seconds, by) if _shared() else _in_table(key, seconds, by)


def tally_forget(what: str, who: str) -> None:
    key = _key(what, who)
    if _shared():
        cache.delete(key)
    else:
        Tally.objects.filter(key=key).delete()


def _key(what: str, who: str) -> str:
    # A digest: addresses and names stand in no table, and are as short as any.
    return f"{what}:{blake2b(who.encode(errors='replace'), digest_size=16).hexdigest()}"


def _shared() -> bool:
    backend = settings.CACHES["default"]["BACKEND"].lower()
    return "redis" in backend or "memcached" in backend


def _in_cache(key: str, seconds: int, by: int) -> int:
    cache.add(key, 0, seconds)
    try:
        return cache.incr(key, by)
    except ValueError:  # it expired between the two calls
        return by


@transaction.atomic
def _in_table(key: str, seconds: int, by: int) -> int:
    now = timezone.now()
    rows = Tally.objects.filter(key=key, ends_at__gt=now)
    if not rows.update(count=F("count") + by):
        Tally.objects.filter(ends_at__lte=now).delete()
        fresh = Tally(key=key, count=0, ends_at=now + timedelta(seconds=seconds))
        Tally.objects.bulk_create([fresh], ignore_conflicts=True)  # another process may be first
        rows.update(count=F("count") + by)
    return rows.values_list("count", flat=True).get()
