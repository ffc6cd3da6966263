"""API keys: how they are made, kept and recognised.

A key is `kd_<prefix>_<secret>`. The prefix finds its row; the row holds an HMAC-SHA256 of the whole key
under a pepper that is not in the database, so whoever reads the table can neither use nor forge a key.

A browser's key is `kb_<prefix>_<HMAC of the prefix>`: no secret, as it stands in pages, but nothing that the table
gives away either; see catalog/visitors.py for what it opens.
"""

from __future__ import annotations

import base64
import hmac
import re
import secrets
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from .auditing import Change, audit
from .models import ApiKey, Storefront

#: What a key may do. None includes another.
SCOPES = ("read", "write", "manage")
BROWSER_SCOPES = ("read", "write")
MOST_ORIGINS = 50

SECONDS_REMEMBERED = 1.0  # a revoked key stops working within this time in every process
KEYS_REMEMBERED = 1024
USE_NOTED_EVERY = timedelta(minutes=1)

_SHAPE = re.compile(r"k[db]_([a-z0-9]{8})_[A-Za-z0-9_-]{43}", re.ASCII)
_ORIGIN = re.compile(r"(https?)://([a-z0-9.-]{1,253}|\[[0-9a-f:]{2,39}\])(?::([0-9]{1,5}))?", re.ASCII)
_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"

# Digest or prefix → (key, when to ask the database again). The memory holds no key that could be used.
_found: dict[str, tuple[ApiKey, float]] = {}


def api_key_create(
    *,
    storefront: Storefront,
    name: str,
    scopes: Iterable[str],
    rate_limit: int = 0,
    kind: str = ApiKey.Kind.SERVER,
    origins: Iterable[str] = (),
    by: Any = None,
) -> tuple[ApiKey, str]:
    """A new key; one for a server has 256 random bits, is returned this once and stored nowhere.

    `rate_limit`: requests a minute, 0 for the platform's default. `origins`: the sites whose pages may use a key for
    browsers, which needs at least one. `by`: the account that makes it, for the audit log.

    Raises ValueError when no scope is given or one is unknown, and for what is no site.
    """
    scopes, origins = list(dict.fromkeys(scopes)), list(dict.fromkeys(origin_clean(origin) for origin in origins))
    known = BROWSER_SCOPES if kind == ApiKey.Kind.BROWSER else SCOPES
    if not scopes or not set(scopes) <= set(known):
        raise ValueError(f"Scopes must be one or more of {', '.join(known)}; got {', '.join(scopes) or 'none'}.")
    if kind == ApiKey.Kind.BROWSER and not origins:
        raise ValueError("A key for browsers needs the sites that may use it, such as https://shop.example.")
    if len(origins) > MOST_ORIGINS:
        raise ValueError(f"A key is for at most {MOST_ORIGINS} sites.")
    with transaction.atomic():
        row, key = _made(storefront, name, scopes, rate_limit, kind, origins)
        audit(Change("create", row, by, storefront, after=api_key_said(row)))
    return row, key


def _made(
    storefront: Storefront, name: str, scopes: list[str], rate_limit: int, kind: str, origins: list[str]
) -> tuple[ApiKey, str]:
    prefix = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    key = browser_key(prefix) if kind == ApiKey.Kind.BROWSER else f"kd_{prefix}_{secrets.token_urlsafe(32)}"
    row = ApiKey.objects.create(
        storefront=storefront,
        name=name,
        prefix=prefix,
        digest=_digest(key),
        scopes=scopes,
        rate_limit=rate_limit,
        kind=kind,
        origins=origins,
    )
    return row, key


