"""Placements: where lists are asked for, and what each is made of."""

from __future__ import annotations

from typing import Any

from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.generic import TemplateView
from unfold.views import UnfoldModelAdminViewMixin

from catalog.admin.access import storefronts_of
from catalog.admin.filters import storefront_of_list
from catalog.models import Storefront
from catalog.schema import say

from .. import registry
from ..contracts import Placement, Vertical, name_of
from ..models import Deployment, ListHour, OperatorRule
from ..services.candidates import SHARE
from ..services.kpis import LISTS
from ..services.periods import last_days
from ..serving.steering import LOOKED_FOR
from .charts import share_words
from .names import SOURCES, artifact_name, source_names
from .scope import called_by_title

DAYS = 7  # of which the page tells what came of lists


class PlacementsView(UnfoldModelAdminViewMixin, TemplateView):
    title = gettext_lazy("Placements")
    template_name = "admin/recommender/placements.html"
    permission_required = ("recommender.view_deployment", "catalog.view_storefront")
    raise_exception = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        storefront = storefront_of_list(self.request, "recommender.view_deployment")
        storefronts = storefronts_of(self.request, "recommender.view_deployment").only("slug", "name")
        context = super().get_context_data(
            **kwargs,
            storefront=storefront,
            tabs=[{"slug": one.slug, "name": one.name, "current": one == storefront} for one in storefronts],
            days=DAYS,
            panels=placements_of(storefront) if storefront else [],
        )
        return {**context, **called_by_title(self)}


def placements_of(storefront: Storefront) -> list[dict[str, Any]]:
    """A panel for each placement that the vertical declares; none where its plugin is gone. Three queries."""
    vertical = registry.verticals().get(storefront.vertical)
    if vertical is None:
        return []
    now = timezone.now()
    live = {
        row.placement: row
        for row in Deployment.objects.filter(storefront=storefront, active=True).select_related("artifact")
    }
    rules = [
        rule
        for rule in OperatorRule.objects.filter(storefront=storefront, active=True)
        if not (rule.ends_at and rule.ends_at <= now)
    ]
    period = last_days(DAYS)
    hours = ListHour.objects.filter(storefront=storefront, hour__gte=period.start, hour__lt=period.end).order_by()
    sums = hours.values("placement").annotate(**{name: Sum(name) for name in LISTS})
    lists = {row["placement"]: row for row in sums}
    language = get_language() or "en"
    return [_panel(storefront, vertical, place, live, rules, lists, language) for place in vertical.placements]


def _panel(storefront, vertical: Vertical, place: Placement, live, rules, lists, language: str) -> dict[str, Any]:
    deployment = live.get(place.slug) or live.get("")
    own = lists.get(place.slug) or dict.fromkeys(LISTS, 0)
    return {
        "name": say(place.name, language),
        "slug": place.slug,
        "count": place.count,
        "fresh": place.fresh,
        "model": artifact_name(deployment.artifact) if deployment else "",
        "deployment": deployment,
        "inherited": deployment is not None and not deployment.placement,
        "sources": _sources(storefront, vertical, place),
        "rules": [rule for rule in rules if _is_for(rule, place.slug)],
        "code_rules": [(say(name_of(rule), language), say(rule.reason, language)) for rule in vertical.rules],
        "reranker": say(name_of(vertical.reranker), language) if vertical.reranker else "",
        "no_model": no_model_words(vertical.popularity),
        "lists": f"{own['lists']:,}",
        "seen": f"{own['seen']:,}",
        "clicked": _of(own["clicked"], own["seen"]),
        "converted": _of(own["converted"], own["seen"]),
        "fallback": _of(own["fallbacks"], own["lists"]),
    }


def _of(part: int, whole: int) -> str:
    """A share with what it is of; empty where there is nothing to take one of."""
    return _("%(share)s of %(n)s") % {"share": share_words(part / whole), "n": f"{whole:,}"} if whole else ""


def _sources(storefront: Storefront, vertical: Vertical, place: Placement) -> list[dict[str, Any]]:
    wanted = storefront.settings.get("sources")
    wanted = wanted if isinstance(wanted, dict) else {}
    usual, names = max(1, round(SHARE * place.count)), source_names(storefront)
    sources = [
        {
            "name": names.get(one.slug, one.slug),
            "slug": one.slug,
            "places": wanted.get(one.slug, usual),
            "own": one.slug in wanted,
        }
        for one in vertical.sources
    ]
    taken = sum(one["places"] for one in sources if isinstance(one["places"], int)) + place.fresh
    rest = {"name": str(SOURCES["model"]), "slug": "", "places": max(0, place.count - taken), "own": False}
    fresh = {"name": str(SOURCES["fresh"]), "slug": "", "places": place.fresh, "own": False}
    return [rest, *sources, *([fresh] if place.fresh else [])]


def _is_for(rule: OperatorRule, slug: str) -> bool:
    """As serving decides it: a list of what somebody looks for is shaped by filters, and by rules that name it."""
    if rule.placements:
        return slug in rule.placements
    return slug not in LOOKED_FOR or rule.kind == OperatorRule.Kind.FILTER


def no_model_words(popular: bool) -> str:
    """What stands in where no model answers."""
    return _("popular items, through the same rules") if popular else _("the newest items, through the same rules")
