"""API keys: made here, shown once, revoked for good."""

from __future__ import annotations

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from ..keys import SCOPES, api_key_create
from ..models import ApiKey
from .access import ScopedAdmin, confirmation, in_words, object_or_404
from .filters import StorefrontFilter

SCOPE_LABELS = {
    "read": gettext_lazy("read – ask for recommendations, search, explanations"),
    "write": gettext_lazy("write – send items, persons and behaviours"),
    "manage": gettext_lazy("manage – export and erase persons, manage the catalogue"),
}


class ApiKeyForm(forms.ModelForm):
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("Scopes"),
        choices=[(scope, SCOPE_LABELS.get(scope, scope)) for scope in SCOPES],
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
        help_text=gettext_lazy("What the client may do. None includes another."),
    )

    class Meta:
        model = ApiKey
        fields = ("storefront", "name", "scopes", "rate_limit")


@admin.register(ApiKey)
class ApiKeyAdmin(ScopedAdmin):
    form = ApiKeyForm
    list_display = ("name", "starts_with", "storefront", "scopes_shown", "state", "last_used_at", "created_at")
    list_filter = (StorefrontFilter,)
    list_select_related = ("storefront",)
    search_fields = ("name", "prefix")
    actions_detail = ("revoke",)
    facts = ("storefront", "starts_with", "scopes_shown", "state_words", "created_at", "last_used_at", "revoked_at")

    def get_fieldsets(self, request: HttpRequest, obj: ApiKey | None = None):
        return (
            (
                None,
                {
                    "fields": ("storefront", "name", "scopes", "rate_limit")
                    if obj is None
                    else ("name", "rate_limit", *self.facts)
                },
            ),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> tuple[str, ...]:
        return () if obj is None else self.facts

    def get_form(self, request: HttpRequest, obj: ApiKey | None = None, change: bool = False, **options):
        if obj is not None:  # only its name can be changed
            options["form"] = forms.ModelForm
        return super().get_form(request, obj, change=change, **options)

    def has_delete_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return False  # a revoked key stays, so that its traces in logs can be read

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        # The answer shows the key; there is no going on to another page at once.
        only_save = {"show_save_and_continue": False, "show_save_and_add_another": False}
        return super().add_view(request, form_url, {**(extra_context or {}), **only_save})

    def save_model(self, request: HttpRequest, obj: ApiKey, form: forms.ModelForm, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        row, request.new_key = api_key_create(
            storefront=obj.storefront, name=obj.name, scopes=obj.scopes, rate_limit=obj.rate_limit
        )
        obj.pk = row.pk
        obj.refresh_from_db()

    def response_add(self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None) -> HttpResponse:
        """The key is in this answer and nowhere else: not in a redirect, a message or the session."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": obj,
            "title": _("Copy the key now"),
            "key": request.new_key,
        }
        return TemplateResponse(request, "admin/catalog/key_created.html", context)

    def get_actions_detail(self, request: HttpRequest, object_id: str) -> list:
        key = self.get_object(request, object_id)
        return super().get_actions_detail(request, object_id) if key is not None and key.revoked_at is None else []

    @action(
        description=gettext_lazy("Revoke"),
        url_path="revoke",
        permissions=["change"],
        icon="block",
        variant=ActionVariant.DANGER,
    )
    def revoke(self, request: HttpRequest, object_id: str) -> HttpResponse:
        key = object_or_404(self, request, object_id)
        page = reverse("admin:catalog_apikey_change", args=[key.pk])
        if key.revoked_at is not None:
            messages.info(request, _("This key was revoked already."))
            return redirect(page)
        if request.method == "POST":
            key.revoked_at = timezone.now()
            key.save(update_fields=["revoked_at"])
            self.log_change(request, key, _("Revoked."))
            messages.success(request, _("The key %(key)s is revoked.") % {"key": key})
            return redirect(page)
        return confirmation(
            self,
            request,
            key,
            title=_("Revoke the key “%(name)s”?") % {"name": key.name},
            explanation=_("Clients that use it are refused within a second. This cannot be undone."),
            button=_("Revoke"),
            danger=True,
        )

    @display(description=gettext_lazy("starts with"))
    def starts_with(self, key: ApiKey) -> str:
        return f"kd_{key.prefix}_…"

    @display(description=gettext_lazy("scopes"))
    def scopes_shown(self, key: ApiKey) -> str:
        return ", ".join(key.scopes) or "–"

    @display(description=gettext_lazy("state"), label={"live": "success", "revoked": "danger"})
    def state(self, key: ApiKey) -> tuple[str, str]:
        return ("revoked", _("revoked")) if key.revoked_at else ("live", _("live"))

    state_words = in_words(state)
