"""Exploration slots, and what other choices would have earned."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import BooleanRadioFilter
from unfold.decorators import display

from catalog.admin.access import ScopedAdmin
from catalog.admin.filters import StorefrontFilter
from catalog.admin.named import called

from .. import registry
from ..models import Exploration
from .names import placement_name

POLICIES = {
    "model": (gettext_lazy("The model's own choice"), gettext_lazy("no exploration")),
    "chance": (gettext_lazy("Chance alone"), gettext_lazy("each eligible item equally likely")),
    "newest": (gettext_lazy("The newest eligible item"), gettext_lazy("by its date of publication")),
}
MOST = 0.5
ENOUGH = 10  # lists that an estimate must be worth before its interval is shown


class ExplorationForm(forms.ModelForm):
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        storefront, placement = cleaned.get("storefront"), cleaned.get("placement")
        vertical = registry.verticals().get(storefront.vertical) if storefront else None
        if vertical and placement:
            places = {place.slug: place for place in vertical.placements}
            if placement not in places:
                known = ", ".join(places)
                self.add_error("placement", _("There is no such placement; there are: %(known)s.") % {"known": known})
            elif (cleaned.get("position") or 0) >= places[placement].count:
                most = places[placement].count - 1
                self.add_error("position", _("A list of this placement ends at position %(most)s.") % {"most": most})
        if cleaned.get("share") is not None and not 0 < cleaned["share"] <= MOST:
            self.add_error("share", _("From above 0 to 0.5: most lists should show what the model would."))
        return cleaned


@admin.register(Exploration)
class ExplorationAdmin(ScopedAdmin):
    form = ExplorationForm
    list_display = ("storefront", "place", "share_shown", "position", "eligible", "lists", "active")
    list_filter = (StorefrontFilter, ("active", BooleanRadioFilter))
    list_select_related = ("storefront",)
    search_fields = ("placement", "category", "storefront__name")
    fields = ("storefront", "placement", "share", "position", "category", "newer_than_days", "active")
    change_form_outer_after_template = "admin/recommender/exploration_report.html"

    def get_readonly_fields(self, request: HttpRequest, obj: Exploration | None = None) -> tuple[str, ...]:
        """What was served was served under these; a new share or position is a new slot."""
        return ("storefront", "place", "share_shown", "position", "category", "newer_than_days") if obj else ()

    def get_fields(self, request: HttpRequest, obj: Exploration | None = None) -> tuple[str, ...]:
        if obj is None:
            return self.fields
        return ("storefront", "place", "share_shown", "position", "category", "newer_than_days", "active")

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context=None) -> HttpResponse:
        slot = self.get_object(request, object_id)
        extra = {}
        if slot is not None:
            name = f"{placement_name(slot.storefront, slot.placement)} · {slot.storefront}"
            extra = report_context(slot) | called(slot, name)
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **extra})

    @display(description=gettext_lazy("placement"), ordering="placement")
    def place(self, slot: Exploration) -> str:
        return placement_name(slot.storefront, slot.placement)

    @display(description=gettext_lazy("share of the lists"), ordering="share")
    def share_shown(self, slot: Exploration) -> str:
        return f"{slot.share:.0%}"

    @display(description=gettext_lazy("eligible"))
    def eligible(self, slot: Exploration) -> str:
        words = [slot.category] if slot.category else []
        if slot.newer_than_days is not None:
            words.append(_("at most %(days)s days old") % {"days": slot.newer_than_days})
        return ", ".join(words) or _("everything allowed")

    @display(description=gettext_lazy("lists seen"))
    def lists(self, slot: Exploration) -> str:
        return f"{slot.report.get('lists', 0):,}"


def report_context(slot: Exploration) -> dict[str, Any]:
    report = slot.report or {}
    rows = []
    for slug, found in report.get("policies", {}).items():
        name, meaning = POLICIES[slug]
        online = report.get("online_model") if slug == "model" else None
        rows.append(
            {
                "name": name,
                "meaning": meaning,
                "ips": _share(found["ips"]),
                "ips_interval": _of_enough(found, "ips"),
                "snips": _share(found["snips"]),
                "snips_interval": _of_enough(found, "snips"),
                "effective": f"{found['effective']:,.0f}",
                "online": _share(online.get("value")) if online else "–",
                "online_interval": _interval(online.get("low"), online.get("high")) if online else _("never served"),
            }
        )
    online = report.get("online", {})
    return {
        "slot": slot,
        "report_rows": rows,
        "lists": f"{report.get('lists', 0):,}",
        "explored": f"{report.get('explored', 0):,}",
        "items": f"{report.get('items', 0):,}",
        "online": _share(online.get("value")),
        "online_interval": _interval(online.get("low"), online.get("high")),
    }


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.2%}"


def _of_enough(found: dict[str, Any], name: str) -> str:
    """A normal interval of a handful of lists would claim to know what it cannot."""
    return _interval(*(found[f"{name}_{end}"] if found["effective"] >= ENOUGH else None for end in ("low", "high")))


def _interval(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return _("too little to say")
    return _("%(low)s to %(high)s") % {"low": _share(low), "high": _share(high)}
