"""The attribution page: what lists brought, by placement, algorithm, position, arm or source."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import Storefront
from catalog.money import money

from ..models import Arm, Deployment
from ..services.attribution import OF_LISTS, Brought, attribution
from .charts import Chart, share_words
from .names import algorithm_name, artifact_name, placement_names, source_names
from .scope import FiguresPage, Scope, days_words

DIMENSIONS = {
    "placement": gettext_lazy("placement"),
    "algorithm": gettext_lazy("algorithm"),
    "deployment": gettext_lazy("deployment"),
    "position": gettext_lazy("position"),
    "arm": gettext_lazy("arm of an experiment"),
    "source": gettext_lazy("source"),
}
#: What is drawn of many positions; the table has them all.
MOST_DRAWN = 20


class AttributionView(FiguresPage):
    title = gettext_lazy("Attribution")
    template_name = "admin/recommender/attribution.html"
    permission_required = ("recommender.view_listhour",)

    def figures(self, scope: Scope) -> dict[str, Any]:
        by = self.request.GET.get("by", "")
        by = by if by in DIMENSIONS else "placement"
        places = placement_names(scope.storefront)
        asked = self.request.GET.get("placement", "")
        placement = asked if asked in places else ""
        rows = attribution(storefront=scope.storefront, period=scope.period, by=by, placement=placement)
        names = _names(scope.storefront, by, rows, places)
        about = {"by": DIMENSIONS[by], "days": days_words(scope.days)}
        table = _table(by, rows, names, about, bool(placement))
        return {
            "by": by,
            "placement": placement,
            "dimensions": list(DIMENSIONS.items()),
            "placements": list(places.items()),
            "rows": rows,
            "choose_placement": by == "position" and not placement,
            "more": f"&by={by}&placement={placement}",
            "charts": [_chart(by, rows, names, about)],
            "table": table,
            "table_rows": [
                (name, list(zip(table.columns[1:], cells, strict=True))) for name, _ctr, cells in table.rows
            ],
        }


def _names(storefront: Storefront, by: str, rows: list[Brought], places: dict[str, str]) -> dict[Any, str]:
    match by:
        case "placement":
            return places
        case "algorithm":
            return {row.key: algorithm_name(row.key) if row.key else _("no model: popular") for row in rows}
        case "deployment":
            found = Deployment.objects.filter(storefront=storefront, pk__in=[row.key for row in rows])
            known = {one.pk: artifact_name(one.artifact) for one in found.select_related("artifact")}
            return {0: _("no live model answered: an experiment’s arm, or popular items"), **known}
        case "position":
            return {row.key: str(row.key + 1) if row.key >= 0 else _("not in the list") for row in rows}
        case "arm":
            marks = [row.key for row in rows if row.key]
            arms = Arm.objects.filter(
                experiment__storefront=storefront, experiment__in=[mark.partition(":")[0] for mark in marks]
            )
            named = {arm.label: f"{arm.experiment.name}: {arm.name}" for arm in arms.select_related("experiment")}
            return {"": _("in no experiment"), **named}
    return {"": _("not in the list"), **source_names(storefront)}


def _chart(by: str, rows: list[Brought], names: dict, about: dict) -> Chart:
    drawn = [row for row in rows if row.impressions][:MOST_DRAWN]
    return Chart(
        slug="ctr",
        title=_("Clicks per impression by %(by)s, %(days)s") % about,
        axis=_("items opened within 30 minutes ÷ items that came into sight"),
        across=str(DIMENSIONS[by]).capitalize(),
        columns=[str(DIMENSIONS[by]).capitalize(), _("Clicks per impression"), _("Clicks"), _("Impressions")],
        rows=[
            (str(names.get(row.key, row.key)), row.ctr, [share_words(row.ctr), row.clicks, row.impressions])
            for row in drawn
        ],
        percent=True,
    )


def _table(by: str, rows: list[Brought], names: dict, about: dict, placed: bool) -> Chart:
    """All the sums, as a table that can be downloaded. How much a position is looked at is known of one placement."""
    columns = [str(DIMENSIONS[by]).capitalize()]
    if by in OF_LISTS:
        columns += [_("Lists seen"), _("Lists clicked"), _("Lists converted")]
    columns += [_("Impressions"), _("Clicks"), _("Clicks per impression")]
    if by != "position":
        columns += [_("In first place")]
    elif placed:
        columns += [_("Looked at, beside the first")]
    columns += [_("Conversions"), *([] if by == "source" else [_("Revenue")])]
    columns += [_("Dwell, mean seconds"), _("Dismissals per 1,000")]
    return Chart(
        slug="attribution",
        title=_("All figures by %(by)s, %(days)s") % about,
        axis="",
        across="",
        columns=columns,
        rows=[(str(names.get(row.key, row.key)), row.ctr, _cells(by, row, placed)) for row in rows],
    )


def _cells(by: str, row: Brought, placed: bool) -> list[str]:
    cells: list[str] = []
    if by in OF_LISTS:
        clicked = share_words(row.clicked / row.seen) if row.seen else "–"
        converted = share_words(row.converted / row.seen) if row.seen else "–"
        cells += [f"{row.seen:,}", f"{row.clicked:,} ({clicked})", f"{row.converted:,} ({converted})"]
    cells += [f"{row.impressions:,}", f"{row.clicks:,}", share_words(row.ctr)]
    if by != "position":
        cells += [share_words(row.corrected)]
    elif placed:
        cells += [share_words(row.examined)]
    cells += [f"{row.conversions:,}"]
    if by != "source":
        cells += [" · ".join(money(sum_, currency) for currency, sum_ in sorted(row.revenue.items())) or "–"]
    cells += [f"{row.dwell / row.dwells:,.0f} (n = {row.dwells:,})" if row.dwells else "–"]
    cells += [f"{1000 * row.dismissals / row.impressions:,.1f}" if row.impressions else "–"]
    return cells
