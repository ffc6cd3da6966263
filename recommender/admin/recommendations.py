"""Served lists: what was shown to whom, when, and what brought each item up."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter, RangeDateTimeFilter
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from catalog.admin.access import ReadOnlyAdmin, in_words
from catalog.admin.filters import OneStorefrontFilter, storefront_of_list
from catalog.models import Item

from ..models import Recommendation
from .names import artifact_name, placement_name, placement_names

SOURCES = {
    "model": gettext_lazy("the live model"),
    "fresh": gettext_lazy("new item, from its text"),
    "popular": gettext_lazy("popular"),
    "words": gettext_lazy("words"),
    "meaning": gettext_lazy("meaning"),
    "both": gettext_lazy("words and meaning"),
    "similar": gettext_lazy("similar to the item of the page"),
    "together": gettext_lazy("bought together"),
    "continue": gettext_lazy("begun and not finished"),
    "next_part": gettext_lazy("next part of a series"),
    "following": gettext_lazy("by somebody who is followed"),
    "person": gettext_lazy("by the person of the page"),
    "other_views": gettext_lazy("another view of the story"),
    "story": gettext_lazy("in the same story"),
}


class PlacementFilter(DropdownFilter):
    title = gettext_lazy("placement")
    parameter_name = "placement"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        storefront = storefront_of_list(request, "recommender.view_recommendation")
        return list(placement_names(storefront).items()) if storefront else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Recommendation]) -> QuerySet[Recommendation]:
        return queryset.filter(placement=self.value()) if self.value() else queryset


@admin.register(Recommendation)
class RecommendationAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "place", "person_name", "length", "served_by", "fallback_label")
    list_display_links = ("created_at",)
    list_filter = (
        OneStorefrontFilter,
        PlacementFilter,
        ("fallback", ChoicesDropdownFilter),
        ("created_at", RangeDateTimeFilter),
    )
    list_before_template = "admin/catalog/storefront_tabs.html"
    list_select_related = ("storefront", "person", "deployment__artifact")
    list_per_page = 50
    search_fields = ("=id", "=person__external_id")
    search_help_text = gettext_lazy("A list's id or a person's id, exactly")
    show_full_result_count = False
    paginator = InfinitePaginator
    fieldsets = (
        (None, {"fields": ("created_at", "storefront", "place", "person", "served_by", "fallback_words")}),
        (gettext_lazy("What was shown"), {"fields": ("shown",)}),
        (gettext_lazy("Circumstances"), {"fields": ("context", "id")}),
    )

    @display(description=gettext_lazy("placement"), ordering="placement")
    def place(self, served: Recommendation) -> str:
        return placement_name(served.storefront, served.placement)

    @display(description=gettext_lazy("person"))
    def person_name(self, served: Recommendation) -> str:
        return str(served.person) if served.person else _("unknown visitor")

    @display(description=gettext_lazy("items"))
    def length(self, served: Recommendation) -> int:
        return len(served.items)

    @display(description=gettext_lazy("model"))
    def served_by(self, served: Recommendation) -> str:
        return artifact_name(served.deployment.artifact) if served.deployment else "–"

    @display(
        description=gettext_lazy("fallback"),
        label={"": "success", "no_model": "warning", "cold_person": "info", "model_unavailable": "danger"},
    )
    def fallback_label(self, served: Recommendation) -> tuple[str, str]:
        return served.fallback, served.get_fallback_display()

    fallback_words = in_words(fallback_label)

    @display(description=gettext_lazy("items"))
    def shown(self, served: Recommendation) -> SafeString:
        items = Item.objects.in_bulk([pk for pk, _, _ in served.items])
        rows = [
            {
                "position": position,
                "pk": pk,
                "item": items.get(pk),
                "score": score,
                "source": SOURCES.get(source, source),
            }
            for position, (pk, score, source) in enumerate(served.items, start=1)
        ]
        return render_to_string("admin/recommender/shown.html", {"rows": rows})
