"""Browsers that speak to the API themselves, and how little they may.

A server asks for a token for one of its persons and puts it into their page: short-lived, signed, bound to a site, a
person and to the key that made it. A browser's key stands in a page as it is and speaks for anonymous visitors alone.
Both end with the key, within a second.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.db import transaction

from .keys import BROWSER_SCOPES, MOST_ORIGINS, api_key_find, api_key_named, origin_clean
from .models import ApiKey

SHORTEST, LONGEST = 60, 3600  # seconds that a token lasts
#: What a page makes up for a visitor whom it does not know: nobody guesses another's.
ANONYMOUS = re.compile(r"anon-[A-Za-z0-9_-]{20,100}", re.ASCII)

_PREFIX, _SALT, _MOST_CHARACTERS = "kt_", "browser token", 2000


@dataclass(frozen=True)
class Visitor:
    """A browser at a site. `person`: whom it speaks for; empty: for anonymous visitors, whoever they are."""

    origins: tuple[str, ...]
    scopes: tuple[str, ...]
    person: str = ""
    expired: bool = False

    def speaks_for(self, external_id: str) -> bool:
        if self.person:
            return external_id == self.person
        return ANONYMOUS.fullmatch(external_id) is not None


class TokenError(ValueError):
    """A token that cannot be made: `field` is what is wrong."""

    def __init__(self, field: str, message: str):
        self.field = field
        super().__init__(message)


def token_make(
    *, key: ApiKey, person: str, origin: str = "", scopes: Iterable[str] = (), seconds: int = LONGEST
) -> tuple[str, Visitor, int]:
    """A token for one person's browser, what it opens, and when it ends, in seconds since 1970.

    `origin`: the site whose pages may use it; left out, the key's only one. `scopes`: left out, as many as the key
    and a browser may have. A key remembers the sites that it made tokens for. Raises TokenError.
    """
    if key.kind == ApiKey.Kind.BROWSER:
        raise TokenError("", "A key for browsers makes no tokens. Ask your own server for one.")
    allowed = [scope for scope in BROWSER_SCOPES if scope in key.scopes]
    scopes = list(dict.fromkeys(scopes)) or allowed
    if not set(scopes) <= set(allowed):
        raise TokenError("scopes", f"A token of this key may have {', '.join(allowed)}.")
    if not SHORTEST <= seconds <= LONGEST:
        raise TokenError("expires_in", f"A token lasts {SHORTEST} to {LONGEST:,} seconds.")
    origin = _origin(key, origin)
    ends = int(time.time()) + seconds
    said = {"k": key.prefix, "p": person, "o": origin, "s": scopes, "x": ends}
    token = _PREFIX + signing.dumps(said, key=settings.API_KEY_PEPPER, salt=_SALT)
    return token, Visitor((origin,), tuple(scopes), person), ends


def visitor_find(credential: str) -> tuple[ApiKey, Visitor] | None:
    """The live key behind a browser's key or token, and the visitor; None for what is neither."""
    if not credential.startswith(_PREFIX):
        key = api_key_find(credential)
        if key is None or key.kind != ApiKey.Kind.BROWSER:
            return None
        return key, Visitor(tuple(key.origins), tuple(key.scopes))
    try:
        token = credential.removeprefix(_PREFIX)[:_MOST_CHARACTERS]
        said = signing.loads(token, key=settings.API_KEY_PEPPER, salt=_SALT)
    except signing.BadSignature:
        return None
    key = api_key_named(said["k"])
    if key is None:
        return None
    scopes = tuple(scope for scope in said["s"] if scope in key.scopes)
    return key, Visitor((said["o"],), scopes, said["p"], expired=said["x"] <= time.time())


def origin_known(storefront_slug: str, origin: str) -> bool:
    """Whether pages of that site have anything to ask here."""
    keys = ApiKey.objects.live().filter(storefront__slug=storefront_slug)
    return any(origin in origins for origins in keys.values_list("origins", flat=True))


def _origin(key: ApiKey, origin: str) -> str:
    if not origin and len(key.origins) == 1:
        return key.origins[0]
    try:
        origin = origin_clean(origin)
    except ValueError as error:
        raise TokenError("origin", str(error)) from None
    if origin not in key.origins:
        with transaction.atomic():
            row = ApiKey.objects.select_for_update().get(pk=key.pk)
            if origin not in row.origins:
                if len(row.origins) >= MOST_ORIGINS:
                    raise TokenError("origin", f"This key made tokens for {MOST_ORIGINS} sites. Use another key.")
                row.origins = [*row.origins, origin]
                row.save(update_fields=["origins"])
        key.origins = row.origins
    return origin
