"""The first page: eight figures, what needs attention, what changed, and while it is all empty, what to do first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from behaviour.admin.requests import overdue_notes
from behaviour.models import RefusalHour
from behaviour.services import SENT_AGAIN
from catalog.models import Storefront

from ..models import EmbeddingFailure, Measured, TrainingRun
from ..selectors import MOST_ATTEMPTS
from ..services.kpis import by_day, by_placement, by_source, kpis
from ..services.periods import HOUR, Period
from .alerts import alert_notes
from .changes import latest_changes
from .charts import Chart, share_words
from .inventory import storefront_rows
from .kpi_words import card_of
from .names import placement_names, source_names
from .scope import Scope, age_of, charts_in, csv_of, days_words, scope_of

FAILED_WITHIN = timedelta(days=7)
FEW = 10  # lists seen, under which a rate is chance


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """`UNFOLD["DASHBOARD_CALLBACK"]`. A fixed number of queries, whatever the number of storefronts."""
    if not request.user.has_perm("catalog.view_storefront"):
        return context
    scope = scope_of(request)
    measured = list(Measured.objects.filter(storefront__in=scope.storefronts))
    rows = storefront_rows(scope.storefronts, measured)
    address = f"{request.scheme}://{request.get_host()}"
    context = {
        **context,
        "storefronts": rows,
        "scope": scope,
        "address": address,
        "opened": _opened(_chosen(rows, scope)),
    }
    if scope.storefront is None:
        return context
    state = next((one for one in measured if one.storefront_id == scope.storefront.pk), None)
    return {
        **context,
        **_figures(scope),
        "age": age_of(state.until if state else None),
        "attention": [*overdue_notes(request, scope.storefronts), *_attention(rows)],
        "changes": latest_changes(scope.storefronts, logged=request.user.has_perm("admin.view_logentry")),
    }


def home_file(request: HttpRequest):
    """A chart of the first page as a file. Raises Http404 for one that it does not have."""
    scope = scope_of(request)
    figures = _figures(scope) if scope.storefront and request.user.has_perm("catalog.view_storefront") else {}
    return csv_of(request.GET.get("csv", ""), charts_in(figures))


def _chosen(rows: list[dict[str, Any]], scope: Scope) -> list[dict[str, Any]]:
    return [row for row in rows if scope.storefront in (None, row["storefront"])]


def _opened(rows: list[dict[str, Any]]) -> bool:
    """Whether anything has come in yet."""
    return any(row["items"] or row["behaviours"] or row["lists"] for row in rows)


def _figures(scope: Scope) -> dict[str, Any]:
    found = {"storefront": scope.storefront, "period": scope.period}
    return {
        "cards": [card_of(kpi, scope.days) for kpi in kpis(**found)],
        "charts": [
            placement_chart(scope.storefront, by_placement(**found), scope.days),
            source_chart(scope.storefront, by_source(**found), scope.days),
            day_chart(by_day(**found), scope.period),
        ],
    }


def placement_chart(storefront: Storefront, rows: list[dict], days: int) -> Chart:
    names = placement_names(storefront)
    return Chart(
        slug="ctr_by_placement",
        title=_("Click-through rate by placement, %(days)s") % {"days": days_words(days)},
        axis=_("lists clicked within 30 minutes ÷ lists seen"),
        across=_("Placement"),
        columns=[_("Placement"), _("Click-through rate"), _("Lists clicked"), _("Lists seen"), _("Lists served")],
        rows=[
            (
                names.get(row["placement"], row["placement"]),
                (rate := row["clicked"] / row["seen"] if row["seen"] else None),
                [share_words(rate), row["clicked"], row["seen"], row["lists"]],
            )
            for row in rows
        ],
        percent=True,
    )


def source_chart(storefront: Storefront, rows: list[dict], days: int) -> Chart:
    names = source_names(storefront)
    total = sum(row["impressions"] for row in rows)
    return Chart(
        slug="exposure_by_source",
        title=_("Exposure by source, %(days)s") % {"days": days_words(days)},
        axis=_("share of all impressions"),
        across=_("Source"),
        columns=[_("Source"), _("Share"), _("Impressions"), _("Clicks"), _("Clicks per impression")],
        rows=[
            (
                names.get(row["source"], row["source"]),
                row["impressions"] / total,
                [
                    share_words(row["impressions"] / total),
                    row["impressions"],
                    row["clicks"],
                    share_words(row["clicks"] / row["impressions"]),
                ],
            )
            for row in rows
        ],
        percent=True,
    )


def day_chart(rows: list[dict], period: Period) -> Chart:
    """The whole period, with gaps where too few lists were seen for a rate to say anything."""
    hourly, found = period.days <= 1, {row["at"]: row for row in rows}
    named = [(at.strftime("%H:%M" if hourly else "%m-%d"), found.get(at)) for at in _moments(period, hourly)]
    return Chart(
        slug="ctr_over_time",
        title=_("Click-through rate over time, %(days)s") % {"days": days_words(period.days)},
        axis=_("lists clicked within 30 minutes ÷ lists seen"),
        across=_("Hour (UTC)") if hourly else _("Day (UTC)"),
        columns=[_("When"), _("Click-through rate"), _("Lists clicked"), _("Lists seen"), _("Lists served")],
        rows=[(name, *_rate(row)) for name, row in named],
        kind="line",
        percent=True,
        note=few_words(hourly),
        nothing=_("Nothing to draw: too few lists were seen at a time."),
    )


def few_words(hourly: bool) -> str:
    if hourly:
        return _("Hours with fewer than %(n)s lists seen are left out.") % {"n": FEW}
    return _("Days with fewer than %(n)s lists seen are left out.") % {"n": FEW}


def _moments(period: Period, hourly: bool) -> list[datetime]:
    if hourly:
        return [period.start + HOUR * n for n in range(round((period.end - period.start) / HOUR))]
    first, last = (at.replace(hour=0) for at in (period.start, period.end - HOUR))
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _rate(row: dict | None) -> tuple[float | None, list[Any]]:
    """What is drawn, and what the table says of the same."""
    if row is None:
        return None, ["–", 0, 0, 0]
    rate = row["clicked"] / row["seen"] if row["seen"] else None
    return rate if row["seen"] >= FEW else None, [share_words(rate), row["clicked"], row["seen"], row["lists"]]


def _attention(rows: list[dict[str, Any]]) -> list[dict[str, str]]:
    """What an operator should do something about: a sentence each, with where to do it."""
    notes = alert_notes([row["storefront"] for row in rows])
    notes += _failures([row["storefront"] for row in rows])
    refused = RefusalHour.objects.filter(
        hour__gte=timezone.now() - FAILED_WITHIN, storefront__in=[row["storefront"] for row in rows]
    ).exclude(code=SENT_AGAIN)
    refusals = dict(refused.order_by().values_list("storefront").annotate(n=Sum("events")))
    train = reverse("admin:recommender_trainingrun_add")
    for row in rows:
        storefront, missing = row["storefront"], row["items"] - row["vectors"]
        said = {"storefront": storefront.name, "vertical": storefront.vertical, "n": f"{missing:,}"}
        page = reverse("admin:catalog_storefront_change", args=[storefront.pk])
        if not row["installed"]:
            text = _("%(storefront)s is off: its vertical “%(vertical)s” is not installed.")
            notes.append({"text": text % said, "url": page})
        elif not row["items"]:
            notes.append({"text": _("%(storefront)s has no items yet.") % said, "url": page})
        elif row["live"] is None:
            text = _("%(storefront)s has no live model: everybody gets what is popular.")
            notes.append({"text": text % said, "url": f"{train}?storefront={storefront.slug}"})
        if row["items"] and missing > 0:
            text = ngettext(
                "%(n)s item of %(storefront)s has no vector yet; a worker makes it.",
                "%(n)s items of %(storefront)s have no vector yet; a worker makes them.",
                missing,
            )
            notes.append({"text": text % said, "url": reverse("admin:recommender_liveencoder_changelist")})
        if events := refusals.get(storefront.pk):
            text = ngettext(
                "%(n)s event of %(storefront)s was refused in the last 7 days.",
                "%(n)s events of %(storefront)s were refused in the last 7 days.",
                events,
            )
            page = f"{reverse('admin:recommender_recommendation_linter')}?storefront={storefront.slug}"
            notes.append({"text": text % {**said, "n": f"{events:,}"}, "url": page})
    return notes


def _failures(storefronts: Sequence[Storefront]) -> list[dict[str, str]]:
    notes = []
    runs = reverse("admin:recommender_trainingrun_changelist")
    recent = TrainingRun.objects.filter(storefront__in=storefronts, finished_at__gte=timezone.now() - FAILED_WITHIN)
    if failed := recent.filter(status=TrainingRun.Status.FAILED).count():
        text = ngettext(
            "%(n)s training run failed in the last 7 days.", "%(n)s training runs failed in the last 7 days.", failed
        )
        notes.append({"text": text % {"n": failed}, "url": f"{runs}?status__exact=failed"})
    left_alone = EmbeddingFailure.objects.filter(storefront__in=storefronts, attempts__gte=MOST_ATTEMPTS)
    if unread := left_alone.count():
        text = ngettext(
            "%(n)s item could not be read by its text encoder.",
            "%(n)s items could not be read by their text encoder.",
            unread,
        )
        page = reverse("admin:recommender_embeddingfailure_changelist")
        notes.append({"text": text % {"n": f"{unread:,}"}, "url": page})
    return notes
