"""What lists brought: clicks, conversions, revenue, dwell and dismissals, by whatever made the difference."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from django.db.models import Sum

from catalog.models import Storefront

from ..evaluation.position_bias import Examination, examine
from ..models import ListHour, PlaceHour, RevenueHour
from .kpis import PLACES
from .periods import Period

By = Literal["placement", "algorithm", "deployment", "arm", "position", "source"]
#: What a list is one of. A list has many positions and sources: seen and clicked lists are not told by those.
OF_LISTS = ("placement", "algorithm", "deployment", "arm")


@dataclass(slots=True)
class Brought:
    """Sums over a period. `corrected`: the CTR of items had each stood in the first position, None where unknown."""

    key: str | int
    lists: int = 0
    seen: int = 0
    clicked: int = 0
    converted: int = 0
    impressions: int = 0
    clicks: int = 0
    conversions: int = 0
    dismissals: int = 0
    dwell: float = 0.0
    dwells: int = 0
    revenue: dict[str, int] = field(default_factory=dict)  # currency → minor units
    corrected: float | None = None
    examined: float | None = None  # how much a position is looked at, beside the first

    @property
    def ctr(self) -> float | None:
        """Clicks per impression; for lists, `clicked` ÷ `seen` is another figure."""
        return self.clicks / self.impressions if self.impressions else None


def attribution(*, storefront: Storefront, period: Period, by: By, placement: str = "") -> list[Brought]:
    """One row for each value of `by`, most shown first (positions in their order). Four queries at most.

    What happened to items that the list did not hold counts for the list (its placement, algorithm, arm) and stands
    under position -1 and the source "".
    """
    chosen = {"storefront": storefront, "hour__gte": period.start, "hour__lt": period.end}
    if placement:
        chosen["placement"] = placement
    rows: dict[str | int, Brought] = {}
    places = PlaceHour.objects.filter(**chosen).order_by()
    for row in places.values(by).annotate(**{name: Sum(name) for name in PLACES}):
        key = row.pop(by)
        rows[key] = Brought(key, **row)
    if by in OF_LISTS:
        lists = ListHour.objects.filter(**chosen).order_by()
        for row in lists.values(by).annotate(**{name: Sum(name) for name in ("lists", "seen", "clicked", "converted")}):
            brought = rows.setdefault(row[by], Brought(row[by]))
            for name in ("lists", "seen", "clicked", "converted"):
                setattr(brought, name, row[name])
    if by != "source":
        money = RevenueHour.objects.filter(**chosen).order_by()
        for key, currency, revenue in money.values_list(by, "currency").annotate(revenue=Sum("revenue")):
            rows.setdefault(key, Brought(key)).revenue[currency] = revenue
    _correct(rows, places, by)
    if by == "position":
        return sorted(rows.values(), key=lambda row: (row.key < 0, row.key))
    return sorted(rows.values(), key=lambda row: (-row.impressions, -row.lists, str(row.key)))


def _correct(rows: dict[str | int, Brought], places, by: By) -> None:
    """Fit how much each position is looked at, within each placement, and weigh clicks by it."""
    names = ("placement", "position", "deployment", "arm", "source")
    counts = places.filter(position__gte=0).values_list(*names, *([by] if by not in names else []))
    cells: dict[str, list[tuple]] = defaultdict(list)
    for row in counts.annotate(impressions=Sum("impressions"), clicks=Sum("clicks")):
        cells[row[0]].append(row)
    worth: dict[str | int, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for placed in cells.values():
        found, impressions, clicks, groups = _examined(placed)
        for group, corrected, shown in zip(
            groups, found.corrected(impressions, clicks), impressions.sum(axis=1), strict=True
        ):
            if by == "position" or not shown:
                continue
            key = group[names.index(by) if by in names else -1]
            worth[key][0] += corrected * shown
            worth[key][1] += shown
        if by == "position" and len(cells) == 1:
            for position, theta in enumerate(found.theta):
                if position in rows and np.isfinite(theta):
                    rows[position].examined = float(theta)
    for key, (weighted, shown) in worth.items():
        rows[key].corrected = weighted / shown


def _examined(placed: Sequence[tuple]) -> tuple[Examination, np.ndarray, np.ndarray, list[tuple]]:
    """The model fitted to one placement's cells; a group is everything but the position."""
    groups: dict[tuple, int] = {}
    for row in placed:
        groups.setdefault((row[0], None, *row[2:-2]), len(groups))
    shape = (len(groups), max(row[1] for row in placed) + 1)
    impressions, clicks = np.zeros(shape), np.zeros(shape)
    for row in placed:
        at = groups[row[0], None, *row[2:-2]], row[1]
        impressions[at] += row[-2]
        clicks[at] += row[-1]
    return examine(impressions, clicks), impressions, clicks, list(groups)
