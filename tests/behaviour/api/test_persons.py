from urllib.parse import quote

import pytest

from behaviour.models import Behaviour, Person
from catalog.models import Storefront
from tests.catalog.api.clients import api_for, problem, product


def test_a_posted_person_is_created_and_answered_as_stored(api, shop):
    body = {"id": "u-1", "attributes": {"country": "NO"}, "consents": {"training": True}}
    response = api.post("persons", body)
    assert response.status_code == 201
    assert response["Location"] == "/api/v1/storefronts/shop/persons/u-1"
    answer = response.json()
    assert {name: answer[name] for name in body} == body
    assert answer["anonymous"] is False
    assert Person.objects.get(storefront=shop).external_id == "u-1"


def test_posting_a_person_again_changes_them(api):
    api.post("persons", {"id": "u-1", "consents": {"training": True}})
    response = api.post("persons", {"id": "u-1", "consents": {"training": False}})
    assert response.status_code == 200
    assert response.json()["consents"] == {"training": False}
    assert Person.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"id": ""}, "/id"),
        ({"id": 5}, "/id"),
        ({"id": "x" * 129}, "/id"),
        ({"attributes": {"age": 200}}, "/attributes/age"),
        ({"attributes": {"shoe": 42}}, "/attributes/shoe"),
        ({"consents": {"training": "yes"}}, "/consents"),
        ({"consents": ["training"]}, "/consents"),
        ({"anonymous": "no"}, "/anonymous"),
        ({"email": "a@example.com"}, "/email"),
        ({"subject_key": "0b3c5f0e-6f0e-4a27-9a53-0f6a5a1f9d11"}, "/subject_key"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_stored(api, fields, pointer):
    body = problem(api.post("persons", {"id": "u-1", **fields}), 400, "invalid")
    assert pointer in [error["pointer"] for error in body["errors"]]
    assert not Person.objects.exists()


@pytest.mark.parametrize("external_id", ["a/b", "绿 茶", "?#%", "../x", "similar"])
def test_any_id_finds_its_person(api, external_id):
    api.post("persons", {"id": external_id})
    assert api.get(f"persons/{quote(external_id, safe='')}").json()["id"] == external_id


def test_an_unknown_person_is_not_found(api):
    problem(api.get("persons/u-1"), 404, "not_found")
    problem(api.delete("persons/u-1"), 404, "not_found")


def test_deleting_a_person_erases_them_and_what_they_did(api):
    api.post("items", product())
    api.post(
        "behaviours",
        {"event_id": "e-1", "person": "u-1", "kind": "view", "item": "sku-1", "occurred_at": "2026-03-31T09:30:00Z"},
    )
    assert api.delete("persons/u-1").status_code == 204
    problem(api.get("persons/u-1"), 404, "not_found")
    assert not Behaviour.objects.exists()


def test_a_person_of_another_storefront_is_not_found(api, rival):
    api_for(rival).post("persons", {"id": "u-1"})
    problem(api.get("persons/u-1"), 404, "not_found")
    assert api.get("persons").json()["data"] == []
    problem(api.delete("persons/u-1"), 404, "not_found")
    assert Person.objects.count() == 1


def test_anonymous_persons_can_be_told_apart(api):
    api.post("persons", {"id": "u-1"})
    api.post("persons", {"id": "cookie-1", "anonymous": True})
    assert [person["id"] for person in api.get("persons", anonymous="true").json()["data"]] == ["cookie-1"]


def test_listing_persons_costs_one_query_however_many_there_are(api, shop, patient, django_assert_num_queries):
    Person.objects.bulk_create(Person(storefront=shop, external_id=f"u-{number}") for number in range(50))
    api.get("persons")
    with django_assert_num_queries(1):
        assert len(api.get("persons", limit="50").json()["data"]) == 50


def test_a_person_can_be_put_where_their_address_is(api):
    assert api.put("persons/u-1", {"attributes": {"country": "NO"}}).status_code == 201
    response = api.put("persons/u-1", {"consents": {"training": True}})
    assert response.status_code == 200
    assert (response.json()["attributes"], response.json()["consents"]) == ({}, {"training": True})
    problem(api.put("persons/u-1", {"id": "u-2"}), 409, "conflict")


def test_a_patch_changes_what_it_names_and_nothing_else(api):
    api.post("persons", {"id": "u-1", "attributes": {"country": "NO", "age": 30}, "metadata": {"a": 1}})
    response = api.patch("persons/u-1", {"attributes": {"age": None}, "consents": {"training": True}})
    assert response.status_code == 200
    answer = response.json()
    assert (answer["attributes"], answer["consents"], answer["metadata"]) == (
        {"country": "NO"},
        {"training": True},
        {"a": 1},
    )
    problem(api.patch("persons/u-1", {"id": "u-2"}), 409, "conflict")
    problem(api.patch("persons/u-2", {}), 404, "not_found")
    body = problem(api.patch("persons/u-1", {"attributes": {"age": 200}}), 400, "invalid")
    assert body["errors"][0]["pointer"] == "/attributes/age"


def test_sensitive_attributes_are_shown_to_keys_that_may_manage_and_kept_by_those_that_may_not(api, shop):
    api.post("persons", {"id": "u-1", "attributes": {"country": "NO", "age": 30}})
    plain = api_for(shop, "read", "write")
    assert plain.get("persons/u-1").json()["attributes"] == {"country": "NO"}
    assert plain.get("persons").json()["data"][0]["attributes"] == {"country": "NO"}
    assert plain.patch("persons/u-1", {"attributes": {"country": "SE"}}).json()["attributes"] == {"country": "SE"}
    assert api.get("persons/u-1").json()["attributes"] == {"country": "SE", "age": 30}


def test_the_export_of_a_person_holds_what_they_did_and_needs_the_scope_manage(api, shop):
    api.post("items", product())
    event = {"event_id": "e-1", "person": "u-1", "kind": "view", "item": "sku-1", "occurred_at": "2026-03-31T09:30:00Z"}
    api.post("behaviours", event)
    exported = api.get("persons/u-1/export").json()
    assert exported["person"]["external_id"] == "u-1"
    assert [row["event_id"] for row in exported["behaviours"]] == ["e-1"]
    problem(api_for(shop, "read").get("persons/u-1/export"), 403, "forbidden")


def test_what_was_kept_by_consent_goes_when_the_consent_is_taken_back(db):
    clinic = api_for(Storefront.objects.create(slug="clinic", name="Clinic", vertical="health"))
    consents = {"service": True, "personalisation": True, "sensitive": True}
    clinic.post("persons", {"id": "u-1", "attributes": {"allergies": ["peanut"]}, "consents": consents})
    response = clinic.patch("persons/u-1", {"consents": {"sensitive": False}})
    assert response.status_code == 200
    assert response.json()["attributes"] == {}
    body = problem(clinic.patch("persons/u-1", {"attributes": {"allergies": ["nuts"]}}), 400, "invalid")
    assert body["errors"][0]["pointer"] == "/attributes/allergies"
