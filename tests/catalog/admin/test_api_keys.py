"""What an operator can do about API keys."""

import re

import pytest
from django.urls import reverse

from catalog.keys import api_key_create, api_key_find, browser_key
from catalog.models import ApiKey
from recommender.models import AuditEntry

ADD = reverse("admin:catalog_apikey_add")


@pytest.fixture
def key(shop) -> ApiKey:
    return api_key_create(storefront=shop, name="Web shop", scopes=["read"])[0]


def revoke_page(key: ApiKey) -> str:
    return reverse("admin:catalog_apikey_revoke", args=[key.pk])


def test_the_answer_to_a_new_key_shows_it_and_it_works(admin_client, shop):
    response = admin_client.post(
        ADD, {"storefront": shop.pk, "name": "App", "kind": "server", "scopes": ["read", "write"]}
    )
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
    response = admin_client.post(ADD, {"storefront": shop.pk, "name": "App", "kind": "server"})
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


def test_a_key_for_browsers_needs_its_sites_and_never_manages(admin_client, shop):
    form = {"storefront": shop.pk, "name": "Blog", "kind": "browser", "scopes": ["read", "manage"], "origins": ""}
    errors = admin_client.post(ADD, form).context["adminform"].form.errors
    assert set(errors) == {"scopes", "origins"}
    errors = admin_client.post(ADD, {**form, "origins": "blog.example"}).context["adminform"].form.errors
    assert "no site" in errors["origins"][0]
    assert not ApiKey.objects.exists()


def test_the_page_of_a_key_for_browsers_shows_what_to_put_into_a_page(admin_client, shop):
    form = {"storefront": shop.pk, "name": "Blog", "kind": "browser", "scopes": ["read"]}
    created = admin_client.post(ADD, {**form, "origins": "https://Blog.example/\nhttp://localhost:8080"})
    row = ApiKey.objects.get()
    assert row.origins == ["https://blog.example", "http://localhost:8080"]
    assert "everybody" in created.content.decode()
    assert "shown this once" not in created.content.decode()
    page = admin_client.get(reverse("admin:catalog_apikey_change", args=[row.pk]))
    for answer in (created, page):
        text = answer.content.decode()
        assert "http://testserver/widgets/shelf.js" in text
        assert browser_key(row.prefix) in text
    assert api_key_find(browser_key(row.prefix)) == row


def test_a_rotated_key_works_on_beside_the_new_one(admin_client, shop):
    row, text = api_key_create(storefront=shop, name="App", scopes=["read"])
    address = reverse("admin:catalog_apikey_rotate", args=[row.pk])
    assert admin_client.get(address).status_code == 200
    assert ApiKey.objects.count() == 1
    page = admin_client.post(address).content.decode()
    new = re.search(r'id="new-key">(kd_[^<]+)<', page)[1]
    assert api_key_find(new).scopes == ["read"]
    assert api_key_find(text) == row
    again = admin_client.post(address, follow=True)
    assert "rotated already" in again.content.decode()
    assert admin_client.get(reverse("admin:catalog_apikey_change", args=[row.pk])).status_code == 200


def test_a_key_that_was_replaced_can_still_be_revoked_at_once(admin_client, shop):
    row, text = api_key_create(storefront=shop, name="App", scopes=["read"])
    admin_client.post(reverse("admin:catalog_apikey_rotate", args=[row.pk]))
    admin_client.post(revoke_page(row))
    assert api_key_find(text) is None


def test_more_sites_than_a_key_is_for_are_sent_back_with_a_sentence(admin_client, shop):
    form = {"storefront": shop.pk, "name": "Blogs", "kind": "browser", "scopes": ["read"]}
    sites = "\n".join(f"https://blog{number}.example" for number in range(51))
    errors = admin_client.post(ADD, {**form, "origins": sites}).context["adminform"].form.errors
    assert errors["origins"] == ["A key is for at most 50 sites."]


def test_the_log_says_who_made_renamed_and_revoked_a_key(admin_client, shop):
    admin_client.post(ADD, {"storefront": shop.pk, "name": "App", "kind": "server", "scopes": ["read"]})
    key = ApiKey.objects.get()
    admin_client.post(reverse("admin:catalog_apikey_change", args=[key.pk]), {"name": "Renamed", "rate_limit": "0"})
    admin_client.post(revoke_page(key))
    entries = AuditEntry.objects.order_by("id")
    assert [(entry.action, entry.actor_name, entry.storefront) for entry in entries] == [
        ("create", "admin", shop),
        ("change", "admin", shop),
        ("revoke", "admin", shop),
    ]
    assert (entries[1].before, entries[1].after) == ({"name": "App"}, {"name": "Renamed"})


def test_saving_a_key_as_it_is_leaves_no_entry(admin_client, key):
    known = AuditEntry.objects.count()
    admin_client.post(reverse("admin:catalog_apikey_change", args=[key.pk]), {"name": "Web shop", "rate_limit": "0"})
    assert AuditEntry.objects.count() == known


def test_the_end_of_a_replaced_key_is_called_one_that_is_still_to_come(admin_client, shop):
    row, _text = api_key_create(storefront=shop, name="App", scopes=["read"])
    address = reverse("admin:catalog_apikey_change", args=[row.pk])
    assert "Works until" not in admin_client.get(address).content.decode()
    admin_client.post(reverse("admin:catalog_apikey_rotate", args=[row.pk]))
    page = admin_client.get(address).content.decode()
    assert "Works until" in page
    assert ">Revoked<" not in page


def test_the_question_before_a_key_is_revoked_names_its_storefront(admin_client, shop, key):
    assert f"Revoke the key “Web shop” of {shop}?" in admin_client.get(revoke_page(key)).content.decode()
