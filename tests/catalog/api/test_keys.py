import time

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.keys import api_key_create, api_key_find, origin_clean
from catalog.models import ApiKey, Storefront


@pytest.fixture
def shop(db):
    return Storefront.objects.create(slug="shop", name="Shop", vertical="ecommerce")


def test_a_key_is_found_by_its_text(shop):
    row, key = api_key_create(storefront=shop, name="site", scopes=["read"])
    assert api_key_find(key) == row
    assert key.startswith(f"kd_{row.prefix}_")


def test_the_database_holds_nothing_of_the_secret(shop):
    _, key = api_key_create(storefront=shop, name="site", scopes=["read"])
    secret = key.split("_", 2)[2]
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM catalog_apikey")
        assert secret not in str(cursor.fetchall())


def test_two_keys_share_no_secret(shop):
    secrets = {api_key_create(storefront=shop, name="site", scopes=["read"])[1][12:] for _ in range(20)}
    assert len(secrets) == 20
    assert all(len(secret) == 43 for secret in secrets)  # 256 bits in base64


def test_keys_made_under_another_pepper_are_worth_nothing(shop, settings):
    _, key = api_key_create(storefront=shop, name="site", scopes=["read"])
    settings.API_KEY_PEPPER = "another"
    assert api_key_find(key) is None


@pytest.mark.parametrize("change", [lambda key: key[:-1], lambda key: key + "x", str.upper, lambda key: f" {key}"])
def test_a_key_that_is_changed_is_not_found(shop, change):
    _, key = api_key_create(storefront=shop, name="site", scopes=["read"])
    assert api_key_find(change(key)) is None


def test_the_right_prefix_with_another_secret_is_not_found(shop):
    row, _ = api_key_create(storefront=shop, name="site", scopes=["read"])
    assert api_key_find(f"kd_{row.prefix}_{'A' * 43}") is None


@pytest.mark.parametrize("key", ["", "kd_", "kd_short_x", "Ω" * 55, "kd_abcdefgh_" + "é" * 43, "\x00", "x" * 1_000_000])
def test_what_is_no_key_costs_no_query(shop, key, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert api_key_find(key) is None


def test_a_key_that_was_just_found_costs_no_query(shop, patient, django_assert_num_queries):
    _, key = api_key_create(storefront=shop, name="site", scopes=["read"])
    api_key_find(key)
    with django_assert_num_queries(0):
        api_key_find(key)


def test_a_revoked_key_stops_working_within_a_second(shop):
    row, key = api_key_create(storefront=shop, name="site", scopes=["read"])
    assert api_key_find(key)
    ApiKey.objects.filter(pk=row.pk).update(revoked_at=row.created_at)
    time.sleep(1.01)
    assert api_key_find(key) is None


def test_a_key_of_a_closed_storefront_is_not_found(shop):
    _, key = api_key_create(storefront=shop, name="site", scopes=["read"])
    Storefront.objects.update(active=False)
    assert api_key_find(key) is None


def test_using_a_key_is_noted_once_a_minute(shop, monkeypatch):
    row, key = api_key_create(storefront=shop, name="site", scopes=["read"])
    monkeypatch.setattr("catalog.keys.SECONDS_REMEMBERED", 0)
    with CaptureQueriesContext(connection) as queries:
        for _ in range(3):
            api_key_find(key)
    assert [query["sql"][:6] for query in queries] == ["SELECT", "UPDATE", "SELECT", "SELECT"]
    row.refresh_from_db()
    assert row.last_used_at is not None


@pytest.mark.parametrize("scopes", [[], ["admin"], ["read", "admin"]])
def test_unknown_scopes_are_refused(shop, scopes):
    with pytest.raises(ValueError, match="read, write, manage"):
        api_key_create(storefront=shop, name="site", scopes=scopes)


def test_the_command_prints_the_key_alone(shop, capsys):
    call_command("create_api_key", "shop", "--scopes", "read,write", "--name", "site")
    key = capsys.readouterr().out.removesuffix("\n")
    assert api_key_find(key).scopes == ["read", "write"]


def test_the_command_lists_the_storefronts_when_there_is_no_such_one(shop):
    with pytest.raises(CommandError, match="There are: shop"):
        call_command("create_api_key", "nowhere")


def test_the_command_refuses_an_unknown_scope(shop):
    with pytest.raises(CommandError, match="read, write, manage"):
        call_command("create_api_key", "shop", "--scopes", "root")


def test_the_command_makes_keys_for_browsers(shop, capsys):
    call_command(
        "create_api_key", "shop", "--browser", "--scopes", "read", "--origins", "https://a.example, http://b:8080"
    )
    key = capsys.readouterr().out.removesuffix("\n")
    assert key.startswith("kb_")
    assert api_key_find(key).origins == ["https://a.example", "http://b:8080"]


@pytest.mark.parametrize("options", [["--scopes", "read,manage", "--origins", "https://a.example"], ["--origins", ""]])
def test_a_key_for_browsers_never_manages_and_needs_a_site(shop, options):
    with pytest.raises(CommandError):
        call_command("create_api_key", "shop", "--browser", *options)
    assert not ApiKey.objects.exists()


def test_a_rotated_key_ends_after_its_hours(shop, capsys):
    row, old = api_key_create(storefront=shop, name="site", scopes=["read"])
    call_command("rotate_api_key", row.prefix, "--hours", "1")
    new = capsys.readouterr().out.removesuffix("\n")
    assert api_key_find(old) and api_key_find(new)
    row.refresh_from_db()
    assert 3590 < (row.revoked_at - timezone.now()).total_seconds() <= 3600
    with pytest.raises(CommandError, match="rotated already"):
        call_command("rotate_api_key", row.prefix)


def test_a_key_rotated_without_overlap_is_gone(shop, capsys):
    row, old = api_key_create(storefront=shop, name="site", scopes=["read"])
    call_command("rotate_api_key", row.prefix, "--hours", "0")
    assert api_key_find(old) is None
    assert api_key_find(capsys.readouterr().out.removesuffix("\n"))


def test_the_command_revokes(shop):
    row, key = api_key_create(storefront=shop, name="site", scopes=["read"])
    call_command("revoke_api_key", row.prefix)
    assert api_key_find(key) is None
    with pytest.raises(CommandError, match="before"):
        call_command("revoke_api_key", row.prefix)
    with pytest.raises(CommandError, match="no key"):
        call_command("revoke_api_key", "nothing")


@pytest.mark.parametrize(
    ("origin", "clean"),
    [
        ("HTTPS://Shop.example/", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://[::1]:80", "http://[::1]"),
    ],
)
def test_a_site_is_kept_as_browsers_name_it(origin, clean):
    assert origin_clean(origin) == clean


@pytest.mark.parametrize(
    "origin", ["", "*", "null", "shop.example", "https://a/b", "https://u@a", "ftp://a", "https://a b"]
)
def test_what_is_no_site_is_refused(origin):
    with pytest.raises(ValueError, match="no site"):
        origin_clean(origin)
