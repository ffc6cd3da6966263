"""Storefronts: which sites there are, and which vertical each speaks."""

from __future__ import annotations

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import BooleanRadioFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from ..models import Storefront
from ..schema import verticals_known
from .access import ScopedAdmin
from .attributes import LinesField
from .verticals import vertical_name


class StorefrontForm(forms.ModelForm):
    """The verticals on offer are those installed now: a static choice would need a migration for each plugin."""

    vertical = forms.ChoiceField(
        label=_("Vertical"),
        widget=UnfoldAdminSelectWidget(),
        help_text=_("The plugin that says what is offered here. Installing a plugin adds a choice."),
    )
    languages = LinesField(
        label=_("Languages"), help_text=_("Codes such as en or zh-hans, one on each line, best first.")
    )

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        if "vertical" in self.fields:
            self.fields["vertical"].choices = [(slug, vertical_name(slug)) for slug in verticals_known()]


@admin.register(Storefront)
class StorefrontAdmin(ScopedAdmin):
    storefront_path = "pk"
    form = StorefrontForm
    list_display = ("name", "slug", "vertical_state", "item_count", "data", "state", "site_link")
    list_filter = (("active", BooleanRadioFilter), ("synthetic", BooleanRadioFilter))
    search_fields = ("name", "slug", "vertical")
    prepopulated_fields = {"slug": ("name",)}
    readonly_fields = ("vertical_state", "site_link", "created_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Storefront]:
        return super().get_queryset(request).annotate(item_total=Count("items"))

    def get_fieldsets(self, request: HttpRequest, obj: Storefront | None = None):
        vertical = "vertical_state" if _is_settled(obj) else "vertical"
        return (
            (None, {"fields": ("name", "slug", vertical, "languages", "active", "synthetic")}),
            (_("More"), {"fields": ("settings", "site_link", "created_at"), "classes": ("collapse",)}),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Storefront | None = None) -> tuple[str, ...]:
        return (*self.readonly_fields, "vertical", "slug") if _is_settled(obj) else self.readonly_fields

    def get_prepopulated_fields(self, request: HttpRequest, obj: Storefront | None = None) -> dict:
        return self.prepopulated_fields if obj is None else {}

    def has_delete_permission(self, request: HttpRequest, obj: Storefront | None = None) -> bool:
        return False  # it would take all behaviours with it; an operator switches a storefront off

    @display(description=_("vertical"), ordering="vertical")
    def vertical_state(self, storefront: Storefront) -> str:
        if storefront.vertical in verticals_known():
            return vertical_name(storefront.vertical)
        return format_html("{} – {}", storefront.vertical, _("not installed"))

    @display(description=_("items"), ordering="item_total")
    def item_count(self, storefront: Storefront) -> str:
        url = reverse("admin:catalog_item_changelist")
        return format_html(
            '<a class="rx-link" href="{}?storefront={}">{}</a>', url, storefront.slug, f"{storefront.item_total:,}"
        )

    @display(description=_("data"), label={"synthetic": "info", "real": ""}, ordering="synthetic")
    def data(self, storefront: Storefront) -> tuple[str, str]:
        return ("synthetic", _("synthetic")) if storefront.synthetic else ("real", _("real"))

    @display(description=_("state"), label={"on": "success", "off": "warning"}, ordering="active")
    def state(self, storefront: Storefront) -> tuple[str, str]:
        return ("on", _("open")) if storefront.active else ("off", _("closed"))

    @display(description=_("site"))
    def site_link(self, storefront: Storefront) -> str:
        if storefront.pk is None or not storefront.active or storefront.vertical not in verticals_known():
            return "–"
        site = reverse("storefront:home", args=[storefront.slug])
        return format_html('<a class="rx-link" href="{}">{}</a>', site, _("Open the site"))


def _is_settled(storefront: Storefront | None) -> bool:
    """Items are validated by the vertical, and every URL holds the slug: both are for good once there are items."""
    return storefront is not None and bool(storefront.item_total)
