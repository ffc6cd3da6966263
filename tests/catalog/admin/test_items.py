"""What an operator can do about items."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from catalog.models import Item, Medium
from recommender.models import AuditEntry

LIST = reverse("admin:catalog_item_changelist")
ADD = reverse("admin:catalog_item_add")
NO_MEDIA = {"media-TOTAL_FORMS": "0", "media-INITIAL_FORMS": "0"}


def form_data(**fields) -> dict:
    return {"title": "Desk lamp", "language": "en", "categories": "Home\nLighting", **NO_MEDIA, **fields}


def change_page(item: Item) -> str:
    return reverse("admin:catalog_item_change", args=[item.pk])


def messages_waiting() -> int:
    return len(list(Path(settings.BROKER_DIR).glob("*.msg")))


def listed(client, **query) -> list[Item]:
    return list(client.get(LIST, query).context["cl"].result_list)


def test_an_item_is_asked_for_its_storefront_first(admin_client, shop, cinema):
    page = admin_client.get(ADD).content.decode()
    assert 'href="?storefront=shop"' in page
    assert 'href="?storefront=cinema"' in page


def test_the_only_storefront_needs_no_question(admin_client, shop):
    assert admin_client.get(ADD)["Location"] == f"{ADD}?storefront=shop"


def test_the_attributes_of_the_vertical_have_fields_of_their_own(admin_client, lamp):
    form = admin_client.get(change_page(lamp)).context["adminform"].form
    assert form["attribute_brand"].value() == "Lumen"
    assert ("adult", "Adults") in form.fields["attribute_age_group"].choices
    assert "attributes" not in form.fields


def test_a_new_item_keeps_its_typed_attributes(admin_client, shop):
    data = form_data(external_id="lamp-2", attribute_brand="Glow", attribute_stock="7")
    assert admin_client.post(f"{ADD}?storefront=shop", data).status_code == 302
    item = Item.objects.get(storefront=shop, external_id="lamp-2")
    assert item.attributes == {"brand": "Glow", "stock": 7}
    assert item.categories == ["Home", "Lighting"]


def test_an_attribute_that_does_not_fit_is_refused_in_the_words_of_the_schema(admin_client, lamp):
    response = admin_client.post(change_page(lamp), form_data(attribute_stock="-1"))
    assert response.context["adminform"].form.errors == {"attribute_stock": ["-1 is below the minimum of 0."]}
    lamp.refresh_from_db()
    assert lamp.attributes["stock"] == 3


def test_an_attribute_that_is_emptied_is_gone(admin_client, lamp):
    admin_client.post(change_page(lamp), form_data(attribute_brand="", attribute_stock="3"))
    lamp.refresh_from_db()
    assert lamp.attributes == {"stock": 3}


def test_a_price_without_a_currency_is_refused(admin_client, lamp):
    response = admin_client.post(change_page(lamp), form_data(price="1999"))
    assert "currency" in response.context["adminform"].form.errors


def test_saving_an_item_asks_a_worker_to_embed_it(admin_client, lamp, django_capture_on_commit_callbacks):
    before = messages_waiting()
    with django_capture_on_commit_callbacks(execute=True):
        admin_client.post(change_page(lamp), form_data(title="Lamp of a new name"))
    assert messages_waiting() == before + 1


def test_the_id_of_an_item_cannot_be_changed(admin_client, lamp):
    admin_client.post(change_page(lamp), form_data(external_id="other"))
    lamp.refresh_from_db()
    assert (lamp.external_id, lamp.title) == ("lamp-1", "Desk lamp")


def test_media_are_edited_with_their_item(admin_client, lamp):
    medium = {"media-0-kind": "image", "media-0-url": "https://example.org/a.jpg", "media-0-position": "0"}
    admin_client.post(change_page(lamp), form_data(**{**NO_MEDIA, "media-TOTAL_FORMS": "1", **medium}))
    assert Medium.objects.get(item=lamp).url == "https://example.org/a.jpg"


def test_nobody_can_delete_an_item(admin_client, lamp):
    assert admin_client.post(reverse("admin:catalog_item_delete", args=[lamp.pk])).status_code == 403


def test_items_are_withdrawn_and_offered_again_together(admin_client, lamp):
    chosen = {"_selected_action": [lamp.pk]}
    admin_client.post(LIST, {"action": "withdraw", **chosen})
    lamp.refresh_from_db()
    assert lamp.withdrawn
    admin_client.post(LIST, {"action": "offer_again", **chosen})
    lamp.refresh_from_db()
    assert not lamp.withdrawn


def test_the_list_is_narrowed_by_storefront(admin_client, lamp, cinema):
    film = Item.objects.create(storefront=cinema, external_id="f", title="Film")
    assert listed(admin_client, storefront="cinema") == [film]
    assert set(listed(admin_client)) == {film, lamp}


def test_an_unknown_storefront_in_the_address_narrows_nothing(admin_client, lamp):
    assert listed(admin_client, storefront="x' OR 1=1") == [lamp]


def test_the_list_is_narrowed_by_category(admin_client, shop, lamp):
    Item.objects.create(storefront=shop, external_id="spade", title="Spade", categories=["Garden"])
    Item.objects.create(storefront=shop, external_id="tea", title="Tea", categories=["Lighting up"])
    assert listed(admin_client, storefront="shop", category="Lighting") == [lamp]


def test_the_list_is_narrowed_by_a_category_in_chinese(admin_client, shop, lamp):
    tea = Item.objects.create(storefront=shop, external_id="tea", title="茶", categories=["茶叶"])
    assert listed(admin_client, storefront="shop", category="茶叶") == [tea]


def test_the_list_is_narrowed_by_a_facet_of_the_vertical(admin_client, shop, lamp):
    Item.objects.create(storefront=shop, external_id="toy", title="Toy", attributes={"age_group": "child"})
    assert listed(admin_client, storefront="shop", **{"facet-age_group": "adult"}) == [lamp]


def test_a_facet_is_chosen_by_its_words(admin_client, lamp):
    page = admin_client.get(LIST, {"storefront": "shop"}, headers={"Accept-Language": "zh-hans"})
    facet = next(spec for spec in page.context["cl"].filter_specs if spec.title == "年龄段")
    assert ("adult", "成人") in facet.lookup_choices


@pytest.mark.parametrize("state", ["available", "upcoming", "expired", "withdrawn"])
def test_the_list_is_narrowed_by_availability(admin_client, shop, state):
    now, day = timezone.now(), timedelta(days=1)
    dates = {"upcoming": {"available_from": now + day}, "expired": {"available_until": now - day}}
    for name in ("available", "upcoming", "expired", "withdrawn"):
        more = {"withdrawn": name == "withdrawn", **dates.get(name, {})}
        Item.objects.create(storefront=shop, external_id=name, title=name, **more)
    assert [item.title for item in listed(admin_client, availability=state)] == [state]


def test_items_are_found_by_words_of_the_title_and_by_id(admin_client, lamp):
    assert listed(admin_client, q="reading") == [lamp]
    assert listed(admin_client, q="lamp-1") == [lamp]
    assert listed(admin_client, q="spade") == []


def test_a_viewer_sees_the_attributes_and_can_change_nothing(viewer_client, lamp):
    page = viewer_client.get(change_page(lamp)).content.decode()
    assert "Lumen" in page
    assert 'name="title"' not in page
    assert viewer_client.post(change_page(lamp), form_data()).status_code == 403


def test_an_item_whose_vertical_is_gone_can_be_looked_at_only(admin_client, shop, lamp):
    shop.vertical = "gone"
    shop.save()
    page = admin_client.get(change_page(lamp))
    assert page.status_code == 200
    assert admin_client.post(change_page(lamp), form_data()).status_code == 403


def test_changing_an_item_is_in_the_log_with_before_and_after(admin_client, lamp):
    data = form_data(title="Floor lamp", attribute_brand="Lumen", attribute_age_group="adult", attribute_stock="3")
    admin_client.post(change_page(lamp), data)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor_name, entry.storefront) == ("change", "admin", lamp.storefront)
    assert (entry.before, entry.after) == ({"title": "Reading lamp"}, {"title": "Floor lamp"})


def test_a_new_item_is_in_the_log_with_what_it_has(admin_client, shop):
    admin_client.post(f"{ADD}?storefront=shop", form_data(external_id="lamp-2", attribute_brand="Glow"))
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.before) == ("create", None)
    assert entry.after == {
        "external_id": "lamp-2",
        "title": "Desk lamp",
        "categories": ["Home", "Lighting"],
        "attributes": {"brand": "Glow"},
    }


def test_a_picture_that_is_added_is_in_the_log(admin_client, lamp):
    data = form_data(title="Reading lamp", attribute_brand="Lumen", attribute_age_group="adult", attribute_stock="3")
    media = {"media-0-kind": "image", "media-0-url": "https://img.example/a.jpg", "media-0-position": "0"}
    admin_client.post(change_page(lamp), {**data, **media, "media-TOTAL_FORMS": "1"})
    entry = AuditEntry.objects.get()
    assert entry.before == {"media": []}
    assert entry.after["media"][0]["url"] == "https://img.example/a.jpg"


def test_saving_an_item_as_it_is_leaves_no_entry(admin_client, lamp):
    data = form_data(title="Reading lamp", attribute_brand="Lumen", attribute_age_group="adult", attribute_stock="3")
    admin_client.post(change_page(lamp), data)
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(("action", "withdrawn"), [("withdraw", False), ("offer_again", True)])
def test_withdrawing_and_offering_again_are_in_the_log(admin_client, lamp, action, withdrawn):
    Item.objects.update(withdrawn=withdrawn)
    admin_client.post(LIST, {"action": action, "_selected_action": [lamp.pk]})
    entry = AuditEntry.objects.get()
    assert entry.action == action.replace("_", " ")
    assert (entry.before, entry.after) == ({"withdrawn": withdrawn}, {"withdrawn": not withdrawn})


def test_a_price_is_typed_as_people_read_it(admin_client, shop):
    page = f"{ADD}?storefront=shop"
    assert admin_client.post(page, form_data(external_id="a", price="649.50", currency="EUR")).status_code == 302
    item = Item.objects.get(external_id="a")
    assert item.price == 64950
    assert admin_client.get(change_page(item)).context["adminform"].form["price"].value() == Decimal("649.50")
    refused = admin_client.post(page, form_data(external_id="b", price="649.50", currency="JPY"))
    assert "JPY has 0 digits after the point." in refused.content.decode()
