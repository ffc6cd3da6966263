"""Lists for many persons in one request."""

import pytest

from recommender.models import Recommendation
from tests.catalog.api.clients import api_for, problem


def ids(answer) -> list[str]:
    return [entry["id"] for entry in answer["data"]]


def test_each_person_gets_what_they_would_get_alone(cinema_api):
    persons = [f"person-{n}" for n in range(6)] + ["stranger"]
    entries = cinema_api.post("recommendations/batch", {"persons": persons, "count": 4}).json()["data"]
    assert [entry["person"] for entry in entries] == persons
    for person, entry in zip(persons, entries, strict=True):
        assert (entry["status"], entry["errors"]) == (200, [])
        alone = cinema_api.post("recommendations", {"person": person, "count": 4}).json()
        assert ids(entry["answer"]) == ids(alone)
        assert entry["answer"]["fallback"] == alone["fallback"]


def test_each_list_is_written_down_for_its_person(stocked):
    entries = stocked.post("recommendations/batch", {"persons": ["u-1", "u-2"], "count": 3}).json()["data"]
    rows = Recommendation.objects.in_bulk([entry["answer"]["id"] for entry in entries])
    assert sorted(row.person.external_id for row in rows.values()) == ["u-1", "u-2"]


def test_requests_stand_each_on_its_own_and_a_wrong_one_harms_no_other(stocked):
    requests = [
        {"person": "u-1", "count": 2},
        {"person": "u-1", "count": 1000},
        {"filter": "prise < 3"},
        {"placement": "moon"},
        {"text": "tea", "count": 2},
        {"text": "tea", "refine": "nonsense"},
        {"persom": "u-1"},
        {"items": ["sku-1", "gone"], "filter": 'category = "Mugs"', "count": 2, "fields": ["title"]},
    ]
    entries = stocked.post("recommendations/batch", {"requests": requests}).json()["data"]
    assert [entry["status"] for entry in entries] == [200, 400, 400, 400, 200, 400, 400, 200]
    pointers = [entry["errors"][0]["pointer"] for entry in entries if entry["errors"]]
    assert pointers == ["/count", "/filter", "", "", "/persom"]
    assert entries[4]["answer"]["wish"]["chips"]
    assert entries[7]["answer"]["unknown_items"] == ["gone"]
    assert set(entries[7]["answer"]["data"][0]) == {"id", "title"}


def test_a_list_of_a_batch_goes_on_alone(stocked):
    shared = {"count": 2, "filter": 'category = "Tea"'}
    (entry,) = stocked.post("recommendations/batch", {"persons": ["u-1"], **shared}).json()["data"]
    body = {"person": "u-1", **shared, "cursor": entry["answer"]["next_cursor"]}
    second = stocked.post("recommendations", body).json()
    assert second["continues"] == entry["answer"]["id"]
    assert not set(ids(second)) & set(ids(entry["answer"]))


@pytest.mark.parametrize(
    "body, pointer",
    [
        ({}, ""),
        ([], ""),
        ({"persons": ["u-1"], "requests": [{}]}, ""),
        ({"persons": []}, "/persons"),
        ({"persons": ["u"] * 101}, "/persons"),
        ({"persons": "u-1"}, "/persons"),
        ({"persons": [7]}, "/persons/0"),
        ({"persons": ["u-1"], "filter": "prise < 3"}, "/filter"),
        ({"persons": ["u-1"], "nonsense": 1}, "/nonsense"),
        ({"requests": [{}] * 101}, "/requests"),
        ({"requests": [{}, []]}, "/requests/1"),
        ({"requests": [{}], "count": 3}, "/count"),
    ],
)
def test_what_is_wrong_with_the_batch_itself_is_refused(stocked, body, pointer):
    answer = problem(stocked.post("recommendations/batch", body), 400, "invalid")
    assert answer["errors"][0]["pointer"] == pointer, answer["errors"]


def test_persons_and_items_of_another_storefront_are_strangers(stocked, rival):
    api_for(rival).post("persons", {"id": "theirs"})
    (entry,) = stocked.post("recommendations/batch", {"requests": [{"person": "theirs", "items": ["x"]}]}).json()[
        "data"
    ]
    assert Recommendation.objects.get(pk=entry["answer"]["id"]).person is None
    assert entry["answer"]["unknown_items"] == ["x"]


class TestSimilarPersons:
    def test_persons_who_liked_the_same_are_similar(self, cinema_api):
        found = cinema_api.get("persons/person-0/similar", count="3").json()["data"]
        assert len(found) == 3
        assert all(int(one["person"].split("-")[1]) % 2 == 0 for one in found), "who like dramas have even numbers"
        assert found[0]["similarity"] == 1.0 and found[0]["shared"] == 6

    def test_nobody_is_similar_to_a_stranger_of_this_storefront(self, cinema_api, rival):
        problem(cinema_api.get("persons/nobody/similar"), 404, "not_found")
        problem(api_for(rival).get("persons/person-0/similar"), 404, "not_found")

    @pytest.mark.parametrize("query", [{"count": "0"}, {"count": "1000000000"}, {"_connector": "OR"}])
    def test_a_wrong_parameter_is_refused(self, cinema_api, query):
        problem(cinema_api.get("persons/person-0/similar", **query), 400, "invalid")
