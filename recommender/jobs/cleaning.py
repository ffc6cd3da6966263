"""What is only of use while it is new goes by itself."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from ..models import Recommendation, ShadowList

#: How long a list that a shadow answered too is kept: its report reads the newest ones.
SHADOW_DAYS = 30
#: How long the rest of a ranking is kept: a cursor lasts 24 hours, and one that was just followed gets its page.
REST_HOURS = 25
_CHUNK = 1_000


def shadow_lists_clean(*, now: datetime | None = None) -> int:
    """Remove mirrored lists older than SHADOW_DAYS, some at a time so that nobody waits long. Returns how many."""
    old = ShadowList.objects.filter(created_at__lt=(now or timezone.now()) - timedelta(days=SHADOW_DAYS))
    removed = 0
    while chunk := list(old.order_by().values_list("pk", flat=True)[:_CHUNK]):
        removed += ShadowList.objects.filter(pk__in=chunk).delete()[0]
    return removed


def rests_clean(*, now: datetime | None = None) -> int:
    """Empty the later pages that no cursor can ask for any more, some at a time. Returns how many lists had them."""
    old = Recommendation.objects.filter(created_at__lt=(now or timezone.now()) - timedelta(hours=REST_HOURS))
    emptied = 0
    while chunk := list(old.filter(rest__isnull=False).order_by().values_list("pk", flat=True)[:_CHUNK]):
        emptied += Recommendation.objects.filter(pk__in=chunk).update(rest=None)
    return emptied
