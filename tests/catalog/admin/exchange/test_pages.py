"""Files of items: out, looked at, in."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from catalog.admin.exchange import writing
from catalog.models import Item
from recommender.models import AuditEntry
from recommender.services.audit import audit_verify


@pytest.fixture
def awkward(shop) -> Item:
    return Item.objects.create(
        storefront=shop,
        external_id="=1+1",
        title="-5% today, \"only\"; 'really'",
        text="One\r\nline, and\nanother\u2028one",
        categories=["[Home]", "+Plus"],
        tags=["@sign"],
        attributes={"brand": "=cmd|' /C calc'!A0", "age_group": "adult", "stock": 0},
        metadata={"own": [1, {"deep": None}]},
        price=0,
        currency="EUR",
        image="https://img.example/a.jpg?b=1,2",
        published_at=datetime(2026, 3, 31, 12, 0, 0, 123456, tzinfo=UTC),
        available_until=datetime(2027, 1, 1, tzinfo=UTC),
        withdrawn=True,
    )


# --- out ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_what_was_exported_comes_back_and_changes_nothing(desk, shop, lamp, awkward, kind):
    known = list(Item.objects.order_by("pk").values())
    outcome = desk.look(shop, desk.fetch(shop, kind)).context["outcome"]
    assert (outcome["refused"], outcome["changed"], outcome["unchanged_count"]) == ([], [], 2)
    assert list(Item.objects.order_by("pk").values()) == known


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_what_was_exported_makes_the_same_items_where_they_are_gone(desk, shop, lamp, awkward, kind):
    columns = [field.name for field in Item._meta.fields if field.name not in ("id", "created_at", "updated_at")]
    known = list(Item.objects.order_by("pk").values(*columns))
    content = desk.fetch(shop, kind)
    Item.objects.all().delete()
    desk.send(shop, content)
    assert list(Item.objects.order_by("pk").values(*columns)) == known


def test_attributes_have_columns_of_their_own(desk, shop, lamp):
    (row,) = desk.rows(shop)
    assert (row["attributes.brand"], row["attributes.stock"], row["categories"]) == ("Lumen", "3", "Home\nLighting")


def test_no_cell_of_an_export_is_a_formula(desk, shop, awkward):
    (row,) = desk.rows(shop)
    assert not any(value.startswith(("=", "+", "-", "@", "\t", "\r")) for value in row.values())


def test_an_export_is_the_list_as_it_is_narrowed(desk, shop, lamp):
    Item.objects.create(storefront=shop, external_id="gone", title="Gone lamp", withdrawn=True)
    assert [row["external_id"] for row in desk.rows(shop, availability="withdrawn")] == ["gone"]
    assert [row["external_id"] for row in desk.rows(shop, q="reading")] == ["lamp-1"]


def test_the_page_says_how_many_rows_there_are(desk, shop, lamp):
    page = desk.client.get(desk.pages["export"], {"q": "nothing like it", "storefront": "shop"})
    assert "0 rows of Shop" in page.content.decode()


def test_an_export_holds_one_storefront_alone(desk, shop, cinema, lamp):
    Item.objects.create(storefront=cinema, external_id="alien", title="Alien")
    assert [row["external_id"] for row in desk.rows(shop)] == ["lamp-1"]


def test_an_export_is_in_the_log_without_what_was_looked_for(desk, shop, lamp):
    desk.fetch(shop, q="reading")
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor_name, entry.storefront) == ("export items", "admin", shop)
    assert (entry.after["rows"], entry.after["narrowed_by"]) == (1, ["q"])
    assert "reading" not in json.dumps(entry.after)


def test_a_long_export_is_sent_in_pieces_and_read_in_pages(desk, shop, monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr(writing, "CHUNK", 500)
    monkeypatch.setattr("catalog.services.row_pages.ROWS_A_QUERY", 10)
    Item.objects.bulk_create(Item(storefront=shop, external_id=f"item-{n}", title=f"Item {n}") for n in range(35))
    response = desk.client.post(desk.pages["export"], {"storefront": "shop", "kind": "csv"})
    with django_assert_max_num_queries(5):
        pieces = list(response.streaming_content)
    assert len(pieces) > 3
    assert b"".join(pieces).count(b"\r\nshop,item-") == 35


# --- in ---------------------------------------------------------------------------------------


def test_looking_at_a_file_writes_nothing(desk, shop, lamp):
    outcome = desk.look(shop, "external_id,title\nlamp-1,Desk lamp\nlamp-2,Floor lamp\n").context["outcome"]
    assert (outcome["new_count"], outcome["changed_count"]) == (1, 1)
    assert outcome["changed"][0]["changes"] == [("title", "Reading lamp", "Desk lamp")]
    assert outcome["changed"][0]["place"] == 2
    assert list(Item.objects.values_list("title", flat=True)) == ["Reading lamp"]
    assert not AuditEntry.objects.exists()


def test_agreeing_writes_it_and_the_log_has_every_row(desk, shop, lamp):
    content = "external_id,title\nlamp-1,Desk lamp\nlamp-2,Floor lamp\n"
    assert desk.send(shop, content, reason="New names").status_code == 302
    assert set(Item.objects.values_list("external_id", "title")) == {("lamp-1", "Desk lamp"), ("lamp-2", "Floor lamp")}
    entries = {entry.action: entry for entry in AuditEntry.objects.all()}
    assert entries["change"].before == {"title": "Reading lamp"}
    assert entries["change"].subject_id == str(lamp.pk)
    assert entries["create"].subject_id == str(Item.objects.get(external_id="lamp-2").pk)
    assert (entries["import items"].after["new"], entries["import items"].reason) == (1, "New names")
    assert audit_verify() is None


def test_a_worker_is_asked_to_embed_what_came_in(desk, shop, monkeypatch):
    told = []
    monkeypatch.setattr("catalog.changes._listeners", [lambda storefront, items: told.append(items)])
    desk.send(shop, "external_id,title\nlamp-2,Floor lamp\n")
    assert [Item.objects.get().pk] in told


def test_columns_that_are_left_out_stay_and_empty_cells_empty(desk, shop, lamp):
    desk.send(shop, "external_id,attributes.brand,categories\nlamp-1,,\n")
    lamp.refresh_from_db()
    assert (lamp.title, lamp.categories, lamp.attributes) == (
        "Reading lamp",
        [],
        {"age_group": "adult", "stock": 3},
    )


def test_a_wrong_row_is_named_with_its_field_and_nothing_is_written(desk, shop, lamp):
    content = "external_id,title,price,currency,attributes.stock\nlamp-1,Desk lamp,100,EUR,1\nlamp-2,,19.99,EUR,-1\n"
    page = desk.look(shop, content)
    (refused,) = page.context["outcome"]["refused"]
    assert (refused["place"], refused["name"]) == (3, "lamp-2")
    problems = dict(refused["problems"])
    assert problems["title"] == "This field is required."
    assert "1999 for 19.99" in problems["price"]
    assert "below the minimum" in problems["attributes.stock"]
    assert 'name="agreement"' not in page.content.decode()
    lamp.refresh_from_db()
    assert lamp.title == "Reading lamp"


def test_a_row_of_another_storefront_is_refused(desk, shop, cinema):
    Item.objects.create(storefront=cinema, external_id="alien", title="Alien")
    content = desk.fetch(cinema, "jsonl").replace(b'"attributes":{},', b"")
    (refused,) = desk.look(shop, content).context["outcome"]["refused"]
    assert "This row is of cinema, and the import goes into shop" in dict(refused["problems"])["storefront"]


def test_the_same_id_twice_is_refused(desk, shop):
    (refused,) = desk.look(shop, "external_id,title\na,Lamp\nb,Desk\na,Chair\n").context["outcome"]["refused"]
    assert (refused["place"], refused["problems"]) == (4, [("external_id", "Row 2 has the same. Keep one of the two.")])


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("external_id,title,colour\na,Lamp,red\n", "There is no column &#x27;colour&#x27;"),
        ("title\nLamp\n", "The column external_id is missing"),
        ("external_id,title\na,Lamp\nb\n", "Row 3 has 1 cells"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_on_its_field(desk, shop, content, sentence):
    page = desk.look(shop, content)
    assert "outcome" not in page.context
    assert sentence in page.content.decode()


def test_halves_of_characters_are_refused_and_shown(desk, shop):
    page = desk.look(shop, '{"external_id": "a\\ud800", "title": "Lamp", "metadata": {"\\udfff": 1}}')
    assert page.context["outcome"]["refused"][0]["name"] == "a\\ud800"


def test_rows_that_changed_since_are_looked_at_again(desk, shop, lamp):
    page = desk.look(shop, "external_id,title\nlamp-1,Desk lamp\n")
    Item.objects.update(title="Bedside lamp")
    again = desk.agree(page)
    assert "Rows changed since you looked" in again.content.decode()
    assert again.context["outcome"]["changed"][0]["changes"] == [("title", "Bedside lamp", "Desk lamp")]
    lamp.refresh_from_db()
    assert lamp.title == "Bedside lamp"
    assert desk.agree(again).status_code == 302
    lamp.refresh_from_db()
    assert lamp.title == "Desk lamp"


def test_agreeing_twice_imports_once(desk, shop):
    page = desk.look(shop, "external_id,title\na,Lamp\n")
    desk.agree(page)
    assert "Rows changed since you looked" in desk.agree(page).content.decode()
    assert AuditEntry.objects.filter(action="import items").count() == 1


def test_nothing_to_import_has_no_button(desk, shop, lamp):
    page = desk.look(shop, desk.fetch(shop))
    assert page.context["agreement"] == ""
    assert "There is nothing to import" in page.content.decode()


def test_an_agreement_that_was_tampered_with_is_none(desk, shop):
    response = desk.client.post(desk.pages["process_import"], {"agreement": "forged"}, follow=True)
    assert "Send the file again" in response.content.decode()


def test_a_thousand_rows_cost_no_query_each(desk, shop, django_assert_max_num_queries):
    content = "external_id,title\n" + "".join(f"item-{n},Item {n}\n" for n in range(1000))
    with django_assert_max_num_queries(100):  # SQLite takes some sixty rows a statement
        desk.send(shop, content)
    assert Item.objects.count() == 1000


# --- who ---------------------------------------------------------------------------------------


def test_a_viewer_exports_and_imports_nothing(desk_of, shop, lamp):
    desk = desk_of("viewer")
    assert len(desk.rows(shop)) == 1
    assert desk.client.get(desk.pages["import"]).status_code == 403
    assert desk.look(shop, "external_id,title\na,Lamp\n").status_code == 403
    assert desk.client.post(desk.pages["process_import"], {"agreement": "any"}).status_code == 403


def test_a_merchandiser_imports(desk_of, shop):
    desk_of("merchandiser").send(shop, "external_id,title\na,Lamp\n")
    assert Item.objects.get().external_id == "a"


def test_a_role_here_opens_no_other_storefront(desk_of, shop, cinema, lamp):
    Item.objects.create(storefront=cinema, external_id="alien", title="Alien")
    desk = desk_of("administrator")
    refused = desk.client.post(desk.pages["export"], {"storefront": "cinema", "kind": "csv"})
    assert "Alien" not in refused.content.decode()
    assert refused.context["form"].errors["storefront"]
    page = desk.look(cinema, "external_id,title\na,Lamp\n")
    assert page.context["form"].errors["storefront"]


def test_somebody_elses_agreement_is_none(desk, desk_of, shop):
    page = desk.look(shop, "external_id,title\na,Lamp\n")
    other = desk_of("merchandiser")
    other.agree(page)
    assert not Item.objects.exists()


def test_the_list_offers_what_one_may_do(desk, desk_of, shop):
    from django.urls import reverse

    changelist = reverse("admin:catalog_item_changelist")
    page = desk.client.get(changelist, {"q": "lamp"}).content.decode()
    assert f'href="{desk.pages["export"]}?q=lamp"' in page
    assert f'href="{desk.pages["import"]}' in page
    page = desk_of("viewer").client.get(changelist).content.decode()
    assert desk.pages["export"] in page
    assert desk.pages["import"] not in page
