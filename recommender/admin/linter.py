"""The linter's page: what each rule means, what to do about it, and what each kind of behaviour says."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from behaviour.kinds import Kind
from catalog.schema import say

from .. import registry
from ..models import EventHour, LintFinding
from ..selectors.measures import goal_kinds
from .scope import FiguresPage, Scope, age_of

LOOKED_AFTER = timedelta(minutes=40)


@dataclass(frozen=True)
class Rule:
    severity: str  # a key of SEVERITIES
    name: str
    meaning: str
    fix: str


SEVERITIES = {
    "error": ("danger", gettext_lazy("data is lost")),
    "warning": ("warning", gettext_lazy("data misleads")),
    "notice": ("info", gettext_lazy("worth knowing")),
}

RULES = {
    "unknown_item": Rule(
        "error",
        gettext_lazy("Unknown item"),
        gettext_lazy("Events name items that are not in the catalogue. They were refused."),
        gettext_lazy("Send items before what people do with them, and spell their ids the same way in both."),
    ),
    "future_time": Rule(
        "error",
        gettext_lazy("Time in the future"),
        gettext_lazy("Events claim to happen more than five minutes from now. They were refused."),
        gettext_lazy("Set the sender's clock, and send times with their zone, such as 2026-03-31T09:30:00Z."),
    ),
    "conflict": Rule(
        "error",
        gettext_lazy("One id for two events"),
        gettext_lazy("An event id came again with other content. The second event was refused."),
        gettext_lazy("Give every event an id of its own, made where it happens: an order line's number, or a UUID."),
    ),
    "duplicate": Rule(
        "warning",
        gettext_lazy("The same act twice"),
        gettext_lazy(
            "The same person, item, kind, value and moment came under several event ids, and counts each time."
        ),
        gettext_lazy("Send a repeated event with the id that it had the first time: it is then recorded once."),
    ),
    "no_list": Rule(
        "warning",
        gettext_lazy("Missing recommendation id"),
        gettext_lazy(
            "A goal was reached with an item that the person had been shown in a list within the day before, and the "
            "event does not say which list. Such conversions are nobody's."
        ),
        gettext_lazy("Keep the id that came with a list on the page, and send it on as recommendation_id."),
    ),
    "burst": Rule(
        "warning",
        gettext_lazy("Burst of a bot"),
        gettext_lazy("Somebody did more than 60 things within a minute. Programs do, and models learn from it."),
        gettext_lazy(
            "Leave robots out before sending, by their user agent or rate, and erase the persons named below."
        ),
    ),
    "empty_text": Rule(
        "warning",
        gettext_lazy("Empty text"),
        gettext_lazy("Items have a title and nothing else to read. New ones can hardly be recommended to anybody."),
        gettext_lazy("Send what your pages say of them as text: a sentence or two are enough."),
    ),
    "no_polarity": Rule(
        "notice",
        gettext_lazy("Kind with no polarity"),
        gettext_lazy("Events say neither that somebody liked an item nor that they disliked it: models skip them."),
        gettext_lazy(
            "That is right for searches and reviews. Where people do mean something by it, send a kind that says so; "
            "the table below has them."
        ),
    ),
}


class LinterView(FiguresPage):
    title = gettext_lazy("Linter")
    template_name = "admin/recommender/linter.html"
    permission_required = ("behaviour.view_behaviour",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        state = kwargs.get("state")
        kwargs["age"] = age_of(state.linted_at if state else None, stale=LOOKED_AFTER)
        return super().get_context_data(**kwargs)

    def figures(self, scope: Scope) -> dict[str, Any]:
        found = {row.rule: row for row in LintFinding.objects.filter(storefront=scope.storefront)}
        rules = [_shown(rule, found[slug]) for slug, rule in RULES.items() if slug in found]
        order = list(SEVERITIES)
        rules.sort(key=lambda rule: (not rule["count"], order.index(rule["slug"])))
        return {"rules": rules, "kinds": _kinds(scope)}


def _shown(rule: Rule, found: LintFinding) -> dict[str, Any]:
    type_, severity = SEVERITIES[rule.severity]
    words = {"n": f"{found.count:,}", "all": f"{found.looked_at:,}"}
    return {
        "slug": rule.severity,
        "type": type_ if found.count else "success",
        "severity": severity if found.count else _("nothing found"),
        "name": rule.name,
        "meaning": rule.meaning,
        "fix": rule.fix,
        "count": found.count,
        "count_words": _("%(n)s of %(all)s looked at") % words,
        "samples": [json.dumps(sample, indent=2, ensure_ascii=False) for sample in found.samples],
    }


def _kinds(scope: Scope) -> list[dict[str, Any]]:
    vertical = registry.verticals().get(scope.storefront.vertical)
    if vertical is None:
        return []
    since = timezone.now() - timedelta(days=7)
    hours = EventHour.objects.filter(storefront=scope.storefront, hour__gte=since).order_by()
    counts = dict(hours.values_list("kind").annotate(n=Sum("events")))
    goals, language = goal_kinds(scope.storefront), get_language() or "en"
    return [
        {
            "name": kind.name,
            "label": say(kind.label, language),
            "says": says(kind),
            "weight": f"{kind.weight:g}" if kind.polarity != "neutral" else "–",
            "fades": _fades(kind),
            "goal": kind.name in goals,
            "events": f"{counts.get(kind.name, 0):,}",
        }
        for kind in vertical.kinds
    ]


def says(kind: Kind) -> str:
    """What one event of the kind is taken for, in plain words."""
    if kind.hides:
        return _("Dislikes it, and never wants to see it again: a hard rule from then on.")
    if kind.polarity == "neutral":
        return _("Neither: it is kept, shown and searched, and no model learns from it.")
    if kind.neutral_value is not None:
        words = {"value": f"{kind.neutral_value:g}"}
        return _("Likes it with a value above %(value)s, dislikes it below, neither at exactly that.") % words
    if kind.polarity == "negative":
        return _("Dislikes it: similar items count for less.")
    if kind.seen:
        return _("Likes it, and has it now: the item itself is not recommended again.")
    return _("Likes it; the item may be recommended again.")


def _fades(kind: Kind) -> str:
    if kind.polarity == "neutral":
        return "–"
    if kind.half_life is None:
        return _("never")
    days = round(kind.half_life)
    return ngettext("by half in %(n)s day", "by half in %(n)s days", days) % {"n": days}
