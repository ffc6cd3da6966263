"""How much there is of each storefront, from what the scheduled task counted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db.models import Count, Sum
from django.utils import timezone

from behaviour.models import Behaviour, Person
from catalog.models import Item, Storefront

from .. import registry
from ..models import Deployment, EventHour, ItemVector, ListHour, LiveEncoder, Measured, Recommendation
from .names import artifact_name, vertical_name


def storefront_rows(storefronts: Sequence[Storefront], measured: Sequence[Measured]) -> list[dict[str, Any]]:
    """One row a storefront with its counts, in a fixed number of queries. `measured`: what was counted of them.

    One that no worker has counted yet is counted here: it is new, and small.
    """
    now = timezone.now()
    week, day = now - timedelta(days=7), now - timedelta(days=1)
    states = {state.storefront_id: state for state in measured if state.counted_at is not None}
    fresh = [one.pk for one in storefronts if one.pk not in states]
    encoders = dict(LiveEncoder.objects.filter(storefront__in=storefronts).values_list("storefront", "fingerprint"))
    counted = {
        "items": _per_storefront(Item.objects.filter(storefront__in=fresh)) if fresh else {},
        "persons": _per_storefront(Person.objects.filter(storefront__in=fresh)) if fresh else {},
        "vectors": _per_storefront(ItemVector.objects.filter(storefront__in=fresh, encoder__in=set(encoders.values())))
        if fresh
        else {},
        "behaviours": _per_storefront(Behaviour.objects.filter(storefront__in=fresh, received_at__gte=week))
        if fresh
        else {},
        "lists": _per_storefront(Recommendation.objects.filter(storefront__in=fresh, created_at__gte=day))
        if fresh
        else {},
    }
    counted["behaviours"] |= _summed(EventHour.objects.filter(storefront__in=states, hour__gte=week), "events")
    counted["lists"] |= _summed(ListHour.objects.filter(storefront__in=states, hour__gte=day), "lists")
    for pk, state in states.items():
        for name in ("items", "persons", "vectors"):
            counted[name][pk] = getattr(state, name)
    live = Deployment.objects.filter(storefront__in=storefronts, active=True, placement="").select_related("artifact")
    deployments = {deployment.storefront_id: deployment for deployment in live}
    return [
        {
            "storefront": storefront,
            "installed": storefront.vertical in registry.verticals(),
            **{name: counts.get(storefront.pk, 0) for name, counts in counted.items()},
            **{f"{name}_shown": f"{counts.get(storefront.pk, 0):,}" for name, counts in counted.items()},
            "encoder": encoders.get(storefront.pk),
            "live": (live := deployments.get(storefront.pk)),
            "live_name": artifact_name(live.artifact) if live else "",
            "vertical": vertical_name(storefront.vertical),
        }
        for storefront in storefronts
    ]


def _per_storefront(rows) -> dict[int, int]:
    return dict(rows.order_by().values_list("storefront").annotate(n=Count("pk")))


def _summed(rows, column: str) -> dict[int, int]:
    return dict(rows.order_by().values_list("storefront").annotate(n=Sum(column)))
