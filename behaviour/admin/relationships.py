"""Relationships: who follows, trusts or knows whom."""

from __future__ import annotations

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _

from catalog.admin.access import ScopedAdmin
from catalog.admin.filters import StorefrontFilter

from ..models import Relationship


class RelationshipForm(forms.ModelForm):
    """Both persons must be of one storefront, which the relationship takes from them."""

    def clean(self) -> dict:
        cleaned = super().clean()
        source, target = cleaned.get("source"), cleaned.get("target")
        if source and target:
            if source == target:
                self.add_error("target", _("A person has no relationship to themselves."))
            elif source.storefront_id != target.storefront_id:
                self.add_error("target", _("This person belongs to another storefront."))
            self.instance.storefront_id = source.storefront_id
        return cleaned


@admin.register(Relationship)
class RelationshipAdmin(ScopedAdmin):
    form = RelationshipForm
    list_display = ("source", "kind", "target", "weight", "storefront", "created_at")
    list_filter = (StorefrontFilter,)
    list_select_related = ("source", "target", "storefront")
    list_per_page = 50
    search_fields = ("=source__external_id", "=target__external_id", "=kind")
    show_full_result_count = False
    ordering = ("-id",)
    autocomplete_fields = ("source", "target")
    fields = ("source", "kind", "target", "weight", "created_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Relationship | None = None) -> tuple[str, ...]:
        return ("source", "target", "created_at") if obj is not None else ("created_at",)
