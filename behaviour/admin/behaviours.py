"""Behaviours: a log to read. Facts are sent by clients, and erased only with their person."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter, RangeDateTimeFilter
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from catalog.admin.access import ReadOnlyAdmin
from catalog.admin.filters import OneStorefrontFilter
from catalog.schema import say, verticals_known

from ..kinds import kinds_for
from ..models import Behaviour


class KindFilter(DropdownFilter):
    """The kinds that the installed verticals know; asking the table which it holds would read all of it."""

    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        kinds = {name: kind for vertical in verticals_known() for name, kind in kinds_for(vertical).items()}
        return sorted((name, say(kind.label, get_language() or "en")) for name, kind in kinds.items())

    def queryset(self, request: HttpRequest, queryset):
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Behaviour)
class BehaviourAdmin(ReadOnlyAdmin):
    list_display = ("occurred_at", "kind", "person", "item", "value", "text_start", "event_id")
    list_display_links = ("occurred_at",)
    list_filter = (OneStorefrontFilter, KindFilter, ("occurred_at", RangeDateTimeFilter))
    list_before_template = "admin/catalog/storefront_tabs.html"
    list_select_related = ("person", "item")
    list_per_page = 50
    search_fields = ("=event_id", "=person__external_id", "=item__external_id")
    search_help_text = _("An event's, a person's or an item's id, exactly")
    show_full_result_count = False
    paginator = InfinitePaginator
    fields = (
        "storefront", "person", "item", "kind", "value", "text", "context",
        "occurred_at", "received_at", "event_id", "recommendation_id",
    )  # fmt: skip

    @display(description=_("text"))
    def text_start(self, behaviour: Behaviour) -> str:
        return f"{behaviour.text[:60]}…" if len(behaviour.text) > 60 else behaviour.text or "–"
