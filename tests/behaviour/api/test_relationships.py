import pytest

from behaviour.models import Relationship
from tests.catalog.api.clients import api_for, problem


@pytest.fixture
def circle(api):
    for name in ("ada", "bo", "cleo/ü"):
        api.post("persons", {"id": name})
    return api


def tie(source="ada", target="bo", kind="follows", **fields):
    return {"source": source, "target": target, "kind": kind, **fields}


def test_a_tie_is_made_once_and_its_weight_can_change(circle):
    first = circle.put("relationships", tie(kind="trusts", weight=0.4))
    again = circle.put("relationships", tie(kind="trusts", weight=0.9))
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["weight"] == 0.9
    assert Relationship.objects.get().weight == 0.9


def test_ties_are_listed_by_either_end_and_by_kind(circle):
    circle.put("relationships", tie())
    circle.put("relationships", tie("bo", "ada", "mutes"))
    circle.put("relationships", tie("ada", "cleo/ü"))

    def listed(**query):
        return [(row["source"], row["target"]) for row in circle.get("relationships", **query).json()["data"]]

    assert listed() == [("ada", "bo"), ("bo", "ada"), ("ada", "cleo/ü")]
    assert listed(source="ada") == [("ada", "bo"), ("ada", "cleo/ü")]
    assert listed(target="ada") == [("bo", "ada")]
    assert listed(kind="mutes") == [("bo", "ada")]
    assert listed(source="nobody") == []


def test_ties_are_listed_page_by_page(circle):
    circle.put("relationships", tie())
    circle.put("relationships", tie("bo", "ada"))
    first = circle.get("relationships", limit="1").json()
    second = circle.get("relationships", limit="1", cursor=first["next_cursor"]).json()
    assert (first["data"][0]["source"], second["data"][0]["source"], second["next_cursor"]) == ("ada", "bo", None)


def test_a_tie_can_be_ended_whatever_the_ids_hold(circle):
    circle.put("relationships", tie("ada", "cleo/ü"))
    query = tie("ada", "cleo/ü")
    assert circle("DELETE", "relationships", **query).status_code == 204
    problem(circle("DELETE", "relationships", **query), 404, "not_found")
    assert not Relationship.objects.exists()


def test_a_block_ends_nearer_ties_and_none_can_be_made_while_it_stands(circle):
    circle.put("relationships", tie("bo", "ada"))
    assert circle.put("relationships", tie(kind="blocks")).status_code == 201
    assert [row["kind"] for row in circle.get("relationships").json()["data"]] == ["blocks"]
    problem(circle.put("relationships", tie("bo", "ada")), 409, "conflict")


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"source": "nobody"}, "/source"),
        ({"target": "nobody"}, "/target"),
        ({"target": "ada"}, "/target"),
        ({"kind": "envies"}, "/kind"),
        ({"kind": None}, "/kind"),
        ({"weight": 0}, "/weight"),
        ({"weight": "much"}, "/weight"),
        ({"since": 2020}, "/since"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_stored(circle, fields, pointer):
    body = problem(circle.put("relationships", tie(**fields)), 400, "invalid")
    assert [error["pointer"] for error in body["errors"]] == [pointer]
    assert not Relationship.objects.exists()


def test_persons_and_ties_of_another_storefront_are_not_there(circle, rival):
    other = api_for(rival)
    circle.put("relationships", tie())
    other.post("persons", {"id": "ada"})
    assert other.get("relationships").json()["data"] == []
    problem(other.put("relationships", tie()), 400, "invalid")
    problem(other("DELETE", "relationships", **tie()), 404, "not_found")
    assert Relationship.objects.count() == 1


def test_listing_ties_costs_one_query_however_many_there_are(circle, patient, django_assert_num_queries):
    circle.put("relationships", tie())
    circle.put("relationships", tie("bo", "ada"))
    with django_assert_num_queries(1):
        circle.get("relationships", source="ada")
