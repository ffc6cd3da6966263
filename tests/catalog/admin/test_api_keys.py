"""What an operator can do about API keys."""

import re

import pytest
from django.urls import reverse

from catalog.keys import api_key_create, api_key_find
from catalog.models import ApiKey

ADD = reverse("admin:catalog_apikey_add")


@pytest.fixture
def key(shop) -> ApiKey:
    return api_key_create(storefront=shop, name="Web shop", scopes=["read"])[0]


def revoke_page(key: ApiKey) -> str:
    return reverse("admin:catalog_apikey_revoke", args=[key.pk])


def test_the_answer_to_a_new_key_shows_it_and_it_works(admin_client, shop):
    response = admin_client.post(ADD, {"storefront": shop.pk, "name": "App", "scopes": ["read", "write"]})
    text = re.search(r'id="new-key">(kd_[^<]+)<', response.content.decode())[1]
    found = api_key_find(text)
    assert (found.name, found.scopes) == ("App", ["read", "write"])
    assert "no-store" in response["Cache-Control"]


def test_the_page_of_a_key_never_shows_its_secret(admin_client, shop):
    row, text = api_key_create(storefront=shop, name="App", scopes=["read"])
    page = admin_client.get(reverse("admin:catalog_apikey_change", args=[row.pk])).content.decode()
    assert f"kd_{row.prefix}_…" in page
    assert text not in page
    assert row.digest not in page


def test_a_key_needs_a_scope(admin_client, shop):
    response = admin_client.post(ADD, {"storefront": shop.pk, "name": "App"})
    assert "scopes" in response.context["adminform"].form.errors
    assert not ApiKey.objects.exists()


def test_looking_at_the_question_revokes_nothing(admin_client, key):
    assert admin_client.get(revoke_page(key)).status_code == 200
    key.refresh_from_db()
    assert key.revoked_at is None


def test_a_revoked_key_is_not_let_in(admin_client, shop):
    row, text = api_key_create(storefront=shop, name="App", scopes=["read"])
    admin_client.post(revoke_page(row))
    assert api_key_find(text) is None


def test_revoking_twice_keeps_the_first_time(admin_client, key):
    admin_client.post(revoke_page(key))
    key.refresh_from_db()
    first = key.revoked_at
    admin_client.post(revoke_page(key))
    key.refresh_from_db()
    assert key.revoked_at == first


def test_a_key_can_be_renamed_and_nothing_else(admin_client, key):
    page = reverse("admin:catalog_apikey_change", args=[key.pk])
    admin_client.post(page, {"name": "Renamed", "scopes": ["manage"], "prefix": "stolen"})
    key.refresh_from_db()
    assert (key.name, key.scopes) == ("Renamed", ["read"])


def test_a_viewer_cannot_revoke(viewer_client, key):
    assert viewer_client.post(revoke_page(key)).status_code == 403


def test_keys_are_found_by_name_and_by_how_they_start(admin_client, key):
    changelist = reverse("admin:catalog_apikey_changelist")
    assert key in admin_client.get(changelist, {"q": key.prefix}).context["cl"].result_list
    assert key in admin_client.get(changelist, {"storefront": "shop", "q": "web"}).context["cl"].result_list
