"""The live stream: what arrives now, what is refused, and why."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from behaviour.api.views import behaviour_shown
from behaviour.models import Behaviour, RefusalHour, RefusedEvent
from behaviour.services import SENT_AGAIN
from catalog.models import Storefront
from catalog.schema import say

from .. import registry
from ..models import EventHour
from .scope import FiguresPage, Scope, span_words

SHOWN = 50
#: What was longer under way than any client keeps an event was brought by an import.
HISTORY_AFTER = timedelta(days=1)
RATE_OVER = timedelta(minutes=1)
#: What a filter looks through: of a kind that hardly ever comes, older events are not searched for.
SEARCHED = 5_000


class LiveView(FiguresPage):
    """The whole page, or for htmx the part of it that changes."""

    title = gettext_lazy("Live stream")
    template_name = "admin/recommender/live.html"
    permission_required = ("behaviour.view_behaviour",)

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        context["age"] = None  # what arrives is read as it is
        if self.request.htmx:
            return render(self.request, "admin/recommender/live_panel.html", context)
        return super().render_to_response(context, **kwargs)

    def figures(self, scope: Scope) -> dict[str, Any]:
        kinds = _kinds(scope.storefront)
        wish = _wish(self.request, kinds)
        now = timezone.now()
        hour = {"storefront": scope.storefront, "hour": now.replace(minute=0, second=0, microsecond=0)}
        recent = Behaviour.objects.filter(storefront=scope.storefront, received_at__gte=now - RATE_OVER).count()
        refusals = dict(RefusalHour.objects.filter(**hour).order_by().values_list("code").annotate(n=Sum("events")))
        again = refusals.pop(SENT_AGAIN, 0)
        rows = _refused(scope.storefront, wish) if wish["refused_only"] else _accepted(scope.storefront, wish, kinds)
        page = {"storefront": scope.storefront.slug, "kind": wish["kind"], "person": wish["person"]}
        page |= {"state": "refused" if wish["refused_only"] else ""}
        return {
            **wish,
            "kinds": list(kinds.items()),
            "accepted": f"{recent / RATE_OVER.total_seconds():,.1f}",
            "accepted_hour": f"{EventHour.objects.filter(**hour).aggregate(n=Sum('events'))['n'] or 0:,}",
            "refused_hour": f"{sum(refusals.values()):,}",
            "again_hour": f"{again:,}",
            "rows": rows,
            "page_query": urlencode(page),
            "panel_query": urlencode({**page, **({"paused": 1} if wish["paused"] else {})}),
        }


def _kinds(storefront: Storefront) -> dict[str, str]:
    vertical = registry.verticals().get(storefront.vertical)
    language = get_language() or "en"
    return {kind.name: say(kind.label, language) for kind in vertical.kinds} if vertical else {}


def _wish(request: HttpRequest, kinds: dict[str, str]) -> dict[str, Any]:
    asked = request.GET
    return {
        "kind": asked.get("kind", "") if asked.get("kind") in kinds else "",
        "person": asked.get("person", "").strip()[:128].replace("\x00", ""),
        "refused_only": asked.get("state") == "refused",
        "paused": bool(asked.get("paused")),
    }


def _accepted(storefront: Storefront, wish: dict[str, Any], kinds: dict[str, str]) -> list[dict[str, Any]]:
    rows = Behaviour.objects.filter(storefront=storefront).order_by("-received_at", "-id")
    if wish["person"]:
        # Somebody's own events are found by their index, however long ago they came.
        rows = rows.filter(person__storefront=storefront, person__external_id=wish["person"])
    elif wish["kind"]:
        rows = rows.filter(pk__in=rows.values("pk")[:SEARCHED])
    if wish["kind"]:
        rows = rows.filter(kind=wish["kind"])
    return [
        {
            "at": row.received_at,
            "kind": kinds.get(row.kind, row.kind),
            "person": row.person.external_id,
            "item": row.item.title if row.item else "",
            "said": _under_way(row),
            "json": _json(behaviour_shown(row)),
        }
        for row in rows.select_related("person", "item")[:SHOWN]
    ]


def _under_way(row: Behaviour) -> str:
    """How long an event was on its way. What is of another day was brought by an import: that is no lag."""
    span = row.received_at - row.occurred_at
    if span < HISTORY_AFTER and "synthetic" not in row.context:
        return span_words(span)
    return _("history, of %(day)s") % {"day": f"{row.occurred_at:%Y-%m-%d}"}


def _refused(storefront: Storefront, wish: dict[str, Any]) -> list[dict[str, Any]]:
    rows = RefusedEvent.objects.filter(storefront=storefront)
    if wish["person"]:
        rows = rows.filter(person=wish["person"])
    if wish["kind"]:
        rows = rows.filter(record__kind=wish["kind"])
    return [
        {
            "at": row.received_at,
            "kind": row.record.get("kind", ""),
            "person": row.person,
            "item": row.record.get("item", ""),
            "said": row.message,
            "json": _json(row.record),
        }
        for row in rows[:SHOWN]
    ]


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)
