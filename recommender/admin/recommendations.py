"""Served lists: what was shown to whom, when, and what brought each item up."""

from __future__ import annotations

from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter, RangeDateTimeFilter
from unfold.decorators import display

from behaviour.admin.contexts import context_shown
from catalog.admin.access import ReadOnlyAdmin, in_words
from catalog.admin.filters import OneStorefrontFilter, storefront_of_list
from catalog.admin.long_lists import LongListMixin
from catalog.admin.named import called
from catalog.models import Item

from ..models import Recommendation
from .came_of import came_of
from .inspector import InspectorView
from .measuring import figure_urls
from .names import artifact_name, placement_name, placement_names, source_names


class PlacementFilter(DropdownFilter):
    title = gettext_lazy("placement")
    parameter_name = "placement"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        storefront = storefront_of_list(request, "recommender.view_recommendation")
        return list(placement_names(storefront).items()) if storefront else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Recommendation]) -> QuerySet[Recommendation]:
        return queryset.filter(placement=self.value()) if self.value() else queryset


@admin.register(Recommendation)
class RecommendationAdmin(LongListMixin, ReadOnlyAdmin):
    empty_words = gettext_lazy(
        "No list has been served on this storefront yet. Every list that the site or the API asks for is written "
        "down here."
    )
    list_display = ("created_at", "place", "person_name", "length", "served_by", "fallback_label")
    list_display_links = ("created_at",)
    list_filter = (
        OneStorefrontFilter,
        PlacementFilter,
        ("fallback", ChoicesDropdownFilter),
        ("created_at", RangeDateTimeFilter),
    )
    list_before_template = "admin/catalog/storefront_tabs.html"
    list_select_related = ("storefront", "person", "deployment__artifact", "arm__artifact", "arm__experiment")
    list_per_page = 50
    search_fields = ("=id", "=person__external_id")
    search_help_text = gettext_lazy("A list's id or a person's id, exactly")
    fieldsets = (
        (None, {"fields": ("created_at", "storefront", "place", "person", "served_by", "fallback_words", "arm_link")}),
        (gettext_lazy("What was shown"), {"fields": ("shown",)}),
        (gettext_lazy("What came of it"), {"fields": ("came_of_it",)}),
        (gettext_lazy("Circumstances"), {"fields": ("milliseconds", "context_words", "id")}),
    )

    def get_urls(self) -> list:
        return [
            *figure_urls(self),
            path("inspector/", self.admin_site.admin_view(self.inspector), name="recommender_recommendation_inspector"),
            *super().get_urls(),
        ]

    def inspector(self, request: HttpRequest) -> HttpResponse:
        return InspectorView.as_view(model_admin=self)(request)

    @display(description=gettext_lazy("context"))
    def context_words(self, served: Recommendation) -> SafeString | str:
        return context_shown(served.context, "arm")  # which the experiment above says by its name

    @display(description=gettext_lazy("placement"), ordering="placement")
    def place(self, served: Recommendation) -> str:
        return placement_name(served.storefront, served.placement)

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context=None) -> HttpResponse:
        served = self.get_object(request, object_id)
        extra = {}
        if served is not None:
            extra = called(served, list_name(served))
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **extra})

    @display(description=gettext_lazy("person"))
    def person_name(self, served: Recommendation) -> str:
        return str(served.person) if served.person else _("unknown visitor")

    @display(description=gettext_lazy("items"))
    def length(self, served: Recommendation) -> int:
        return len(served.items)

    @display(description=gettext_lazy("model"))
    def served_by(self, served: Recommendation) -> str:
        arm = served.arm
        if arm is not None and arm.artifact is not None and not served.deployment:
            return artifact_name(arm.artifact)  # an experiment may serve what is live nowhere
        return artifact_name(served.deployment.artifact) if served.deployment else "–"

    @display(description=gettext_lazy("experiment"))
    def arm_link(self, served: Recommendation) -> SafeString | str:
        if served.arm is None:
            return "–"
        experiment = served.arm.experiment
        page = reverse("admin:recommender_experiment_change", args=[experiment.pk])
        return format_html('<a class="rx-link" href="{}">{}: {}</a>', page, experiment.name, served.arm.name)

    @display(
        description=gettext_lazy("fallback"),
        label={"": "success", "no_model": "warning", "cold_person": "info", "model_unavailable": "danger"},
    )
    def fallback_label(self, served: Recommendation) -> tuple[str, str]:
        return served.fallback, served.get_fallback_display()

    fallback_words = in_words(fallback_label)

    @display(description=gettext_lazy("seen, opened and done"))
    def came_of_it(self, served: Recommendation) -> SafeString:
        if not hasattr(served, "came_of_shown"):  # Unfold asks for the value of a field several times
            served.came_of_shown = came_of(served)
        return served.came_of_shown

    @display(description=gettext_lazy("items"))
    def shown(self, served: Recommendation) -> SafeString:
        items = Item.objects.in_bulk([pk for pk, _, _ in served.items])
        names = source_names(served.storefront)
        rows = [
            {
                "position": position,
                "pk": pk,
                "item": items.get(pk),
                "score": score,
                "source": names.get(source, source),
            }
            for position, (pk, score, source) in enumerate(served.items, start=1)
        ]
        return render_to_string("admin/recommender/shown.html", {"rows": rows})


def list_name(served: Recommendation) -> str:
    return f"{placement_name(served.storefront, served.placement)} · {served.created_at:%Y-%m-%d %H:%M} UTC"


def list_found(pk: UUID) -> tuple[str, str] | None:
    """What a list is called, and its page. One query."""
    rows = Recommendation.objects.filter(pk=pk).select_related("storefront")
    served = rows.only("placement", "created_at", "storefront").first()
    return (list_name(served), reverse("admin:recommender_recommendation_change", args=[pk])) if served else None
