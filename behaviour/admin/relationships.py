"""Relationships: who follows, trusts or knows whom."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from unfold import widgets
from unfold.decorators import display

from catalog.admin.access import ScopedAdmin
from catalog.admin.filters import StorefrontFilter
from catalog.admin.named import called

from ..models import Relationship

#: What kinds mean that are given a meaning here; clients may bring others, which are called as they call them.
KINDS = {
    "follows": pgettext_lazy("of a person to another", "follows"),
    "trusts": pgettext_lazy("of a person to another", "trusts"),
    "friend": pgettext_lazy("of a person to another", "friend of"),
    "mutes": pgettext_lazy("of a person to another", "mutes"),
    "blocks": pgettext_lazy("of a person to another", "blocks"),
    "member_of": pgettext_lazy("of a person to another", "member of"),
}


def relationship_name(kind: str) -> str:
    return str(KINDS.get(kind, kind))


class RelationshipForm(forms.ModelForm):
    """Both persons must be of one storefront, which the relationship takes from them."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind"), widget=widgets.UnfoldAdminSelectWidget())

    def __init__(self, *args: Any, **options: Any):
        super().__init__(*args, **options)
        if "kind" in self.fields:
            kinds = dict.fromkeys([*KINDS, *filter(None, [self.instance.kind])])
            self.fields["kind"].choices = [(kind, relationship_name(kind)) for kind in kinds]

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
    list_display = ("source", "kind_shown", "target", "weight", "storefront", "created_at")
    list_filter = (StorefrontFilter,)
    list_select_related = ("source", "target", "storefront")
    list_per_page = 50
    search_fields = ("=source__external_id", "=target__external_id", "=kind")
    show_full_result_count = False
    ordering = ("-id",)
    autocomplete_fields = ("source", "target")
    fields = ("source", "kind", "target", "weight", "created_at")

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context=None) -> HttpResponse:
        row = self.get_object(request, object_id)
        extra = called(row, f"{row.source} · {relationship_name(row.kind)} · {row.target}") if row else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **extra})

    @display(description=gettext_lazy("kind"), ordering="kind")
    def kind_shown(self, relationship: Relationship) -> str:
        return relationship_name(relationship.kind)

    def get_fields(self, request: HttpRequest, obj: Relationship | None = None) -> tuple[str, ...]:
        """Whoever only looks reads the kind in words too."""
        may = self.has_change_permission(request, obj) if obj is not None else True
        return self.fields if may else ("source", "kind_shown", "target", "weight", "created_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Relationship | None = None) -> tuple[str, ...]:
        fixed = ("source", "target") if obj is not None else ()
        return (*fixed, "kind_shown", "created_at")
