"""Sends a small JSON body to an address that an operator wrote, under the same checks as media are fetched under.

Every address that the host has must be public, the connection goes to the one that was checked, no proxy of the
environment is used, and a redirect is not followed: whoever was checked is who gets it.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Mapping, Sequence

import httpcore

from ..language.media.fetching import Pinned, Resolve, address_parts, public_address, resolve_host
from ..language.media.limits import MediaError

SECONDS = 10.0


class PostError(Exception):
    """It did not arrive; the message says why."""


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    networks: Sequence[str] = (),
    seconds: float = SECONDS,
    resolve: Resolve = resolve_host,
) -> int:
    """Returns the status, one of 2xx. `networks`: private ones that are allowed. Raises PostError with a sentence."""
    deadline = time.monotonic() + seconds
    try:
        _scheme, host, port = address_parts(url)
        address = public_address(host, port, networks, resolve)
    except MediaError as error:
        raise PostError(str(error)) from None
    given = {"Content-Type": "application/json", "User-Agent": "Kindred", **headers}
    pool = httpcore.ConnectionPool(network_backend=Pinned(address, deadline), retries=0)
    try:
        with pool, pool.stream("POST", url, headers=given, content=body) as response:
            status = response.status
    except httpcore.TimeoutException:
        raise PostError(f"{host} did not answer within {seconds:g} seconds.") from None
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol, OSError, ValueError) as error:
        raise PostError(f"{host} could not be reached: {error}") from None
    if not 200 <= status < 300:
        raise PostError(f"{host} answers with status {status}.")
    return status


def signature(secret: str, stamp: str, body: bytes) -> str:
    """HMAC-SHA256 over the time and the body, as hex: a receiver refuses what is old or altered."""
    return hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
