"""The stretches of time that figures are about: whole hours, up to the end of the one that runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils import timezone

HOUR = timedelta(hours=1)
#: What pages offer, in days.
OFFERED = (1, 7, 28)
DEFAULT = 7


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` until before `end`, both at a full hour, UTC."""

    start: datetime
    end: datetime

    @property
    def before(self) -> Period:
        """The equally long period that ended when this one began."""
        return Period(self.start - (self.end - self.start), self.start)

    @property
    def days(self) -> int:
        return round((self.end - self.start) / timedelta(days=1))


def last_days(days: int, now: datetime | None = None) -> Period:
    """The last `days` days with the hour that runs."""
    now = (now or timezone.now()).astimezone(UTC)
    end = now.replace(minute=0, second=0, microsecond=0) + HOUR
    return Period(end - timedelta(days=days), end)