def api_key_rotate(*, key: ApiKey, overlap: timedelta, by: Any = None) -> tuple[ApiKey, str]:
    """A new key that may do the same. The old one goes on working for `overlap`, so that clients can change over.

    Raises ValueError for a key that is revoked.
    """
    with transaction.atomic():
        row = ApiKey.objects.select_for_update(of=("self",)).select_related("storefront").get(pk=key.pk)
        if row.revoked_at is not None:
            raise ValueError(_("This key is revoked, or was rotated already. Make a new one."))
        before = api_key_said(row)
        row.revoked_at = timezone.now() + overlap
        row.save(update_fields=["revoked_at"])
        new, text = _made(row.storefront, row.name, row.scopes, row.rate_limit, row.kind, row.origins)
        after = {**api_key_said(new), "old_works_until": row.revoked_at}
        audit(Change("rotate", row, by, row.storefront, before, after))
    return new, text


def api_key_revoke(*, key: ApiKey, by: Any = None) -> bool:
    """Within a second nobody can use the key, nor a token that it made. False where it was revoked before."""
    now = timezone.now()
    with transaction.atomic():
        row = ApiKey.objects.select_for_update().select_related("storefront").get(pk=key.pk)
        if row.revoked_at is not None and row.revoked_at <= now:
            return False
        before = {**api_key_said(row), "revoked_at": row.revoked_at}
        row.revoked_at = now
        row.save(update_fields=["revoked_at"])
        audit(Change("revoke", row, by, row.storefront, before, {**api_key_said(row), "revoked_at": now}))
    return True


def api_key_said(key: ApiKey) -> dict[str, Any]:
    """What the audit log keeps of a key: how it starts and what it opens, never the rest of it or its digest."""
    return {name: getattr(key, name) for name in ("prefix", "name", "kind", "scopes", "origins", "rate_limit")}


def api_key_find(key: str) -> ApiKey | None:
    """The live key that `key` is, with its storefront; None when it is unknown, revoked or of a closed storefront.

    An answer is remembered for a second, refusals are not.
    """
    shape = _SHAPE.fullmatch(key)
    if shape is None:
        return None
    digest = _digest(key)
    return _remembered(digest, shape[1], lambda row: hmac.compare_digest(row.digest, digest))


def api_key_named(prefix: str) -> ApiKey | None:
    """The live key of that prefix, for who has proved by other means that they speak for it."""
    return _remembered(prefix, prefix, lambda row: True)


def browser_key(prefix: str) -> str:
    """The key for browsers of that prefix."""
    mac = hmac.digest(settings.API_KEY_PEPPER.encode(), f"browser key {prefix}".encode(), "sha256")
    return f"kb_{prefix}_{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def origin_clean(origin: str) -> str:
    """A site as browsers name it: https://shop.example, http://localhost:8080. Raises ValueError for anything else."""
    found = _ORIGIN.fullmatch(origin.strip().lower().rstrip("/"))
    if found is None or len(origin) > 200:
        said = _("%(origin)s is no site. Write it as https://shop.example, without a path.")
        raise ValueError(said % {"origin": f"{origin!r:.80}"})
    scheme, host, port = found.groups()
    usual = {"http": "80", "https": "443"}[scheme]
    return f"{scheme}://{host}" + (f":{port}" if port and port != usual else "")


def _remembered(name: str, prefix: str, is_it: Callable[[ApiKey], bool]) -> ApiKey | None:
    row, until = _found.get(name, (None, 0.0))
    now = time.monotonic()
    if row is not None and now < until:
        return row
    _found.pop(name, None)
    row = ApiKey.objects.live().select_related("storefront").filter(prefix=prefix).first()
    if row is None or not is_it(row):
        return None
    _note_use(row)
    if len(_found) >= KEYS_REMEMBERED:
        _found.clear()
    _found[name] = (row, now + SECONDS_REMEMBERED)
    return row


def _digest(key: str) -> str:
    return hmac.digest(settings.API_KEY_PEPPER.encode(), key.encode(), "sha256").hex()


def _note_use(row: ApiKey) -> None:
    """Write down that the key was used, at most once a minute: reading must not become writing."""
    now = timezone.now()
    if row.last_used_at is None or now - row.last_used_at >= USE_NOTED_EVERY:
        stale = Q(last_used_at__isnull=True) | Q(last_used_at__lte=now - USE_NOTED_EVERY)
        ApiKey.objects.filter(stale, pk=row.pk).update(last_used_at=now)
