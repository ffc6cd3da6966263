"""Blocks and pins as a list; they are made and taken back on the page of neighbours, which hangs here."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from catalog.admin.access import ReadOnlyAdmin, in_words
from catalog.admin.filters import OneStorefrontFilter

from ..models import ItemTie
from .neighbours import NeighboursView


@admin.register(ItemTie)
class ItemTieAdmin(ReadOnlyAdmin):
    empty_words = gettext_lazy(
        "No two items are blocked from each other or pinned yet. Both are done on the page Neighbours, beside an item."
    )
    list_display = ("pair", "kind_shown", "created_by", "created_at")
    list_filter = (OneStorefrontFilter, ("kind", ChoicesDropdownFilter))
    list_before_template = "admin/catalog/storefront_tabs.html"
    list_select_related = ("item", "neighbour", "created_by")
    list_per_page = 50
    search_fields = ("=item__external_id", "=neighbour__external_id")
    search_help_text = gettext_lazy("An item's id, exactly")
    show_full_result_count = False
    paginator = InfinitePaginator
    fields = ("storefront", "item", "neighbour", "kind_words", "created_by", "created_at", "neighbours")

    def get_urls(self) -> list:
        view = self.admin_site.admin_view(self.neighbours_view)
        return [path("neighbours/", view, name="recommender_itemtie_neighbours"), *super().get_urls()]

    def neighbours_view(self, request: HttpRequest) -> HttpResponse:
        return NeighboursView.as_view(model_admin=self)(request)

    @display(description=gettext_lazy("items"))
    def pair(self, tie: ItemTie) -> str:
        arrow = "→" if tie.kind == ItemTie.Kind.PIN else "↔"
        return f"{tie.item} {arrow} {tie.neighbour}"

    @display(description=gettext_lazy("kind"), label={"block": "danger", "pin": "info"})
    def kind_shown(self, tie: ItemTie) -> tuple[str, str]:
        return tie.kind, tie.get_kind_display()

    kind_words = in_words(kind_shown)

    @display(description=gettext_lazy("neighbours"))
    def neighbours(self, tie: ItemTie) -> SafeString:
        page = f"{reverse('admin:recommender_itemtie_neighbours')}?item={tie.item_id}"
        return format_html('<a class="rx-link" href="{}">{}</a>', page, _("Show, or take back"))
