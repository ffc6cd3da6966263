"""The admin opens to who has a second factor once it was given, and stays as it is for who has none."""

import pytest
from django.urls import reverse
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from behaviour.models import Account

HOME, SET_UP, VERIFY = reverse("admin:index"), reverse("two-factor"), reverse("two-factor-verify")


@pytest.fixture
def operator(client, db):
    account = Account.objects.create_superuser("operator", password="test")
    client.force_login(account)
    return account


def code_of(device: TOTPDevice, later: int = 0) -> str:
    """What the app shows now, or so many codes later."""
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift + later)
    return f"{totp.token():06d}"


@pytest.fixture
def with_app(client, operator) -> TOTPDevice:
    """Set up, and signed in with the password alone."""
    client.get(SET_UP)
    device = TOTPDevice.objects.get(user=operator)
    client.post(SET_UP, {"code": code_of(device)})
    client.logout()
    client.force_login(operator)
    device.refresh_from_db()
    return device


def test_the_first_right_code_turns_it_on_and_shows_spare_codes_once(client, operator):
    page = client.get(SET_UP).content.decode()
    device = TOTPDevice.objects.get(user=operator)
    assert "<svg" in page
    assert not device.confirmed
    page = client.post(SET_UP, {"code": code_of(device)}).content.decode()
    codes = list(StaticToken.objects.values_list("token", flat=True))
    assert len(codes) == 8
    assert all(code in page for code in codes)
    assert client.get(HOME).status_code == 200


def test_a_wrong_code_turns_nothing_on(client, operator):
    client.get(SET_UP)
    page = client.post(SET_UP, {"code": "000000"}).content.decode()
    assert "This code is not right" in page
    assert not TOTPDevice.objects.get().confirmed
    assert client.get(HOME).status_code == 200


def test_with_the_password_alone_every_page_leads_to_the_code(client, with_app):
    page = reverse("admin:catalog_item_changelist")
    for method in (client.get, client.post):
        response = method(page)
        assert response.status_code == 302
        assert response.url.startswith(VERIFY)


def test_the_code_leads_to_the_page_that_was_asked_for(client, with_app):
    page = reverse("admin:catalog_item_changelist")
    response = client.post(f"{VERIFY}?next={page}", {"code": code_of(with_app, later=1)})
    assert response.url == page
    assert client.get(page).status_code == 200


def test_it_leads_nowhere_else(client, with_app):
    response = client.post(f"{VERIFY}?next=https://evil.example/", {"code": code_of(with_app, later=1)})
    assert response.url == HOME


def test_a_code_is_good_once(client, with_app):
    code = code_of(with_app, later=1)
    client.post(VERIFY, {"code": code})
    client.logout()
    client.force_login(with_app.user)
    assert "This code is not right" in client.post(VERIFY, {"code": code}).content.decode()
    assert client.get(HOME).status_code == 302


def test_a_spare_code_is_good_once_too(client, with_app):
    code = StaticToken.objects.first().token
    assert client.post(VERIFY, {"code": code}).url == HOME
    assert not StaticToken.objects.filter(token=code).exists()


def test_guessing_has_to_wait_longer_each_time(client, with_app):
    for _ in range(3):
        client.post(VERIFY, {"code": "000000"})
    page = client.post(VERIFY, {"code": code_of(with_app, later=1)}).content.decode()
    assert "This code is not right" in page


@pytest.mark.parametrize("right", [True, False])
def test_taking_it_away_needs_a_code(client, with_app, right):
    assert client.get(SET_UP).url == VERIFY
    first, second, *_ = StaticToken.objects.values_list("token", flat=True)
    client.post(VERIFY, {"code": first})
    client.post(SET_UP, {"code": second if right else "wrong"})
    assert TOTPDevice.objects.exists() != right
    assert client.get(HOME).status_code == 200


def test_where_it_is_required_operators_set_it_up_first(client, operator, settings):
    settings.TWO_FACTOR_REQUIRED = True
    assert client.get(HOME).url.startswith(SET_UP)
    assert client.get(SET_UP).status_code == 200


def test_the_storefront_asks_nobody(client, with_app):
    assert client.get("/").status_code == 200


def test_strangers_are_asked_for_their_password_first(client, db):
    assert reverse("admin:login") in client.get(VERIFY).url
