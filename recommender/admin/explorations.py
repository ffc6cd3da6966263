"""Exploration slots, and what other choices would have earned."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold import widgets
from unfold.contrib.filters.admin import BooleanRadioFilter
from unfold.decorators import display

from catalog.admin.access import ScopedAdmin, storefronts_of
from catalog.admin.choosing import choose_storefront
from catalog.admin.filters import StorefrontFilter
from catalog.admin.named import called
from catalog.models import Storefront
from catalog.schema import verticals_known

from .. import registry
from ..models import Exploration
from ..serving.steering import LOOKED_FOR
from .names import placement_name, placement_names

POLICIES = {
    "model": (gettext_lazy("The model's own choice"), gettext_lazy("no exploration")),
    "chance": (gettext_lazy("Chance alone"), gettext_lazy("each eligible item equally likely")),
    "newest": (gettext_lazy("The newest eligible item"), gettext_lazy("by its date of publication")),
}
ADD = "recommender.add_exploration"
MOST = 0.5
ENOUGH = 10  # lists that an estimate must be worth before its interval is shown


class ExplorationForm(forms.ModelForm):
    """A new slot. Whoever reads a list counts its places from 1; the row counts from 0, as lists do."""

    placement = forms.ChoiceField(label=gettext_lazy("Placement"), widget=widgets.UnfoldAdminSelectWidget())
    position = forms.IntegerField(
        label=gettext_lazy("Place in the list"),
        min_value=1,
        initial=Exploration._meta.get_field("position").default + 1,
        help_text=gettext_lazy("From 1, the first."),
        widget=widgets.UnfoldAdminIntegerFieldWidget(),
    )

    def __init__(self, *args: Any, storefront: Storefront | None = None, **options: Any):
        super().__init__(*args, **options)
        if storefront is not None and self.instance.pk is None:
            self.instance.storefront = storefront
        if self.instance.pk is not None:
            # What was served was served under these: the page shows them, and asks for none of them.
            del self.fields["placement"], self.fields["position"]
        else:
            places = registry.vertical(storefront.vertical).placements if storefront else ()
            self.places = {place.slug: place for place in places if place.slug not in LOOKED_FOR}
            names = placement_names(storefront) if storefront else {}
            self.fields["placement"].choices = [
                (slug, _("%(name)s: %(count)s places") % {"name": names[slug], "count": place.count})
                for slug, place in self.places.items()
            ]

    def clean_share(self) -> float:
        share = self.cleaned_data["share"]
        if not 0 < share <= MOST:
            raise forms.ValidationError(_("From above 0 to 0.5: most lists should show what the model would."))
        return share

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        placement, position = cleaned.get("placement"), cleaned.get("position")
        if placement and position and position > (most := self.places[placement].count):
            self.add_error("position", _("A list of this placement ends at place %(most)s.") % {"most": most})
        elif position:
            cleaned["position"] = position - 1
        slots = Exploration.objects.filter(storefront=self.instance.storefront_id, active=True)
        if cleaned.get("active") and slots.exclude(pk=self.instance.pk).filter(
            placement=placement or self.instance.placement
        ):
            self.add_error(
                "placement" if "placement" in self.fields else "active",
                _("Another slot explores this placement already. Switch that one off first."),
            )
        return cleaned


@admin.register(Exploration)
class ExplorationAdmin(ScopedAdmin):
    empty_words = gettext_lazy(
        "No place is given to exploration yet. There an item is drawn by chance, so that what nobody has seen is "
        "shown too."
    )
    form = ExplorationForm
    list_display = ("storefront", "place", "share_shown", "position_shown", "eligible", "lists", "active")
    list_filter = (StorefrontFilter, ("active", BooleanRadioFilter))
    list_select_related = ("storefront",)
    search_fields = ("placement", "category", "storefront__name")
    fields = ("placement", "share", "position", "category", "newer_than_days", "active")
    served_under = ("storefront", "place", "share_shown", "position_shown", "category", "newer_than_days")
    change_form_outer_after_template = "admin/recommender/exploration_report.html"

    def get_readonly_fields(self, request: HttpRequest, obj: Exploration | None = None) -> tuple[str, ...]:
        """What was served was served under these; a new share or position is a new slot."""
        return self.served_under if obj else ()

    def get_fields(self, request: HttpRequest, obj: Exploration | None = None) -> tuple[str, ...]:
        return (*self.served_under, "active") if obj else self.fields

    def get_fieldsets(self, request: HttpRequest, obj: Exploration | None = None) -> list:
        said = _("Storefront: %(storefront)s.") % {"storefront": self._asked_for(request)} if obj is None else ""
        return [(None, {"fields": self.get_fields(request, obj), "description": escape(said)})]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        """Which placements there are depends on the storefront, so that is asked first."""
        storefront = self._asked_for(request)
        if storefront is None and self.has_add_permission(request):
            return choose_storefront(self, request, _("Which storefront is the slot for?"), self._offered(request))
        said = {"title": _("New exploration slot: %(storefront)s") % {"storefront": storefront}}
        return super().add_view(request, form_url, {**(extra_context or {}), **said})

    def get_form(self, request: HttpRequest, obj: Exploration | None = None, change: bool = False, **options):
        form = super().get_form(request, obj, change=change, **options)
        storefront = obj.storefront if obj else self._asked_for(request)

        def __init__(self, *args, **given):
            form.__init__(self, *args, storefront=storefront, **given)

        return type(form.__name__, (form,), {"__init__": __init__})

    def _offered(self, request: HttpRequest) -> QuerySet[Storefront]:
        return storefronts_of(request, ADD).filter(vertical__in=verticals_known())

    def _asked_for(self, request: HttpRequest) -> Storefront | None:
        if not hasattr(request, "kindred_storefront"):
            slug = request.GET.get("storefront", "")
            request.kindred_storefront = self._offered(request).filter(slug=slug).first()
        return request.kindred_storefront

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

    @display(description=gettext_lazy("place in the list"), ordering="position")
    def position_shown(self, slot: Exploration) -> int:
        return slot.position + 1

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
