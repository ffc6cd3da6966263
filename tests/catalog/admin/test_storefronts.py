"""What an operator can do about storefronts."""

import pytest
from django.urls import reverse

from catalog.models import Storefront

ADD = {"name": "News", "slug": "news", "languages": "en\nzh-hans", "settings": "{}", "active": "on"}
LIST = reverse("admin:catalog_storefront_changelist")


def change_page(storefront: Storefront) -> str:
    return reverse("admin:catalog_storefront_change", args=[storefront.pk])


def test_the_list_shows_how_many_items_each_storefront_has(admin_client, shop, lamp):
    page = admin_client.get(LIST).content.decode()
    assert f'href="{reverse("admin:catalog_item_changelist")}?storefront=shop">1</a>' in page


def test_the_list_links_to_the_site(admin_client, shop):
    assert 'href="/s/shop/"' in admin_client.get(LIST).content.decode()


def test_a_storefront_whose_vertical_is_missing_is_said_to_be_off_and_has_no_link(admin_client, db):
    Storefront.objects.create(slug="lost", name="Lost", vertical="gone")
    page = admin_client.get(LIST).content.decode()
    assert "gone – not installed" in page
    assert 'href="/s/lost/"' not in page


def test_the_verticals_on_offer_are_those_that_are_installed(admin_client, db):
    form = admin_client.get(reverse("admin:catalog_storefront_add")).context["adminform"].form
    assert ("ecommerce", "Shop") in form.fields["vertical"].choices
    assert ("gone", "gone") not in form.fields["vertical"].choices


def test_a_storefront_is_added_with_its_languages_one_on_each_line(admin_client, db):
    response = admin_client.post(reverse("admin:catalog_storefront_add"), {**ADD, "vertical": "video"})
    assert response.status_code == 302
    assert Storefront.objects.get(slug="news").languages == ["en", "zh-hans"]


def test_an_unknown_vertical_is_refused(admin_client, db):
    response = admin_client.post(reverse("admin:catalog_storefront_add"), {**ADD, "vertical": "gone"})
    assert "vertical" in response.context["adminform"].form.errors
    assert not Storefront.objects.exists()


def test_the_vertical_of_a_storefront_with_items_cannot_be_changed(admin_client, shop, lamp):
    admin_client.post(change_page(shop), {**ADD, "vertical": "video"})
    shop.refresh_from_db()
    assert shop.vertical == "ecommerce"
    assert shop.slug == "shop"
    assert shop.name == "News"


def test_nobody_can_delete_a_storefront(admin_client, shop):
    assert admin_client.post(reverse("admin:catalog_storefront_delete", args=[shop.pk])).status_code == 403


@pytest.mark.parametrize("term, found", [("sho", True), ("nothing like it", False)])
def test_storefronts_are_found_by_name(admin_client, shop, term, found):
    assert (shop in admin_client.get(LIST, {"q": term}).context["cl"].result_list) is found


def test_a_viewer_cannot_add_a_storefront(viewer_client):
    assert viewer_client.get(reverse("admin:catalog_storefront_add")).status_code == 403
