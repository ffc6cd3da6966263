"""Who may do what on which storefront."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

from catalog.admin.access import ScopedAdmin
from catalog.admin.filters import StorefrontFilter

from ..models import Account, Membership


class MembershipForm(forms.ModelForm):
    """Accounts are named, not listed: an administrator of one storefront need not see everybody else's people."""

    username = forms.CharField(
        label=gettext_lazy("Username"), max_length=150, widget=UnfoldAdminTextInputWidget(), required=True
    )

    class Meta:
        model = Membership
        fields = ("username", "storefront", "role")

    def clean_username(self) -> str:
        name = self.cleaned_data["username"]
        account = Account.objects.filter(username=name, is_active=True).first()
        if account is None:
            raise forms.ValidationError(_("There is no active account of this name. Make it under Accounts first."))
        self.instance.account = account
        return name


@admin.register(Membership)
class MembershipAdmin(ScopedAdmin):
    form = MembershipForm
    list_display = ("account", "storefront", "role")
    list_filter = (StorefrontFilter, "role")
    list_select_related = ("account", "storefront")
    search_fields = ("account__username",)
    list_per_page = 50

    def get_fields(self, request: HttpRequest, obj: Membership | None = None) -> tuple[str, ...]:
        return ("account", "storefront", "role") if obj is not None else ("username", "storefront", "role")

    def get_readonly_fields(self, request: HttpRequest, obj: Membership | None = None) -> tuple[str, ...]:
        return ("account", "storefront") if obj is not None else ()

    def get_form(self, request: HttpRequest, obj: Membership | None = None, **options: Any) -> type[forms.ModelForm]:
        if obj is not None:  # only the role can change
            options["form"] = forms.ModelForm
        return super().get_form(request, obj, **options)

    @transaction.atomic
    def save_model(self, request: HttpRequest, obj: Membership, form: forms.ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        Account.objects.filter(pk=obj.account_id, is_staff=False).update(is_staff=True)
