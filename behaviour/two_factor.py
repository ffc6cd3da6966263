"""Signing in to the admin with something one knows and something one has.

The second factor is a code of six digits from an app (TOTP, RFC 6238), or one of eight codes written down for the day
on which the telephone is lost. Devices, and the growing wait after wrong codes, are django-otp's.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from urllib.parse import urlencode

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django_otp import devices_for_user, match_token, user_has_device
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from .models import Account

SPARE_CODES = 8
NAME = "app"
SPARE = "spare codes"


class TwoFactorMiddleware:
    """Opens the admin to who has a second factor only once it was given; to all others if the settings demand one.

    After AuthenticationMiddleware and OTPMiddleware.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        page = self._page(request)
        if page is None:
            return self.get_response(request)
        return redirect(f"{page}?{urlencode({'next': request.get_full_path()})}")

    @staticmethod
    def _page(request: HttpRequest) -> str | None:
        admin, account = reverse("admin:index"), request.user
        inside = request.path.startswith(admin) and not request.path.startswith(f"{admin}two-factor/")
        free = (reverse("admin:login"), reverse("admin:logout"), reverse("admin:jsi18n"))
        if not inside or request.path in free or not account.is_authenticated or account.is_verified():
            return None
        if user_has_device(account):
            return reverse("two-factor-verify")
        return reverse("two-factor") if settings.TWO_FACTOR_REQUIRED and account.is_staff else None


def device_begin(account: Account) -> TOTPDevice:
    """A device that counts once its first code was right; beginning again keeps the key of one that waits."""
    device, _ = TOTPDevice.objects.get_or_create(user=account, confirmed=False, defaults={"name": NAME})
    return device


@transaction.atomic
def device_confirm(device: TOTPDevice, code: str) -> list[str] | None:
    """The spare codes, shown this once, where the code is right; None, and nothing changes, where it is not."""
    if not device.verify_token(code):
        return None
    devices_forget(device.user, but=device)
    device.confirmed = True
    device.save(update_fields=["confirmed"])
    spare = StaticDevice.objects.create(user=device.user, name=SPARE)
    codes = [StaticToken.random_token() for _ in range(SPARE_CODES)]
    StaticToken.objects.bulk_create(StaticToken(device=spare, token=code) for code in codes)
    return codes


def device_matching(account: Account, code: str):
    """The confirmed device that this code is of, or None. Each code is good once."""
    return match_token(account, code.replace(" ", ""))


def devices_forget(account: Account, but: TOTPDevice | None = None) -> None:
    """Sign in with the password alone from here on, or with another device."""
    for device in devices_for_user(account, confirmed=None):
        if device != but:
            device.delete()


def key_shown(device: TOTPDevice) -> str:
    """The key as apps take it by hand: base 32 in groups of four."""
    key = base64.b32encode(device.bin_key).decode().rstrip("=")
    return " ".join(key[start : start + 4] for start in range(0, len(key), 4))
