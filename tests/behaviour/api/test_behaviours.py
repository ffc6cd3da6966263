import pytest

from behaviour.models import Behaviour, Person, RefusalHour, RefusedEvent
from catalog.models import Storefront
from tests.catalog.api.clients import api_for, problem, product

WHEN = "2026-03-31T09:30:00Z"
RECOMMENDATION = "0b3c5f0e-6f0e-4a27-9a53-0f6a5a1f9d11"


@pytest.fixture(autouse=True)
def products(api):
    api.post("items/batch", [product(number) for number in range(1, 4)])


def event(number: int = 1, **fields):
    return {"event_id": f"e-{number}", "person": "u-1", "kind": "view", "item": "sku-1", "occurred_at": WHEN, **fields}


def test_a_behaviour_is_stored_with_everything_that_was_sent(api, shop):
    body = event(
        kind="purchase",
        value=2,
        context={"device": "phone"},
        occurred_at="2026-03-31T09:30:00+02:00",
        recommendation_id=RECOMMENDATION,
    )
    response = api.post("behaviours", body)
    assert (response.status_code, response.json()) == (201, {"accepted": 1, "duplicates": 0})
    (stored,) = api.get("behaviours", person="u-1").json()["data"]
    assert {name: stored[name] for name in body} == {**body, "occurred_at": "2026-03-31T07:30:00Z"}


def test_a_behaviour_creates_its_person(api, shop):
    api.post("behaviours", event())
    assert Person.objects.get().external_id == "u-1"


def test_sending_a_behaviour_twice_stores_it_once(api):
    api.post("behaviours", event())
    response = api.post("behaviours", event())
    assert (response.status_code, response.json()) == (200, {"accepted": 0, "duplicates": 1})
    assert Behaviour.objects.count() == 1


def test_an_event_id_that_comes_with_another_body_is_a_conflict(api):
    api.post("behaviours", event())
    body = problem(api.post("behaviours", event(item="sku-2")), 409, "conflict")
    assert body["errors"][0]["pointer"] == "/event_id"
    assert Behaviour.objects.get().item.external_id == "sku-1"


def test_the_same_event_id_in_two_storefronts_is_two_events(api, rival):
    other = api_for(rival)
    other.post("items", product())
    assert [one.post("behaviours", event()).status_code for one in (api, other)] == [201, 201]


def test_a_batch_counts_what_is_new_and_what_was_there(api):
    api.post("behaviours", event(1))
    response = api.post("behaviours/batch", [event(1), event(2), event(3), event(3)])
    assert (response.status_code, response.json()) == (200, {"accepted": 2, "duplicates": 2})
    assert Behaviour.objects.count() == 3


def test_a_batch_with_one_wrong_event_stores_nothing_and_names_it(api):
    body = problem(api.post("behaviours/batch", [event(1), event(2), event(3, item="gone")]), 400, "invalid")
    assert [error["pointer"] for error in body["errors"]] == ["/2/item"]
    assert not Behaviour.objects.exists()
    assert not Person.objects.exists()


def test_a_batch_with_a_conflict_stores_nothing_and_names_it(api):
    api.post("behaviours", event(1))
    body = problem(api.post("behaviours/batch", [event(2), event(1, item="sku-2")]), 409, "conflict")
    assert [error["pointer"] for error in body["errors"]] == ["/1/event_id"]
    assert Behaviour.objects.count() == 1


@pytest.mark.parametrize("size", [0, 1001])
def test_a_batch_has_a_size(api, size):
    problem(api.post("behaviours/batch", [event(number) for number in range(size)]), 400, "invalid")


