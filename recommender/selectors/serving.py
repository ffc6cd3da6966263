"""What is live, and what is popular."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Count
from django.utils import timezone

from behaviour.kinds import MORE, kinds_for
from behaviour.models import Behaviour
from catalog.models import Storefront
from catalog.schema import say

from ..contracts import Vertical
from ..models import Deployment

POPULAR_DAYS = 30
POPULAR_EVENTS = 5_000  # fewer say too little of what is popular: then older ones count too


def popular_items(storefront: Storefront, days: int = POPULAR_DAYS) -> dict[int, int]:
    """Item primary key → events that speak for it, in the last days; further back while those hold few events.

    Without that floor, the first visitor after a quiet year would decide alone what is popular. What was picked to say
    what one likes is not counted: people pick from what is popular, which would make it more so.
    """
    positive = [
        name for name, kind in kinds_for(storefront.vertical).items() if kind.polarity == "positive" and name != MORE
    ]
    rows = Behaviour.objects.filter(storefront=storefront, kind__in=positive, item__isnull=False)
    times = rows.order_by("-occurred_at").values_list("occurred_at", flat=True)
    start = timezone.now() - timedelta(days=days)
    enough = times[POPULAR_EVENTS - 1 : POPULAR_EVENTS].first()
    rows = rows.filter(occurred_at__gte=min(start, enough)) if enough else rows
    return dict(rows.values_list("item_id").annotate(events=Count("id")).order_by())


def deployments_live(storefront: Storefront) -> list[Deployment]:
    return list(Deployment.objects.filter(storefront=storefront, active=True).select_related("artifact"))


def placement_name(vertical: Vertical, placement: str, language: str) -> str:
    return say(vertical.placement(placement).name, language)
