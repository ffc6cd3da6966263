from urllib.parse import quote

import pytest

from catalog.api.base import MOST_RECORDS
from catalog.models import Item

from .clients import api_for, problem, product


def test_a_posted_item_is_created_and_answered_as_it_is_stored(api, shop):
    body = product(
        text="Fine wool.",
        categories=["Clothing", "Base layers"],
        tags=["wool"],
        attributes={"brand": "Fjell"},
        price=7900,
        currency="EUR",
        image="https://example.com/a.jpg",
        published_at="2026-03-31T09:30:00+02:00",
    )
    response = api.post("items", body)
    assert response.status_code == 201
    assert response["Location"] == "/api/v1/storefronts/shop/items/sku-1"
    answer = response.json()
    assert {name: answer[name] for name in body} == {**body, "published_at": "2026-03-31T07:30:00Z"}
    assert answer["withdrawn"] is False
    assert Item.objects.get(storefront=shop).external_id == "sku-1"


def test_posting_an_item_again_replaces_it(api):
    api.post("items", product(text="Old", price=100, currency="EUR"))
    response = api.post("items", product(title="New"))
    assert response.status_code == 200
    answer = response.json()
    assert (answer["title"], answer["text"], answer["price"]) == ("New", "", None)
    assert Item.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"title": ""}, "/title"),
        ({"title": 5}, "/title"),
        ({"title": "x" * 501}, "/title"),
        ({"id": ""}, "/id"),
        ({"id": "x" * 129}, "/id"),
        ({"price": -1, "currency": "EUR"}, "/price"),
        ({"price": 1.5, "currency": "EUR"}, "/price"),
        ({"price": 2**63 - 1 + 0.0, "currency": "EUR"}, "/price"),
        ({"price": 100}, "/currency"),
        ({"price": 100, "currency": "euro"}, "/currency"),
        ({"categories": "Shoes"}, "/categories"),
        ({"image": "javascript:alert(1)"}, "/image"),
        ({"published_at": "yesterday"}, "/published_at"),
        ({"attributes": {"stock": "many"}}, "/attributes/stock"),
        ({"attributes": {"horsepower": 3}}, "/attributes/horsepower"),
        ({"attributes": [1]}, "/attributes"),
        ({"colour_of_box": "red"}, "/colour_of_box"),
        ({"storefront": "rival"}, "/storefront"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_stored(api, fields, pointer):
    body = problem(api.post("items", {**product(), **fields}), 400, "invalid")
    assert pointer in [error["pointer"] for error in body["errors"]]
    assert not Item.objects.exists()


def test_an_unknown_field_is_answered_with_those_there_are(api):
    body = problem(api.post("items", product(colour_of_box="red")), 400, "invalid")
    assert "title" in body["errors"][0]["detail"]


def test_many_faults_make_no_long_answer(api):
    response = api.post("items/batch", [{**product(), **{f"{n}{'x' * 2000}": 1 for n in range(50)}}] * 10)
    body = problem(response, 400, "invalid")
    assert len(body["errors"]) == 100
    assert len(response.content) < 300_000


@pytest.mark.parametrize("body", [[], [product()], "text", 5, None, b"", b"null"])
def test_a_body_that_is_no_object_is_refused(api, body):
    assert api.post("items", body).status_code == 400
    assert not Item.objects.exists()


def test_a_batch_is_stored_whole(api):
    api.post("items", product(1))
    response = api.post("items/batch", [product(1, title="New"), product(2), product(3)])
    assert response.status_code == 200
    assert response.json() == {"created": 2, "updated": 1, "unchanged": 0}


def test_a_batch_with_one_wrong_record_stores_nothing_and_names_it(api):
    batch = [product(1), product(2), product(3), product(4, price=-5, currency="EUR")]
    body = problem(api.post("items/batch", batch), 400, "invalid")
    assert [error["pointer"] for error in body["errors"]] == ["/3/price"]
    assert not Item.objects.exists()


@pytest.mark.parametrize("size", [0, MOST_RECORDS + 1])
def test_a_batch_has_a_size(api, size):
    body = problem(api.post("items/batch", [product(number) for number in range(size)]), 400, "invalid")
    assert "1 to 1,000" in body["detail"]


def test_a_batch_of_the_largest_size_is_taken(api):
    response = api.post("items/batch", [product(number) for number in range(MOST_RECORDS)])
    assert response.json()["created"] == MOST_RECORDS


@pytest.mark.parametrize("body", [{"data": []}, {}, "text", [1], [[]], [None]])
def test_a_batch_is_a_list_of_objects(api, body):
    problem(api.post("items/batch", body), 400, "invalid")


@pytest.mark.parametrize("external_id", ["a/b", "a b", "绿茶", "é?#%", "../../etc/passwd", "' OR 1=1--", "batch"])
def test_any_id_finds_its_item(api, external_id):
    api.post("items", {"id": external_id, "title": "Odd"})
    if external_id == "batch":  # the address of batches; it stays findable in the list
        assert api.get("items").json()["data"][0]["id"] == "batch"
    else:
        assert api.get(f"items/{quote(external_id, safe='')}").json()["id"] == external_id


@pytest.mark.parametrize("external_id", ["nothing", "%00", "%0d%0a", "x" * 5000])
def test_an_unknown_item_is_not_found(api, external_id):
    problem(api.get(f"items/{external_id}"), 404, "not_found")


def test_patching_changes_the_named_fields_only(api):
    api.post("items", product(text="Wool", price=100, currency="EUR", attributes={"brand": "Fjell"}))
    response = api.patch("items/sku-1", {"price": 80})
    assert response.status_code == 200
    answer = response.json()
    assert (answer["price"], answer["text"], answer["attributes"]) == (80, "Wool", {"brand": "Fjell"})


def test_patching_validates_the_whole(api):
    api.post("items", product(price=100, currency="EUR"))
    body = problem(api.patch("items/sku-1", {"currency": ""}), 400, "invalid")
    assert body["errors"][0]["pointer"] == "/currency"


def test_an_id_cannot_be_changed(api):
    api.post("items", product())
    problem(api.patch("items/sku-1", {"id": "sku-2"}), 409, "conflict")


def test_an_item_can_be_put_where_its_address_is(api):
    body = {name: value for name, value in product(price=100, currency="EUR").items() if name != "id"}
    created = api.put("items/sku-1", body)
    assert (created.status_code, created.json()["id"]) == (201, "sku-1")
    assert created["Location"] == "/api/v1/storefronts/shop/items/sku-1"
    replaced = api.put("items/sku-1", {"id": "sku-1", "title": "New"})
    assert (replaced.status_code, replaced.json()["title"], replaced.json()["price"]) == (200, "New", None)


def test_putting_an_item_again_changes_nothing(api):
    first = api.put("items/sku-1", {"title": "Wool socks"}).json()
    assert api.put("items/sku-1", {"title": "Wool socks"}).json() == first


def test_an_item_is_put_nowhere_but_at_its_address(api):
    problem(api.put("items/sku-1", {"id": "sku-2", "title": "Wool socks"}), 409, "conflict")
    assert not Item.objects.exists()


def test_putting_an_item_validates_it(api):
    assert (
        problem(api.put("items/sku-1", {"title": "New", "price": 1}), 400, "invalid")["errors"][0]["pointer"]
        == "/currency"
    )
    assert problem(api.put("items/sku-1", {}), 400, "invalid")["errors"][0]["pointer"] == "/title"
    assert not Item.objects.exists()


def test_putting_an_item_needs_a_key_that_may_write(shop):
    problem(api_for(shop, "read").put("items/sku-1", {"title": "Wool socks"}), 403, "forbidden")


def test_deleting_an_item_withdraws_it(api):
    api.post("items", product())
    assert api.delete("items/sku-1").status_code == 204
    assert api.get("items/sku-1").json()["withdrawn"] is True


def test_the_list_is_walked_page_by_page_without_gaps_or_repeats(api):
    api.post("items/batch", [product(number) for number in range(25)])
    found, cursor = [], None
    while True:
        page = api.get("items", limit="10", **({"cursor": cursor} if cursor else {})).json()
        found += [item["id"] for item in page["data"]]
        cursor = page["next_cursor"]
        if not cursor:
            break
    assert found == [f"sku-{number}" for number in range(25)]


def test_rows_added_meanwhile_do_not_shift_the_pages(api):
    api.post("items/batch", [product(number) for number in range(4)])
    first = api.get("items", limit="2").json()
    api.post("items", product(99))
    second = api.get("items", limit="2", cursor=first["next_cursor"]).json()
    assert [item["id"] for item in second["data"]] == ["sku-2", "sku-3"]


def test_items_are_listed_by_category_at_any_level(api):
    api.post("items/batch", [product(1, categories=["Home", "Tea"]), product(2, categories=["Home"]), product(3)])
    api.post("items", product(4, categories=["茶", 'quo"te']))
    ids = lambda category: [item["id"] for item in api.get("items", category=category).json()["data"]]  # noqa: E731
    assert ids("Tea") == ["sku-1"]
    assert ids("Home") == ["sku-1", "sku-2"]
    assert ids("茶") == ids('quo"te') == ["sku-4"]
    assert ids("Te") == ids("%") == []


def test_withdrawn_items_can_be_told_apart(api):
    api.post("items/batch", [product(1), product(2, withdrawn=True)])
    assert [item["id"] for item in api.get("items", withdrawn="true").json()["data"]] == ["sku-2"]
    assert [item["id"] for item in api.get("items", withdrawn="false").json()["data"]] == ["sku-1"]


def test_changes_are_listed_the_longest_unchanged_first(api):
    api.post("items/batch", [product(1), product(2), product(3)])
    since = api.get("items/sku-3").json()["updated_at"]
    api.post("items", product(2, title="Changed"))
    api.post("items", product(1, title="Changed"))
    first = api.get("items", changed_since=since, limit="1").json()
    rest = api.get("items", changed_since=since, cursor=first["next_cursor"]).json()
    assert [item["id"] for item in first["data"] + rest["data"]][-2:] == ["sku-2", "sku-1"]


@pytest.mark.parametrize("cursor", ["x", "W10:abc:def", "a" * 1000])
def test_a_cursor_of_nobody_is_refused(api, cursor):
    body = problem(api.get("items", cursor=cursor), 400, "invalid")
    assert body["errors"][0]["pointer"] == "?cursor"


def test_a_cursor_works_in_its_own_storefront_only(api, rival):
    api.post("items/batch", [product(1), product(2)])
    cursor = api.get("items", limit="1").json()["next_cursor"]
    problem(api_for(rival).get("items", cursor=cursor), 400, "invalid")


def test_a_cursor_works_with_its_own_filters_only(api):
    api.post("items/batch", [product(1), product(2)])
    cursor = api.get("items", limit="1").json()["next_cursor"]
    problem(api.get("items", cursor=cursor, withdrawn="false"), 400, "invalid")


def test_a_stale_cursor_is_refused(api, monkeypatch):
    api.post("items/batch", [product(1), product(2)])
    cursor = api.get("items", limit="1").json()["next_cursor"]
    monkeypatch.setattr("catalog.api.pagination.HOURS_VALID", -1)
    assert "older" in problem(api.get("items", cursor=cursor), 400, "invalid")["detail"]


@pytest.mark.parametrize("query", [{}, {"category": "Tea"}, {"changed_since": "2000-01-01T00:00:00Z"}])
def test_listing_items_costs_one_query_however_many_there_are(api, patient, query, django_assert_num_queries):
    api.post("items/batch", [product(number, categories=["Tea"]) for number in range(50)])
    api.get("items")
    with django_assert_num_queries(1):
        assert len(api.get("items", limit="50", **query).json()["data"]) == 50
