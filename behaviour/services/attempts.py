"""How often somebody may try: counted in the cache, over a quarter of an hour.

Without a shared cache each process counts for itself, which multiplies the limit by the number of processes.
"""

from __future__ import annotations

from hashlib import blake2b

from django.core.cache import cache

WINDOW = 15 * 60  # seconds


def attempt_count(*, what: str, who: str, most: int) -> bool:
    """Count one attempt. False when `who` has used up theirs."""
    digest = blake2b(who.encode(errors="replace"), digest_size=16).hexdigest()
    key = f"attempts:{what}:{digest}"
    cache.add(key, 0, WINDOW)
    try:
        return cache.incr(key) <= most
    except ValueError:  # it expired between the two calls
        return True


def attempts_forget(*, what: str, who: str) -> None:
    """After a success the earlier failures count no longer."""
    digest = blake2b(who.encode(errors="replace"), digest_size=16).hexdigest()
    cache.delete(f"attempts:{what}:{digest}")
