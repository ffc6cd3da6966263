"""The pages of the second factor: set it up, give it, take it away."""

from __future__ import annotations

import segno
from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django_otp import login as otp_login
from django_otp import user_has_device
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from unfold.widgets import UnfoldAdminTextInputWidget

from ..two_factor import device_begin, device_confirm, device_matching, devices_forget, key_shown

# A device is its owner's own affair; nobody else reads its key.
admin.site.unregister([TOTPDevice, StaticDevice])

REFUSED = gettext_lazy("This code is not right, or was used already. Wait for the next; after wrong codes, a while.")


class CodeForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=20,
        widget=UnfoldAdminTextInputWidget(
            attrs={"autocomplete": "one-time-code", "inputmode": "text", "autofocus": True, "spellcheck": "false"}
        ),
    )


@never_cache
def set_up(request: HttpRequest) -> HttpResponse:
    """Without a second factor: a key and its first code. With one: the way to take it away."""
    if user_has_device(request.user):
        return _take_away(request)
    device = device_begin(request.user)
    form = CodeForm(request.POST or None)
    if form.is_valid():
        codes = device_confirm(device, form.cleaned_data["code"].replace(" ", ""))
        if codes:
            otp_login(request, device)
            return _page(request, "codes.html", title=_("Write these down"), codes=codes, onward=_onward(request))
        form.add_error("code", REFUSED)
    drawn = segno.make(device.config_url, error="m").svg_inline(scale=5, border=4, dark="#000", light="#fff")
    return _page(
        request,
        "set_up.html",
        title=_("Set up two-factor sign-in"),
        form=form,
        drawing=mark_safe(drawn),
        key=key_shown(device),
    )


@never_cache
def verify(request: HttpRequest) -> HttpResponse:
    """Between the password and the admin."""
    form = CodeForm(request.POST or None)
    if form.is_valid():
        device = device_matching(request.user, form.cleaned_data["code"])
        if device:
            otp_login(request, device)
            return redirect(_onward(request))
        form.add_error("code", REFUSED)
    return _page(request, "verify.html", title=_("Two-factor sign-in"), form=form)


def _take_away(request: HttpRequest) -> HttpResponse:
    if not request.user.is_verified():
        return redirect("two-factor-verify")
    form = CodeForm(request.POST or None)
    if form.is_valid():
        if device_matching(request.user, form.cleaned_data["code"]):
            devices_forget(request.user)
            messages.success(request, _("From now on your password alone signs you in."))
            return redirect("admin:index")
        form.add_error("code", REFUSED)
    return _page(request, "take_away.html", title=_("Two-factor sign-in is on"), form=form)


def _page(request: HttpRequest, template: str, **context) -> TemplateResponse:
    request.current_app = admin.site.name
    shown = {**admin.site.each_context(request), **context}
    return TemplateResponse(request, f"admin/behaviour/two_factor/{template}", shown)


def _onward(request: HttpRequest) -> str:
    wished = request.GET.get("next", "")
    inside = url_has_allowed_host_and_scheme(wished, {request.get_host()}, require_https=request.is_secure())
    return wished if inside else reverse("admin:index")


urlpatterns = [
    path("", admin.site.admin_view(set_up), name="two-factor"),
    path("verify/", admin.site.admin_view(verify), name="two-factor-verify"),
]
