"""The eight figures of the first page, each over a period and over the equally long one before.

All read what `jobs.measuring` counted; `tests/recommender/services/test_kpis.py` holds each against the rows.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q, Sum
from django.db.models.functions import TruncDay
from django.utils import timezone

from behaviour.models import Behaviour
from catalog.models import Storefront

from ..evaluation import item_sets
from ..evaluation.online import percentile
from ..models import EventHour, ItemsShown, LatencyHour, ListHour, PlaceHour
from .periods import Period

#: With fewer cases than this, in either period, a difference would be noise.
LEAST = 100
COVERAGE_DAYS = 7

LISTS = ("lists", "fallbacks", "seen", "clicked", "converted", "diversity", "diverse")
PLACES = ("impressions", "clicks", "conversions", "dismissals", "dwell", "dwells")


@dataclass(frozen=True, slots=True)
class Kpi:
    """A figure and how many cases it rests on, now and in the period before. None: there is nothing to tell it by."""

    slug: str
    value: float | None
    n: int
    before: float | None
    n_before: int

    @property
    def difference(self) -> float | None:
        """None where either period has too few cases to compare."""
        if self.value is None or self.before is None or min(self.n, self.n_before) < LEAST:
            return None
        return self.value - self.before


def kpis(*, storefront: Storefront, period: Period) -> list[Kpi]:
    """CTR, conversion, coverage, fallback, p95, data lag, dismissals and diversity, in this order. Eight queries."""
    lists = _sums(ListHour, LISTS, storefront, period)
    places = _sums(PlaceHour, PLACES, storefront, period)
    latency = _latency(storefront, period)
    arrived = _sums(EventHour, ("events",), storefront, period)
    shown, eligible = _coverage(storefront, period)

    def share(slug: str, part: str, whole: str, sums=lists, times: float = 1.0) -> Kpi:
        (value, n), (before, n_before) = (
            (times * sums[at][part] / sums[at][whole] if sums[at][whole] else None, int(sums[at][whole]))
            for at in (0, 1)
        )
        return Kpi(slug, value, n, before, n_before)

    return [
        share("ctr", "clicked", "seen"),
        share("conversion", "converted", "seen"),
        Kpi("coverage", *_ratio(shown[0], eligible[0]), *_ratio(shown[1], eligible[1])),
        share("fallback", "fallbacks", "lists"),
        Kpi("p95", *_p95(latency[0]), *_p95(latency[1])),
        Kpi(
            "lag",
            _lag(storefront, period.end),
            int(arrived[0]["events"]),
            _lag(storefront, period.start),
            int(arrived[1]["events"]),
        ),
        share("dismissals", "dismissals", "impressions", places, 1000.0),
        share("diversity", "diversity", "diverse"),
    ]


def percentiles(*, storefront: Storefront | None, period: Period) -> tuple[dict[int, int | None], int]:
    """Milliseconds that 50, 95 and 99% of lists took at most, and how many lists; None: of all storefronts."""
    rows = LatencyHour.objects.filter(hour__gte=period.start, hour__lt=period.end)
    if storefront is not None:
        rows = rows.filter(storefront=storefront)
    counts = dict(rows.order_by().values_list("milliseconds").annotate(n=Sum("lists")))
    return {share: percentile(counts, share / 100) for share in (50, 95, 99)}, sum(counts.values())


def _sums(model, names: tuple[str, ...], storefront: Storefront, period: Period) -> tuple[dict, dict]:
    """The sums of columns over the period and over the one before, in one query."""
    now, before = Q(hour__gte=period.start), Q(hour__lt=period.start)
    rows = model.objects.filter(storefront=storefront, hour__gte=period.before.start, hour__lt=period.end)
    found = rows.aggregate(
        **{f"{name}_0": Sum(name, filter=now) for name in names},
        **{f"{name}_1": Sum(name, filter=before) for name in names},
    )
    return tuple({name: found[f"{name}_{at}"] or 0 for name in names} for at in (0, 1))


def _latency(storefront: Storefront, period: Period) -> tuple[Counter, Counter]:
    rows = LatencyHour.objects.filter(storefront=storefront, hour__gte=period.before.start, hour__lt=period.end)
    counts: tuple[Counter, Counter] = (Counter(), Counter())
    summed = (
        rows.order_by()
        .values_list("milliseconds")
        .annotate(
            now=Sum("lists", filter=Q(hour__gte=period.start)), before=Sum("lists", filter=Q(hour__lt=period.start))
        )
    )
    for milliseconds, now, before in summed:
        counts[0][milliseconds] += now or 0
        counts[1][milliseconds] += before or 0
    return counts


def _p95(counts: Counter) -> tuple[float | None, int]:
    lists = sum(counts.values())
    return (percentile(counts, 0.95) if lists else None), lists


def _coverage(storefront: Storefront, period: Period) -> tuple[list[int], list[int]]:
    """Items shown and items eligible, in the seven days up to the period's last and in the seven before."""
    last = (period.end - timedelta(microseconds=1)).date()
    rows = ItemsShown.objects.filter(
        storefront=storefront, day__gt=last - timedelta(days=2 * COVERAGE_DAYS), day__lte=last
    ).order_by("day")
    weeks: tuple[list, list] = ([], [])
    for row in rows:
        weeks[row.day <= last - timedelta(days=COVERAGE_DAYS)].append(row)
    shown = [item_sets.union_size(row.items for row in week) for week in weeks]
    eligible = [next((row.eligible for row in reversed(week) if row.eligible), 0) for week in weeks]
    return shown, eligible


def _ratio(part: int, whole: int) -> tuple[float | None, int]:
    return (part / whole if whole else None), whole


def _lag(storefront: Storefront, at: datetime) -> float | None:
    """Seconds from the arrival of the newest behaviour before `at` until then, or until now if that is earlier."""
    at = min(at, timezone.now())
    rows = Behaviour.objects.filter(storefront=storefront, received_at__lte=at).order_by("-received_at")
    newest = rows.values_list("received_at", flat=True).first()
    return (at - newest).total_seconds() if newest else None


def by_placement(*, storefront: Storefront, period: Period) -> list[dict]:
    """Lists, seen and clicked of each placement, most seen first."""
    rows = ListHour.objects.filter(storefront=storefront, hour__gte=period.start, hour__lt=period.end)
    summed = rows.order_by().values("placement").annotate(**{name: Sum(name) for name in LISTS})
    return sorted(summed, key=lambda row: (-row["seen"], row["placement"]))


def by_source(*, storefront: Storefront, period: Period) -> list[dict]:
    """Impressions and clicks of what each source brought up, most shown first."""
    rows = PlaceHour.objects.filter(storefront=storefront, hour__gte=period.start, hour__lt=period.end, position__gte=0)
    summed = rows.order_by().values("source").annotate(impressions=Sum("impressions"), clicks=Sum("clicks"))
    return sorted(summed.filter(impressions__gt=0), key=lambda row: (-row["impressions"], row["source"]))


def by_day(*, storefront: Storefront, period: Period) -> list[dict]:
    """Lists seen and clicked of each UTC day; of each hour where the period is a day or less."""
    rows = ListHour.objects.filter(storefront=storefront, hour__gte=period.start, hour__lt=period.end).order_by()
    at = F("hour") if period.days <= 1 else TruncDay("hour")
    summed = rows.annotate(at=at).values("at").annotate(**{name: Sum(name) for name in ("lists", "seen", "clicked")})
    return sorted(summed, key=lambda row: row["at"])
