"""Persons: what is known about each, exported or erased on request."""

from __future__ import annotations

import json

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import BooleanRadioFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.admin.access import ScopedAdmin, confirmation, object_or_404
from catalog.admin.attributes import attribute_names, attributes_form, attributes_shown
from catalog.admin.exchange import ExchangeMixin
from catalog.admin.filters import StorefrontFilter
from catalog.admin.panels import PanelsMixin
from catalog.models import Storefront
from catalog.schema import Schema, verticals_known

from ..kinds import person_schema_for
from ..models import Person, PrivacyRequest
from ..services import consents_note, person_erase, person_hand_out
from .consents import ConsentsForm, consent_names, consents_form, consents_shown
from .erasing import EraseForm, erasure_log, request_address
from .person_files import PersonFiles


@admin.register(Person)
class PersonAdmin(PanelsMixin, ExchangeMixin, ScopedAdmin):
    empty_words = gettext_lazy(
        "Nobody is known yet. A person appears here with the first event that names them, or with an import."
    )
    export_permission = "behaviour.view_person"
    import_permissions = ("behaviour.add_person", "behaviour.change_person")
    form = ConsentsForm
    list_display = ("external_id", "storefront", "known", "account", "created_at")
    list_filter = (StorefrontFilter, ("anonymous", BooleanRadioFilter))
    list_select_related = ("storefront", "account")
    list_per_page = 50
    search_fields = ("external_id",)
    show_full_result_count = False
    ordering = ("-id",)
    autocomplete_fields = ("account",)
    readonly_fields = ("storefront", "external_id", "attributes_list", "consents_list", "created_at")
    actions_detail = ("export", "erase")

    def get_fieldsets(self, request: HttpRequest, obj: Person | None = None):
        may_edit = obj is not None and self.has_change_permission(request, obj)
        attributes = attribute_names(_schema(obj)) if may_edit else ["attributes_list"]
        fieldsets = [
            (None, {"fields": ["storefront", "external_id", "account", "anonymous", "created_at"]}),
            (_("What the person told"), {"fields": attributes}),
            (_("Consent"), {"fields": consent_names(obj) if may_edit else ["consents_list"]}),
        ]
        return [fieldset for fieldset in fieldsets if fieldset[1]["fields"]]

    def get_form(self, request: HttpRequest, obj: Person | None = None, change: bool = False, **options):
        form = consents_form(self.form, obj) if obj is not None else self.form
        options["form"] = attributes_form(form, _schema(obj))
        return super().get_form(request, obj, change=change, **options)

    def save_model(self, request: HttpRequest, obj: Person, form: forms.ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        consents_note(storefront=obj.storefront, persons=[obj])

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # persons come from the client's system, an import or a visit

    def has_change_permission(self, request: HttpRequest, obj: Person | None = None) -> bool:
        known = not isinstance(obj, Person) or obj.storefront.vertical in verticals_known()
        return known and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Person | None = None) -> bool:
        return False  # erasing, which leaves nothing behind, is the only way out

    def has_erase_permission(self, request: HttpRequest, obj: Person | None = None) -> bool:
        return self.permits(request, "behaviour.delete_person", obj)

    def file_resource(self, request: HttpRequest, storefront: Storefront, reason: str = "") -> PersonFiles:
        # Who may erase somebody has them in their care; see also `manage` among the scopes of API keys.
        caring = request.user.storefronts_allowed("behaviour.delete_person")
        sensitive = caring is None or storefront.pk in caring
        return PersonFiles(storefront, actor=request.user, reason=reason, sensitive=sensitive)

    @action(description=gettext_lazy("Export"), url_path="export", permissions=["view"], icon="download")
    def export(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Everything that is held about the person, as a file."""
        person = object_or_404(self, request, object_id)
        held = person_hand_out(person=person, came=PrivacyRequest.Came.OPERATOR, by=request.user)
        content = json.dumps(held, indent=2, ensure_ascii=False, default=str)
        response = HttpResponse(content, content_type="application/json")
        response["Content-Disposition"] = f'attachment; filename="person-{person.pk}.json"'
        return response

    @action(
        description=gettext_lazy("Erase"),
        url_path="erase",
        permissions=["erase"],
        icon="delete_forever",
        variant=ActionVariant.DANGER,
    )
    def erase(self, request: HttpRequest, object_id: str) -> HttpResponse:
        person = object_or_404(self, request, object_id)
        form = EraseForm(person, request.POST if request.method == "POST" else None)
        if form.is_valid():
            erased = person_erase(person=person, came=PrivacyRequest.Came.OPERATOR, by=request.user)
            erasure_log(request, person)
            messages.success(request, _("The person and everything they did is erased."))
            shown = erased is not None and request.user.has_perm("behaviour.view_privacyrequest")
            return redirect(request_address(erased) if shown else reverse("admin:behaviour_person_changelist"))
        return confirmation(
            self,
            request,
            person,
            title=_("Erase this person?"),
            explanation=_("Their behaviours, relationships and served lists go too. This cannot be undone."),
            button=_("Erase for good"),
            form=form,
            danger=True,
        )

    @display(description=gettext_lazy("known"), label={"known": "success", "anonymous": ""}, ordering="anonymous")
    def known(self, person: Person) -> tuple[str, str]:
        return ("anonymous", _("anonymous")) if person.anonymous else ("known", _("known"))

    @display(description=gettext_lazy("attributes"))
    def attributes_list(self, person: Person) -> SafeString:
        return attributes_shown(person.attributes, _schema(person))

    @display(description=gettext_lazy("consents"))
    def consents_list(self, person: Person) -> SafeString | str:
        return consents_shown(person)


def _schema(person: Person | None) -> Schema:
    if person is None or person.storefront.vertical not in verticals_known():
        return Schema()
    return person_schema_for(person.storefront.vertical)
