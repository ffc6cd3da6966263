"""API keys: how they are made, kept and recognised.

A key is `kd_<prefix>_<secret>`. The prefix finds its row; the row holds an HMAC-SHA256 of the whole key
under a pepper that is not in the database, so whoever reads the table can neither use nor forge a key.
"""

from __future__ import annotations

import hmac
import re
import secrets
import time
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from .models import ApiKey, Storefront

#: What a key may do. None includes another.
SCOPES = ("read", "write", "manage")

SECONDS_REMEMBERED = 1.0  # a revoked key stops working within this time in every process
KEYS_REMEMBERED = 1024
USE_NOTED_EVERY = timedelta(minutes=1)

_SHAPE = re.compile(r"kd_([a-z0-9]{8})_[A-Za-z0-9_-]{43}", re.ASCII)
_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"

# digest → (key, when to ask the database again). Keyed by the HMAC: the memory holds no key that could be used.
_found: dict[str, tuple[ApiKey, float]] = {}


def api_key_create(
    *, storefront: Storefront, name: str, scopes: Iterable[str], rate_limit: int = 0
) -> tuple[ApiKey, str]:
    """A new key of 256 random bits. The text is returned this once and stored nowhere.

    `rate_limit`: requests a minute, 0 for the platform's default.

    Raises ValueError when no scope is given or one is unknown.
    """
    scopes = list(dict.fromkeys(scopes))
    if not scopes or not set(scopes) <= set(SCOPES):
        raise ValueError(f"Scopes must be one or more of {', '.join(SCOPES)}; got {', '.join(scopes) or 'none'}.")
    prefix = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    key = f"kd_{prefix}_{secrets.token_urlsafe(32)}"
    row = ApiKey.objects.create(
        storefront=storefront, name=name, prefix=prefix, digest=_digest(key), scopes=scopes, rate_limit=rate_limit
    )
    return row, key


def api_key_find(key: str) -> ApiKey | None:
    """The live key that `key` is, with its storefront; None when it is unknown, revoked or of a closed storefront.

    An answer is remembered for a second, refusals are not.
    """
    shape = _SHAPE.fullmatch(key)
    if shape is None:
        return None
    digest = _digest(key)
    row, until = _found.get(digest, (None, 0.0))
    now = time.monotonic()
    if row is not None and now < until:
        return row
    _found.pop(digest, None)
    row = ApiKey.objects.live().select_related("storefront").filter(prefix=shape[1]).first()
    if row is None or not hmac.compare_digest(row.digest, digest):
        return None
    _note_use(row)
    if len(_found) >= KEYS_REMEMBERED:
        _found.clear()
    _found[digest] = (row, now + SECONDS_REMEMBERED)
    return row


def _digest(key: str) -> str:
    return hmac.digest(settings.API_KEY_PEPPER.encode(), key.encode(), "sha256").hex()


def _note_use(row: ApiKey) -> None:
    """Write down that the key was used, at most once a minute: reading must not become writing."""
    now = timezone.now()
    if row.last_used_at is None or now - row.last_used_at >= USE_NOTED_EVERY:
        stale = Q(last_used_at__isnull=True) | Q(last_used_at__lte=now - USE_NOTED_EVERY)
        ApiKey.objects.filter(stale, pk=row.pk).update(last_used_at=now)
