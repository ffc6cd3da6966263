"""Every figure from the rows themselves, one list at a time: slow, plain, and written without what it checks."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import datetime, timedelta
from itertools import combinations

import numpy as np

from behaviour.models import Behaviour
from catalog.models import Item, Storefront
from recommender.models import Click, Impression, ItemVector, Recommendation

DISMISSALS = {"hide", "dismiss", "remove_from_cart", "return"}


def lists_of(storefront: Storefront, start: datetime, end: datetime) -> list[dict]:
    return [
        _list(served)
        for served in Recommendation.objects.filter(storefront=storefront, created_at__gte=start, created_at__lt=end)
    ]


def _list(served: Recommendation) -> dict:
    impressions = list(Impression.objects.filter(recommendation=served))
    facts = {"row": served, "seen": bool(impressions), "impressions": impressions, "clicks": [], "events": []}
    if impressions:
        first = min(impression.seen_at for impression in impressions)
        for click in Click.objects.filter(recommendation=served):
            if click.clicked_at - first <= timedelta(minutes=30):
                facts["clicks"].append(click)
        for event in Behaviour.objects.filter(recommendation_id=served.pk).select_related("item"):
            if event.occurred_at - first <= timedelta(hours=24):
                facts["events"].append(event)
    return facts


def kpis(storefront: Storefront, start: datetime, end: datetime, now: datetime) -> dict[str, tuple[float | None, int]]:
    lists = lists_of(storefront, start, end)
    seen = [one for one in lists if one["seen"]]
    impressions = sum(len(one["impressions"]) for one in seen)
    dismissed = sum(event.kind in DISMISSALS for one in seen for event in one["events"])
    days = {(end - timedelta(microseconds=1)).date() - timedelta(days=back) for back in range(7)}
    shown = {
        one["row"].items[impression.position][0]
        for one in lists_of(storefront, start - timedelta(days=60), end)
        if one["row"].created_at.date() in days
        for impression in one["impressions"]
    }
    eligible = Item.objects.filter(storefront=storefront).available().count()
    took = sorted(_rounded(one["row"].milliseconds) for one in lists if one["row"].milliseconds is not None)
    at = min(end, now)
    received = Behaviour.objects.filter(storefront=storefront, received_at__lte=at)
    newest = max(received.values_list("received_at", flat=True), default=None)
    arrived = Behaviour.objects.filter(storefront=storefront, received_at__gte=start, received_at__lt=end).count()
    diversities = [value for one in lists if (value := _diversity(one["row"])) is not None]
    return {
        "ctr": _share(sum(bool(one["clicks"]) for one in seen), len(seen)),
        "conversion": _share(sum(any(e.kind == "purchase" for e in one["events"]) for one in seen), len(seen)),
        "coverage": _share(len(shown), eligible),
        "fallback": _share(sum(bool(one["row"].fallback) for one in lists), len(lists)),
        "p95": (float(took[math.ceil(0.95 * len(took)) - 1]) if took else None, len(took)),
        "lag": ((at - newest).total_seconds() if newest else None, arrived),
        "dismissals": (1000 * dismissed / impressions if impressions else None, impressions),
        "diversity": (float(np.mean(diversities)) if diversities else None, len(diversities)),
    }


def brought(storefront: Storefront, start: datetime, end: datetime, by: str) -> dict:
    """Value of `by` → the sums that attribution shows for it."""
    rows: dict = defaultdict(lambda: defaultdict(float))
    for one in lists_of(storefront, start, end):
        served = one["row"]
        of_list = {
            "placement": served.placement,
            "deployment": served.deployment_id or 0,
            "algorithm": _algorithm(served),
            "arm": f"{served.arm.experiment_id}:{served.arm.number}" if served.arm else "",
        }
        if by in of_list:
            rows[of_list[by]]["lists"] += 1
            rows[of_list[by]]["seen"] += one["seen"]
            rows[of_list[by]]["clicked"] += bool(one["clicks"])
            rows[of_list[by]]["converted"] += any(event.kind == "purchase" for event in one["events"])
        position_of = {pk: position for position, (pk, _s, _source) in enumerate(served.items)}

        def key(position, of_list=of_list, served=served):
            source = served.items[position][2] if position >= 0 else ""
            return {**of_list, "position": position, "source": source}[by]

        for impression in one["impressions"]:
            rows[key(impression.position)]["impressions"] += 1
        for click in one["clicks"]:
            rows[key(click.position)]["clicks"] += 1
        for event in one["events"]:
            row = rows[key(position_of.get(event.item_id, -1))]
            row["conversions"] += event.kind == "purchase"
            row["dismissals"] += event.kind in DISMISSALS
            if "dwell" in event.context:
                row["dwell"] += event.context["dwell"]
                row["dwells"] += 1
            if event.kind == "purchase" and event.item.price is not None and by != "source":
                quantity = 1 if event.value is None else event.value
                row[f"revenue {event.item.currency}"] += round(event.item.price * quantity)
    return {key: dict(row) for key, row in rows.items()}


def _algorithm(served: Recommendation) -> str:
    if served.deployment:
        return served.deployment.artifact.algorithm
    if served.arm and served.arm.artifact and served.fallback not in ("no_model", "model_unavailable"):
        return served.arm.artifact.algorithm
    return ""


def _share(part: int, whole: int) -> tuple[float | None, int]:
    return (part / whole if whole else None), whole


def _rounded(milliseconds: float) -> int:
    whole = max(1, math.ceil(milliseconds))
    if whole < 100:
        return whole
    return math.ceil(whole / 10) * 10 if whole < 1000 else math.ceil(whole / 100) * 100


def _diversity(served: Recommendation) -> float | None:
    pks = [pk for pk, _score, _source in served.items]
    rows = ItemVector.objects.filter(item__in=pks, encoder="f").values_list("vector", flat=True)
    vectors = [np.frombuffer(vector, dtype="<f4").astype(np.float64) for vector in rows]
    if len(vectors) < 2:
        return None
    return 1 - float(np.mean([a @ b for a, b in combinations(vectors, 2)]))
