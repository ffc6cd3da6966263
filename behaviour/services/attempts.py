"""How often somebody may try: counted over a quarter of an hour, for all processes together."""

from __future__ import annotations

from catalog.tallies import tally_add, tally_forget

WINDOW = 15 * 60  # seconds


def attempt_count(*, what: str, who: str, most: int) -> bool:
    """Count one attempt. False when `who` has used up theirs."""
    return tally_add(f"attempts:{what}", who, seconds=WINDOW) <= most


def attempts_forget(*, what: str, who: str) -> None:
    """After a success the earlier failures count no longer."""
    tally_forget(f"attempts:{what}", who)
