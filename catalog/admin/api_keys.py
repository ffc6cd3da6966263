"""API keys: made here, shown once, revoked for good."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextareaWidget

from ..auditing import Change, audit, differences
from ..keys import (
    MOST_ORIGINS,
    SCOPES,
    api_key_create,
    api_key_revoke,
    api_key_rotate,
    api_key_said,
    browser_key,
    origin_clean,
)
from ..models import ApiKey
from .access import ScopedAdmin, confirmation, in_words, object_or_404
from .filters import StorefrontFilter

SCOPE_LABELS = {
    "read": gettext_lazy("read – ask for recommendations, search, explanations"),
    "write": gettext_lazy("write – send items, persons and behaviours"),
    "manage": gettext_lazy("manage – export and erase persons, manage the catalogue"),
}


OVERLAP = timedelta(hours=24)


class ApiKeyForm(forms.ModelForm):
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("Scopes"),
        choices=[(scope, SCOPE_LABELS.get(scope, scope)) for scope in SCOPES],
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
        help_text=gettext_lazy("What the client may do. None includes another."),
    )
    origins = forms.CharField(
        label=gettext_lazy("Sites"),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=gettext_lazy(
            "One a line, such as https://shop.example. A browser's key works from pages of these sites only."
        ),
    )

    class Meta:
        model = ApiKey
        fields = ("storefront", "name", "kind", "scopes", "origins", "rate_limit")
        help_texts = {
            "kind": gettext_lazy(
                "A server keeps its key secret. A browser's key stands in pages and speaks for anonymous visitors only."
            )
        }

    def clean_origins(self) -> list[str]:
        try:
            origins = [origin_clean(line) for line in self.cleaned_data["origins"].splitlines() if line.strip()]
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None
        if len(origins) > MOST_ORIGINS:
            raise forms.ValidationError(_("A key is for at most %(most)s sites.") % {"most": MOST_ORIGINS})
        return origins

    def clean(self) -> dict:
        cleaned = super().clean()
        if cleaned.get("kind") == ApiKey.Kind.BROWSER:
            if "manage" in cleaned.get("scopes", ()):
                self.add_error("scopes", _("A browser's key may read and write, but never manage."))
            if not cleaned.get("origins") and "origins" not in self.errors:
                self.add_error("origins", _("A key for browsers needs the sites that may use it."))
        return cleaned


@admin.register(ApiKey)
class ApiKeyAdmin(ScopedAdmin):
    empty_words = gettext_lazy(
        "No key has been made yet. A site needs one to send what people do, and to ask for recommendations."
    )
    form = ApiKeyForm
    list_display = ("name", "starts_with", "storefront", "kind", "scopes_shown", "state", "last_used_at", "created_at")
    list_filter = (StorefrontFilter,)
    list_select_related = ("storefront",)
    search_fields = ("name", "prefix")
    actions_detail = ("rotate", "revoke")
    facts = (
        *("storefront", "starts_with", "kind", "scopes_shown", "origins_shown"),
        *("state_words", "created_at", "last_used_at"),
    )

    def get_fieldsets(self, request: HttpRequest, obj: ApiKey | None = None):
        if obj is None:
            return ((None, {"fields": ApiKeyForm.Meta.fields}),)
        end = () if obj.revoked_at is None else ("revoked_at",) if obj.revoked else ("works_until",)
        main = (None, {"fields": ("name", "rate_limit", *self.facts, *end)})
        if obj.kind != ApiKey.Kind.BROWSER or obj.revoked:
            return (main,)
        obj.snippet = _snippet(obj, request)
        return (main, (_("Put it into a page"), {"fields": ("snippet_shown",)}))

    def get_readonly_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> tuple[str, ...]:
        return () if obj is None else (*self.facts, "revoked_at", "works_until", "snippet_shown")

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
            with transaction.atomic():
                known = api_key_said(ApiKey.objects.get(pk=obj.pk))
                super().save_model(request, obj, form, change)
                before, after = differences(known, api_key_said(obj))
                if after:
                    audit(Change("change", obj, request.user, obj.storefront, before, after))
            return
        row, request.new_key = api_key_create(
            storefront=obj.storefront,
            name=obj.name,
            scopes=obj.scopes,
            rate_limit=obj.rate_limit,
            kind=obj.kind,
            origins=obj.origins,
            by=request.user,
        )
        obj.pk = row.pk
        obj.refresh_from_db()

    def response_add(self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None) -> HttpResponse:
        """The key is in this answer and nowhere else: not in a redirect, a message or the session."""
        return self._created(request, obj, request.new_key)

    def _created(self, request: HttpRequest, key: ApiKey, text: str) -> HttpResponse:
        snippet = _snippet(key, request)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": key,
            "title": _("Put the key into your pages") if snippet else _("Copy the key now"),
            "key": text,
            "snippet": snippet,
        }
        return TemplateResponse(request, "admin/catalog/key_created.html", context)

    def get_actions_detail(self, request: HttpRequest, object_id: str) -> list:
        key = self.get_object(request, object_id)
        if key is None or key.revoked:
            return []
        actions = super().get_actions_detail(request, object_id)
        return actions if key.revoked_at is None else [a for a in actions if not a.action_name.endswith("rotate")]

    @action(
        description=gettext_lazy("Rotate"),
        url_path="rotate",
        permissions=["change"],
        icon="autorenew",
    )
    def rotate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        key = object_or_404(self, request, object_id)
        if request.method == "POST":
            try:
                row, text = api_key_rotate(key=key, overlap=OVERLAP, by=request.user)
            except ValueError as error:
                messages.error(request, str(error))
                return redirect(reverse("admin:catalog_apikey_change", args=[key.pk]))
            self.log_change(request, key, _("Rotated."))
            return self._created(request, row, text)
        return confirmation(
            self,
            request,
            key,
            title=_("Replace the key “%(name)s” of %(storefront)s?") % {"name": key.name, "storefront": key.storefront},
            explanation=_("There will be a new key that may do the same. The old one works for 24 more hours."),
            button=_("Rotate"),
        )

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
        if key.revoked:
            messages.info(request, _("This key was revoked already."))
            return redirect(page)
        if request.method == "POST":
            api_key_revoke(key=key, by=request.user)
            self.log_change(request, key, _("Revoked."))
            messages.success(request, _("The key %(key)s is revoked.") % {"key": key})
            return redirect(page)
        return confirmation(
            self,
            request,
            key,
            title=_("Revoke the key “%(name)s” of %(storefront)s?") % {"name": key.name, "storefront": key.storefront},
            explanation=_("Clients that use it are refused within a second. This cannot be undone."),
            button=_("Revoke"),
            danger=True,
        )

    @display(description=gettext_lazy("starts with"))
    def starts_with(self, key: ApiKey) -> str:
        return f"{'kb' if key.kind == ApiKey.Kind.BROWSER else 'kd'}_{key.prefix}_…"

    @display(description=gettext_lazy("sites"))
    def origins_shown(self, key: ApiKey) -> str:
        return ", ".join(key.origins) or "–"

    @display(description=gettext_lazy("A shelf of recommendations"))
    def snippet_shown(self, key: ApiKey) -> str:
        return format_html('<pre class="rx-log">{}</pre>', key.snippet)

    @display(description=gettext_lazy("scopes"))
    def scopes_shown(self, key: ApiKey) -> str:
        return ", ".join(key.scopes) or "–"

    @display(description=gettext_lazy("state"), label={"live": "success", "ending": "warning", "revoked": "danger"})
    def state(self, key: ApiKey) -> tuple[str, str]:
        if key.revoked:
            return "revoked", _("revoked")
        return ("ending", _("replaced, still works")) if key.revoked_at else ("live", _("live"))

    state_words = in_words(state)

    @display(description=gettext_lazy("works until"))
    def works_until(self, key: ApiKey) -> str:
        """Of a key that was replaced: its end is still to come."""
        return f"{key.revoked_at:%Y-%m-%d %H:%M} UTC"


def _snippet(key: ApiKey, request: HttpRequest) -> str:
    """What a site puts into its pages, or nothing for a server's key."""
    if key.kind != ApiKey.Kind.BROWSER:
        return ""
    return (
        f'<script src="{request.build_absolute_uri(reverse("widget-shelf"))}" async\n'
        f'        data-storefront="{key.storefront.slug}" data-placement="home"\n'
        f'        data-key="{browser_key(key.prefix)}"></script>'
    )
