"""Operators' rules: the list, the form, and what a rule would do, seen before it does it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.html import escape
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST
from unfold.contrib.filters.admin import BooleanRadioFilter, ChoicesDropdownFilter
from unfold.decorators import display

from catalog.admin.access import ScopedAdmin, storefronts_of
from catalog.admin.choosing import choose_storefront
from catalog.admin.exchange import ExchangeMixin
from catalog.admin.filters import OneStorefrontFilter
from catalog.models import Storefront
from catalog.schema import verticals_known

from ..models import OperatorRule, Segment
from ..services import ServiceError
from ..services.rules import (
    persons_sampled,
    rule_change,
    rule_conflicts,
    rule_create,
    rule_delete,
    rule_preview,
    rule_touched,
)
from .names import person_name, placement_names
from .rule_files import RuleFiles
from .rule_form import RuleForm, rule_placements

STATES = {
    "holds": gettext_lazy("holds"),
    "scheduled": gettext_lazy("not yet"),
    "over": gettext_lazy("over"),
    "off": gettext_lazy("off"),
    "broken": gettext_lazy("cannot be read"),
}
ADD = "recommender.add_operatorrule"
SHOWN = 8  # places of a list in the preview


@admin.register(OperatorRule)
class OperatorRuleAdmin(ExchangeMixin, ScopedAdmin):
    empty_words = gettext_lazy(
        "No rule has been written yet. A rule keeps items out of lists, shows more or less of them, or gives them "
        "a place."
    )
    export_permission = "recommender.view_operatorrule"
    import_permissions = (ADD, "recommender.change_operatorrule")
    form = RuleForm
    list_display = ("name", "kind_shown", "where", "for_whom", "touches", "when", "priority", "state")
    list_filter = (OneStorefrontFilter, ("kind", ChoicesDropdownFilter), ("active", BooleanRadioFilter))
    list_before_template = "admin/catalog/storefront_tabs.html"
    list_select_related = ("storefront",)
    list_per_page = 50
    search_fields = ("name", "condition", "segment")
    change_form_outer_after_template = "admin/recommender/rule_after.html"
    warn_unsaved_form = True
    #: A filter has neither strength nor place; only a pin has a place.
    conditional_fields = {"amount": "kind != 'filter'", "position": "kind == 'pin'"}
    fieldsets = (
        (None, {"fields": ("name", "kind", "condition")}),
        (gettext_lazy("How much, and where in the list"), {"fields": ("amount", "position", "priority")}),
        (gettext_lazy("Where, for whom and when"), {"fields": ("placements", "segment", "starts_at", "ends_at")}),
        (gettext_lazy("Going live"), {"fields": ("active", "reason")}),
    )

    def get_urls(self) -> list:
        guarded = self.admin_site.admin_view
        view = guarded(require_POST(self.preview_view))
        return [path("preview/", view, name="recommender_operatorrule_preview"), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[OperatorRule]:
        """With the name of the segment, which rules hold by its slug."""
        same = Segment.objects.filter(storefront=OuterRef("storefront"), slug=OuterRef("segment"))
        return super().get_queryset(request).annotate(segment_name=Subquery(same.values("name")[:1]))

    # --- one rule --------------------------------------------------------------------------------------------------

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        """Which placements and fields there are depends on the storefront, so that is asked first."""
        storefront = self._asked_for(request)
        if storefront is None and self.has_add_permission(request):
            return choose_storefront(self, request, _("Which storefront is the rule for?"), self._offered(request))
        return super().add_view(request, form_url, {**(extra_context or {}), **_about(storefront, None)})

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context=None) -> HttpResponse:
        rule = self.get_object(request, object_id)
        about = _about(rule.storefront, rule) if rule else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **about})

    def get_form(self, request: HttpRequest, obj: OperatorRule | None = None, change: bool = False, **options):
        form = super().get_form(request, obj, change=change, **options)
        storefront = obj.storefront if obj else self._asked_for(request)
        return type(form.__name__, (form,), {"__init__": _with_storefront(form, storefront)})

    def get_fieldsets(self, request: HttpRequest, obj: OperatorRule | None = None):
        if obj is None:
            said = _("Storefront: %(storefront)s.") % {"storefront": self._asked_for(request)}
            (title, first), *others = self.fieldsets
            return [(title, {**first, "description": escape(said)}), *others]
        if self.has_change_permission(request, obj):
            return super().get_fieldsets(request, obj)
        # The reason is of a change, and there can be none.
        return [(title, {"fields": [f for f in part["fields"] if f != "reason"]}) for title, part in self.fieldsets]

    def save_model(self, request: HttpRequest, obj: OperatorRule, form: RuleForm, change: bool) -> None:
        wish = {"values": form.values, "by": request.user, "reason": form.cleaned_data["reason"]}
        saved = rule_change(rule=obj, **wish) if change else rule_create(storefront=obj.storefront, **wish)
        obj.pk = saved.pk

    def delete_model(self, request: HttpRequest, obj: OperatorRule) -> None:
        rule_delete(rule=obj, by=request.user)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[OperatorRule]) -> None:
        for rule in queryset:
            rule_delete(rule=rule, by=request.user)

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """What the form, as it stands, would do: a fragment. Nothing is saved."""
        asked = request.GET.get("rule", "")
        rule = self.get_object(request, asked) if asked else None
        storefront = rule.storefront if rule else self._asked_for(request)
        if storefront is None:
            raise Http404(_("There is no such storefront."))
        if not (self.has_change_permission(request, rule) if rule else self.has_add_permission(request)):
            return HttpResponse(_("You may not write rules."), status=403)
        form = RuleForm(request.POST, instance=rule, storefront=storefront)
        kept = {name: request.GET[name] for name in ("rule", "storefront") if name in request.GET}
        context: dict[str, Any] = {"form": form, "query": urlencode(kept)}
        if form.is_valid():
            try:
                context |= effect_of(form.instance, request.GET.get("seed", "0"), request.POST.get("preview_placement"))
            except ServiceError as error:
                context["problem"] = str(error)
        return TemplateResponse(request, "admin/recommender/rule_preview.html", context)

    def file_resource(self, request: HttpRequest, storefront: Storefront, reason: str = "") -> RuleFiles:
        return RuleFiles(storefront, actor=request.user, reason=reason)

    # --- the list --------------------------------------------------------------------------------------------------

    @display(
        description=gettext_lazy("kind"), label={k: "danger" if k == "filter" else "info" for k in OperatorRule.Kind}
    )
    def kind_shown(self, rule: OperatorRule) -> tuple[str, str]:
        return rule.kind, rule.get_kind_display()

    @display(description=gettext_lazy("where"))
    def where(self, rule: OperatorRule) -> str:
        names = placement_names(rule.storefront)
        return ", ".join(names.get(slug, slug) for slug in rule.placements) or _("everywhere")

    @display(description=gettext_lazy("for whom"), ordering="segment")
    def for_whom(self, rule: OperatorRule) -> str:
        return rule.segment_name or rule.segment or _("everybody")

    @display(description=gettext_lazy("items"))
    def touches(self, rule: OperatorRule) -> str:
        try:
            return f"{rule_touched(rule).items:,}"
        except ServiceError:
            return "–"

    @display(description=pgettext_lazy("of a rule", "when"))
    def when(self, rule: OperatorRule) -> str:
        if rule.starts_at is None and rule.ends_at is None:
            return _("always")
        first, last = (at.strftime("%Y-%m-%d") if at else "" for at in (rule.starts_at, rule.ends_at))
        return f"{first} – {last}"

    @display(
        description=gettext_lazy("state"),
        label={"holds": "success", "scheduled": "info", "over": "", "off": "", "broken": "danger"},
    )
    def state(self, rule: OperatorRule) -> tuple[str, str]:
        state = state_of(rule)
        return state, str(STATES[state])

    def _asked_for(self, request: HttpRequest) -> Storefront | None:
        if not hasattr(request, "kindred_storefront"):
            slug = request.GET.get("storefront", "")
            request.kindred_storefront = self._offered(request).filter(slug=slug).first()
        return request.kindred_storefront

    def _offered(self, request: HttpRequest) -> QuerySet[Storefront]:
        return storefronts_of(request, ADD).filter(vertical__in=verticals_known())


def state_of(rule: OperatorRule) -> str:
    """A key of STATES."""
    now = timezone.now()
    if not rule.active:
        return "off"
    if rule.ends_at and rule.ends_at <= now:
        return "over"
    if rule.starts_at and rule.starts_at > now:
        return "scheduled"
    try:
        rule_touched(rule)
    except ServiceError:
        return "broken"
    return "holds"


def effect_of(rule: OperatorRule, seed: str = "0", placement: str | None = None) -> dict[str, Any]:
    """Variables of `rule_preview.html`. Raises ServiceError."""
    storefront = rule.storefront
    number = int(seed) if seed.isdecimal() and len(seed) < 9 else 0
    names = rule_placements(storefront)
    here = placement if placement in names else next((slug for slug in rule.placements if slug in names), "home")
    previews = rule_preview(
        rule=rule,
        placement=here,
        persons=persons_sampled(storefront, seed=number, segment=rule.segment) or [None],
        count=SHOWN,
    )
    return {
        "touched": rule_touched(rule),
        "conflicts": rule_conflicts(rule),
        "place": names.get(here, here),
        "previews": [_side_by_side(preview, rule) for preview in previews],
        "changed": sum(preview.changed for preview in previews),
        "next_seed": number + 1,
        "holds": state_of(rule) == "holds",
    }


def _side_by_side(preview, rule: OperatorRule) -> dict[str, Any]:
    before = [entry.item.pk for entry in preview.before.items]
    after = [entry.item.pk for entry in preview.after.items]
    return {
        "person": preview.person,
        "who": person_name(preview.person.external_id) if preview.person else "",
        "changed": preview.changed,
        "before": [{"item": entry.item, "gone": entry.item.pk not in after} for entry in preview.before.items],
        "after": [
            {"item": entry.item, "is_new": entry.item.pk not in before, "moved": moved, "down": -moved}
            for place, entry in enumerate(preview.after.items)
            for moved in (_move(entry.item.pk, before, place),)
        ],
    }


def _move(pk: int, before: list[int], place: int) -> int:
    """Places that an item went up; negative for down, 0 for one that was not there."""
    return before.index(pk) - place if pk in before else 0


def _about(storefront: Storefront | None, rule: OperatorRule | None) -> dict[str, Any]:
    """What the form's page needs to ask for a preview."""
    query = {"rule": rule.pk} if rule else {"storefront": storefront.slug if storefront else ""}
    places = rule_placements(storefront) if storefront else {}
    return {
        "preview_query": urlencode(query),
        "places": [place for place in places.items() if place[0] not in ("popular", "new", "category")],
    }


def _with_storefront(form: type[RuleForm], storefront: Storefront | None) -> Callable[..., None]:
    def __init__(self, *args, **options):
        form.__init__(self, *args, storefront=storefront, **options)

    return __init__
