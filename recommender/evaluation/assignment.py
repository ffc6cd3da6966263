"""Which arm somebody is in: a hash, so that it is the same every time, in every process, without a table."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b


def unit(salt: str, key: str) -> float:
    """A number in [0, 1) that depends on nothing else; other salts give numbers that have nothing to do with it."""
    digest = blake2b(f"{salt}\x00{key}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def assigned(salt: str, key: str, shares: Sequence[float], ramp: float = 1.0) -> int | None:
    """The number of the arm of the person with this key; None for those whom the ramp leaves out.

    Who takes part and who is in which arm are decided by two hashes: a wider ramp adds persons and moves nobody.
    """
    if unit(f"{salt}/ramp", key) >= ramp:
        return None
    place, total = unit(f"{salt}/arm", key) * sum(shares), 0.0
    for number, share in enumerate(shares):
        total += share
        if place < total:
            return number
    return len(shares) - 1