def test_a_batch_of_the_largest_size_is_taken(api):
    batch = [event(number, person=f"u-{number % 50}") for number in range(1000)]
    assert api.post("behaviours/batch", batch).json() == {"accepted": 1000, "duplicates": 0}


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"event_id": ""}, "/event_id"),
        ({"event_id": None}, "/event_id"),
        ({"event_id": 7}, "/event_id"),
        ({"event_id": "x" * 129}, "/event_id"),
        ({"person": ""}, "/person"),
        ({"person": "x" * 129}, "/person"),
        ({"kind": "teleport"}, "/kind"),
        ({"kind": None}, "/kind"),
        ({"item": None}, "/item"),
        ({"item": "gone"}, "/item"),
        ({"item": 5}, "/item"),
        ({"kind": "rating"}, "/value"),
        ({"kind": "rating", "value": 6}, "/value"),
        ({"value": "many"}, "/value"),
        ({"value": True}, "/value"),
        ({"occurred_at": None}, "/occurred_at"),
        ({"occurred_at": "yesterday"}, "/occurred_at"),
        ({"occurred_at": 5}, "/occurred_at"),
        ({"occurred_at": "9999-12-31T23:59:59Z"}, "/occurred_at"),
        ({"context": []}, "/context"),
        ({"recommendation_id": "abc"}, "/recommendation_id"),
        ({"colour": "red"}, "/colour"),
        ({"storefront": "rival"}, "/storefront"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_stored(api, fields, pointer):
    body = problem(api.post("behaviours", event(**fields)), 400, "invalid")
    assert pointer in [error["pointer"] for error in body["errors"]]
    assert not Behaviour.objects.exists()


def test_an_item_of_another_storefront_is_unknown(api, rival):
    api_for(rival).post("items", product(77))
    problem(api.post("behaviours", event(item="sku-77")), 400, "invalid")


def test_behaviours_are_listed_newest_first_page_by_page(api):
    batch = [event(number, occurred_at=f"2026-03-{number:02}T00:00:00Z") for number in range(1, 6)]
    batch.append(event(6, occurred_at="2026-03-05T00:00:00Z"))  # a tie
    api.post("behaviours/batch", batch)
    first = api.get("behaviours", person="u-1", limit="3").json()
    second = api.get("behaviours", person="u-1", limit="3", cursor=first["next_cursor"]).json()
    found = [row["event_id"] for row in first["data"] + second["data"]]
    assert found == ["e-6", "e-5", "e-4", "e-3", "e-2", "e-1"]
    assert second["next_cursor"] is None


def test_behaviours_can_be_narrowed_by_kind_and_time(api):
    api.post("behaviours/batch", [event(1, occurred_at="2026-03-01T00:00:00Z"), event(2, kind="like")])
    ids = lambda **query: [r["event_id"] for r in api.get("behaviours", person="u-1", **query).json()["data"]]  # noqa: E731
    assert ids(kind="like") == ["e-2"]
    assert ids(since="2026-03-02T00:00:00Z") == ["e-2"]


def test_behaviours_of_nobody_are_none(api):
    assert api.get("behaviours", person="nobody").json() == {"data": [], "next_cursor": None}


def test_behaviours_are_listed_by_person_only(api):
    body = problem(api.get("behaviours"), 400, "invalid")
    assert body["errors"][0]["pointer"] == "?person"


def test_behaviours_of_a_person_with_the_same_id_elsewhere_are_not_shown(api, rival):
    other = api_for(rival)
    other.post("items", product())
    other.post("behaviours", event())
    assert api.get("behaviours", person="u-1").json()["data"] == []


def test_listing_behaviours_costs_one_query_however_many_there_are(api, patient, django_assert_num_queries):
    api.post("behaviours/batch", [event(number) for number in range(50)])
    api.get("behaviours", person="u-1")
    with django_assert_num_queries(1):
        assert len(api.get("behaviours", person="u-1", limit="50").json()["data"]) == 50


def test_what_is_refused_for_its_shape_is_kept_for_operators_to_see(api, shop):
    body = {"event_id": "1", "person": "ann", "kind": "view", "occurred_at": "2026-03-01T00:00:00Z", "itme": "mug"}
    assert api.post("behaviours", body).status_code == 400
    assert api.post("behaviours/batch", [{**body, "event_id": "2"}]).status_code == 400
    assert [row.record["event_id"] for row in RefusedEvent.objects.all()] == ["2", "1"]
    assert RefusedEvent.objects.first().message.startswith("itme: There is no such field")
    assert RefusalHour.objects.get().events == 2


@pytest.fixture
def clinic(db):
    """A key that may manage and one that may not, and ten events of which every other one is sensitive."""
    storefront = Storefront.objects.create(slug="clinic", name="Clinic", vertical="health")
    whole, plain = api_for(storefront), api_for(storefront, "read")
    whole.post("items/batch", [product(1, categories=["Mind & mood"]), product(2, categories=["Recipes"])])
    consents = {"service": True, "personalisation": True, "sensitive": True}
    whole.post("persons", {"id": "u-1", "consents": consents})
    events = [
        event(number, item=f"sku-{1 + number % 2}", occurred_at=f"2026-03-01T09:0{number}:00Z") for number in range(9)
    ]
    events.append(event(9, kind="question", item=None, text="Is this normal?", occurred_at="2026-03-01T09:09:00Z"))
    assert whole.post("behaviours/batch", events).status_code == 200
    return whole, plain


def pages_of(api, limit: int) -> list[list[str]]:
    """The numbers of the events on each page."""
    pages, cursor = [], {}
    while True:
        answer = api.get("behaviours", person="u-1", limit=limit, **cursor).json()
        pages.append([row["event_id"][2:] for row in answer["data"]])
        if not answer["next_cursor"]:
            return pages
        cursor = {"cursor": answer["next_cursor"]}


def test_what_is_sensitive_is_listed_only_for_a_key_that_may_manage(clinic):
    whole, plain = clinic
    assert pages_of(whole, 100) == [list("9876543210")]
    assert pages_of(plain, 100) == [list("7531")]


def test_what_is_withheld_leaves_no_gap_in_a_page(clinic, monkeypatch):
    monkeypatch.setattr("catalog.api.pagination.ROWS_A_QUERY", 2)
    assert pages_of(clinic[1], 3) == [list("753"), ["1"]]
    assert pages_of(clinic[1], 2) == [list("75"), list("31")]
