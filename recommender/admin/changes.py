"""What was changed lately, by whom: models that went live, runs that ended, rows that operators wrote."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib.admin.models import LogEntry
from django.urls import NoReverseMatch, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from catalog.models import Storefront

from ..models import Deployment, LanguageDeployment, TrainingRun
from .names import artifact_name, run_name
from .stored_words import stored_words

MOST = 8


def latest_changes(storefronts: Sequence[Storefront], *, logged: bool) -> list[dict[str, Any]]:
    """The newest first, each with when, what, who and where to look; `logged`: with what operators wrote."""
    changes = [*_live(storefronts), *_runs(storefronts), *(_written() if logged else ())]
    return sorted(changes, key=lambda change: change["at"], reverse=True)[:MOST]


def _live(storefronts: Sequence[Storefront]) -> list[dict[str, Any]]:
    found = []
    for model, page in (
        (Deployment, "admin:recommender_deployment_change"),
        (LanguageDeployment, "admin:recommender_languagedeployment_change"),
    ):
        rows = model.objects.filter(storefront__in=storefronts).select_related("artifact", "storefront", "activated_by")
        for row in rows.order_by("-activated_at")[:MOST]:
            said = {"model": artifact_name(row.artifact), "storefront": row.storefront.name}
            text = _("%(model)s went live in %(storefront)s") % said
            url = reverse(page, args=[row.pk])
            found.append(_change(row.activated_at, text, row.activated_by, url, row.reason))
    return found


def _runs(storefronts: Sequence[Storefront]) -> list[dict[str, Any]]:
    rows = TrainingRun.objects.filter(storefront__in=storefronts, finished_at__isnull=False)
    found = []
    for run in rows.select_related("storefront", "created_by").defer("log", "curves").order_by("-finished_at")[:MOST]:
        said = {"run": run_name(run), "storefront": run.storefront.name, "status": run.get_status_display()}
        text = _("Training of %(run)s in %(storefront)s: %(status)s") % said
        url = reverse("admin:recommender_trainingrun_change", args=[run.pk])
        found.append(_change(run.finished_at, text, run.created_by, url, ""))
    return found


def _written() -> list[dict[str, Any]]:
    rows = LogEntry.objects.select_related("user", "content_type").order_by("-action_time")[:MOST]
    return [
        _change(
            row.action_time,
            _("%(kind)s: %(name)s") % {"kind": _kind(row), "name": row.object_repr},
            row.user,
            _page(row),
            row.get_change_message(),
        )
        for row in rows
    ]


def _kind(row: LogEntry) -> str:
    """What the row is, without the app that Django puts before it."""
    model = row.content_type.model_class() if row.content_type else None
    return str(capfirst(model._meta.verbose_name)) if model else str(row.content_type or "")


def _page(row: LogEntry) -> str:
    try:
        return row.get_admin_url() or ""
    except NoReverseMatch:
        return ""


def _change(at: datetime, text: str, who: Any, url: str, reason: str) -> dict[str, Any]:
    return {"at": at, "text": text, "who": str(who) if who else "", "url": url, "reason": stored_words(reason)}
