"""Persons, what they did and whom they know as streams, in and out."""

import json

import pytest

from behaviour.models import Behaviour, Person, Relationship
from catalog.models import Storefront
from tests.catalog.api.clients import api_for, problem, product

NDJSON = "application/x-ndjson"


def jsonl(*records) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def send(api, what: str, body: bytes):
    return api("POST", f"{what}/import", body, content_type=NDJSON)


def export(api, what: str, **query) -> bytes:
    return b"".join(api.get(f"{what}/export", **query).streaming_content)


def event(number: int = 1, **fields) -> dict:
    return {
        "event_id": f"e-{number}",
        "person": "u-1",
        "kind": "view",
        "occurred_at": "2026-03-31T09:30:00.123456+00:00",
        "item": "sku-1",
        **fields,
    }


PEOPLE = (
    {"id": "u-1", "attributes": {"country": "NO", "age": 30}, "consents": {"training": False}, "metadata": {"a": [1]}},
    {"id": "绿/茶", "anonymous": True},
)
EVENTS = (
    event(1, context={"device": "phone", "place": 3}, recommendation_id="0b3c5f0e-6f0e-4a27-9a53-0f6a5a1f9d11"),
    event(2, kind="rating", value=3.1),
    {"event_id": "e-3", "person": "绿/茶", "kind": "search", "occurred_at": "2026-03-30T09:30:00+00:00", "text": "tea"},
)
TIES = ({"source": "u-1", "target": "绿/茶", "kind": "trusts", "weight": 0.3},)


def test_all_that_is_exported_can_be_imported_elsewhere_and_is_the_same(api, rival):
    api.post("items", product())
    assert send(api, "persons", jsonl(*PEOPLE)).json()["created"] == 2
    assert send(api, "behaviours", jsonl(*EVENTS)).json()["created"] == 3
    assert send(api, "relationships", jsonl(*TIES)).json()["created"] == 1
    other = api_for(rival)
    for what in ("items", "persons", "behaviours", "relationships"):
        exported = export(api, what)
        assert exported
        assert send(other, what, exported).status_code == 200
        assert export(other, what) == exported
        again = send(api, what, exported).json()
        assert again["unchanged"] == again["read"] > 0


def test_an_event_needs_an_id_of_its_own_and_one_that_says_something_else_is_named(api):
    api.post("items", product())
    send(api, "behaviours", jsonl(event()))
    nameless = {name: value for name, value in event().items() if name != "event_id"}
    body = problem(send(api, "behaviours", jsonl(nameless, event(text="other"), event(2))), 422, "import_refused")
    assert [(error["line"], error["code"]) for error in body["errors"]] == [(1, "required"), (2, "conflict")]
    assert Behaviour.objects.count() == 1


def test_a_person_of_a_refused_batch_is_not_made(api):
    send(api, "behaviours", jsonl(event(1, item=None, kind="search", text="tea"), event(2, item="gone")))
    assert not Person.objects.exists()


def test_ties_to_nobody_are_named(api):
    api.post("persons", {"id": "u-1"})
    body = problem(send(api, "relationships", jsonl(*TIES)), 422, "import_refused")
    assert (body["errors"][0]["line"], body["errors"][0]["pointer"]) == (1, "/target")
    assert not Relationship.objects.exists()


def test_behaviours_can_be_exported_from_a_time_on(api):
    api.post("items", product())
    send(api, "behaviours", jsonl(*EVENTS))
    assert b"e-3" not in export(api, "behaviours", since="2026-03-31T00:00:00Z")


def test_an_export_of_many_pages_holds_every_event_once_also_where_times_are_equal(api, monkeypatch):
    monkeypatch.setattr("catalog.services.row_pages.ROWS_A_QUERY", 3)
    api.post("items", product())
    days = [1, 2, 2, 2, 2, 2, 1, 3, 2, 4]
    events = [event(number, occurred_at=f"2026-03-0{day}T00:00:00+00:00") for number, day in enumerate(days)]
    send(api, "behaviours", jsonl(*events))
    found = [json.loads(line)["event_id"] for line in export(api, "behaviours").splitlines()]
    assert found == ["e-0", "e-6", "e-1", "e-2", "e-3", "e-4", "e-5", "e-8", "e-7", "e-9"]


@pytest.fixture
def clinic(db):
    return Storefront.objects.create(slug="clinic", name="Clinic", vertical="health")


def test_what_is_sensitive_leaves_only_with_a_key_that_may_manage(clinic):
    whole, plain = api_for(clinic), api_for(clinic, "read")
    whole.post("items/batch", [product(1, categories=["Mind & mood"]), product(2, categories=["Recipes"])])
    consents = {"service": True, "personalisation": True, "sensitive": True}
    person = {"id": "u-1", "attributes": {"allergies": ["peanut"]}, "consents": consents}
    assert whole.post("persons", person).status_code == 201
    events = [
        event(1, kind="view"),
        event(2, kind="view", item="sku-2"),
        event(3, kind="question", item=None, text="Is this normal?"),
    ]
    assert whole.post("behaviours/batch", events).status_code == 200
    assert b"peanut" in export(whole, "persons") and b"peanut" not in export(plain, "persons")
    ids = lambda api: [json.loads(line)["event_id"] for line in export(api, "behaviours").splitlines()]  # noqa: E731
    assert ids(whole) == ["e-1", "e-2", "e-3"]
    assert ids(plain) == ["e-2"]


@pytest.mark.parametrize("what", ["persons", "behaviours", "relationships"])
def test_nothing_of_another_storefront_is_in_it(api, rival, what):
    other = api_for(rival)
    other.post("items", product())
    send(other, "persons", jsonl(*PEOPLE))
    send(other, "behaviours", jsonl(*EVENTS))
    send(other, "relationships", jsonl(*TIES))
    assert export(api, what) == b""


def test_streams_leave_out_who_was_erased_and_count_the_lines(api):
    api.post("items", product())
    send(api, "persons", jsonl(*PEOPLE))
    assert api.delete("persons/u-1").status_code == 204
    assert send(api, "persons", jsonl(*PEOPLE)).json()["erased"] == 1
    told = send(api, "behaviours", jsonl(*EVENTS)).json()
    assert (told["created"], told["erased"], told["refused"]) == (1, 2, 0)
    assert send(api, "relationships", jsonl(*TIES)).json()["erased"] == 1
    assert not Person.objects.filter(external_id="u-1").exists()
    assert api.put("persons/u-1", {"id": "u-1"}).status_code == 201, "one at a time they may come back"
