"""How many requests an API key may make in a minute, counted for all processes together.

The count is a row in the database, so that the limit holds whatever serves the requests. A process takes a
hundredth of the limit at a time and spends it from memory: reading does not become writing, and the sum that all
processes are given never passes the limit. One person's browser is counted the same way, in `tallies`.
"""

from __future__ import annotations

import threading
import time

from django.conf import settings
from django.db.models import F

from .models import ApiKey
from .tallies import tally_add

MINUTE = 60.0
KEYS_REMEMBERED = 1024
_SHARE = 100  # a lease is this part of the limit

#: Requests a minute of one person's browser: an honest page needs a fraction of it.
VISITOR_LIMIT = 120
VISITORS_REMEMBERED = 20_000
_VISITOR_SHARE = 12  # a lease is this part of it

_visits: dict[tuple[int, str], tuple[int, int]] = {}  # (key, person) → (minute, requests left of the lease or -1)
_leases: dict[int, tuple[int, int]] = {}  # key → (minute, requests left of the lease)
_lock = threading.Lock()


def request_count(key: ApiKey) -> float:
    """Count one request of `key`. Returns 0, or the seconds until it may ask again when the minute is used up."""
    limit = key.rate_limit or settings.API_RATE_LIMIT
    now = time.time()
    minute = int(now // MINUTE)
    with _lock:
        leased, left = _leases.get(key.pk, (minute, 0))
        if leased != minute or not left:
            left = _lease(key.pk, minute, limit)
        if left:
            if len(_leases) >= KEYS_REMEMBERED:
                _leases.clear()
            _leases[key.pk] = (minute, left - 1)
            return 0.0
    return (minute + 1) * MINUTE - now


def visitor_count(key: ApiKey, person: str) -> float:
    """The same for a browser: one person's token must not use up what the server's key may ask for.

    A browser's own key, which names no person, is counted as any other.
    """
    if not person:
        return request_count(key)
    now = time.time()
    minute = int(now // MINUTE)
    with _lock:
        leased, left = _visits.get((key.pk, person), (minute, 0))
        if leased != minute or not left:
            # Who is refused once is refused without another count until the minute ends.
            left = _visitor_lease(key.pk, person, minute) or -1
        if len(_visits) >= VISITORS_REMEMBERED:
            _visits.clear()
        _visits[key.pk, person] = (minute, max(left - 1, -1))
    return 0.0 if left > 0 else (minute + 1) * MINUTE - now


def _visitor_lease(key: int, person: str, minute: int) -> int:
    """As many requests as are left of the visitor's minute, a share of it at most."""
    share = max(1, VISITOR_LIMIT // _VISITOR_SHARE)
    used = tally_add(f"visitor:{key}:{minute}", person, seconds=int(MINUTE), by=share)
    return max(0, min(share, VISITOR_LIMIT - used + share))


def _lease(key: int, minute: int, limit: int) -> int:
    """As many requests as the database grants: a share of the limit, one where less than a share is left, or none."""
    row = ApiKey.objects.filter(pk=key)
    share = max(1, limit // _SHARE)
    if row.filter(rate_minute__lt=minute).update(rate_minute=minute, rate_used=share):
        return share
    for wanted in {share: None, 1: None}:
        if row.filter(rate_minute=minute, rate_used__lte=limit - wanted).update(rate_used=F("rate_used") + wanted):
            return wanted
    return 0
