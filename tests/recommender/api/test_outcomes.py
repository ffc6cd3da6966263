from datetime import timedelta

import pytest
from django.utils import timezone

from recommender.models import Click, Impression
from tests.catalog.api.clients import api_for, problem, product


@pytest.fixture
def served(stocked):
    """A list of four, as it was answered."""
    return stocked.get("recommendations", count="4").json()


def path(served, what="impressions"):
    return f"recommendations/{served['id']}/{what}"


def test_items_that_came_into_sight_are_written_down_once(stocked, served):
    body = {"impressions": [{"item": served["data"][0]["id"]}, {"position": 2}]}
    assert stocked.post(path(served), body).json() == {"recorded": 2, "known": 0}
    assert stocked.post(path(served), body).json() == {"recorded": 0, "known": 2}
    assert sorted(Impression.objects.values_list("position", flat=True)) == [0, 2]


def test_the_time_of_an_impression_is_the_clients(stocked, served):
    at = timezone.now().replace(microsecond=0)
    stocked.post(path(served), {"impressions": [{"position": 0, "seen_at": at.isoformat()}]})
    assert Impression.objects.get().seen_at == at


def test_an_item_that_was_opened_was_seen(stocked, served):
    response = stocked.post(path(served, "clicks"), {"position": 1})
    assert (response.status_code, response.json()) == (201, {"recorded": 1, "known": 0})
    again = stocked.post(path(served, "clicks"), {"item": served["data"][1]["id"]})
    assert (again.status_code, again.json()) == (200, {"recorded": 0, "known": 1})
    assert (Click.objects.get().position, Impression.objects.get().position) == (1, 1)


@pytest.mark.parametrize(
    ("entry", "pointer"),
    [
        ({"position": 4}, "/impressions/1/position"),
        ({"position": -1}, "/impressions/1/position"),
        ({"position": True}, "/impressions/1/position"),
        ({"position": "0"}, "/impressions/1/position"),
        ({"item": "sku-404"}, "/impressions/1/item"),
        ({"item": ""}, "/impressions/1/item"),
        ({}, "/impressions/1"),
        ({"item": "sku-1", "position": 0}, "/impressions/1"),
        ({"position": 1, "seen_at": "yesterday"}, "/impressions/1/seen_at"),
        ({"position": 1, "clicked_at": "2026-01-01T00:00:00Z"}, "/impressions/1/clicked_at"),
        ([], "/impressions/1"),
    ],
)
def test_an_entry_that_cannot_be_is_named_and_nothing_is_stored(stocked, served, entry, pointer):
    answer = problem(stocked.post(path(served), {"impressions": [{"position": 0}, entry]}), 400, "invalid")
    assert [error["pointer"] for error in answer["errors"]] == [pointer]
    assert not Impression.objects.exists()


@pytest.mark.parametrize("days", [1, -3])
def test_times_in_the_future_and_before_the_list_are_refused(stocked, served, days):
    at = (timezone.now() + timedelta(days=days)).isoformat()
    problem(stocked.post(path(served), {"impressions": [{"position": 0, "seen_at": at}]}), 400, "invalid")
    problem(stocked.post(path(served, "clicks"), {"position": 0, "clicked_at": at}), 400, "invalid")
    assert not Impression.objects.exists() and not Click.objects.exists()


@pytest.mark.parametrize(
    "body", [{}, {"impressions": []}, {"impressions": [{"position": 0}] * 201}, {"impressions": {}}, {"seen": []}]
)
def test_too_few_and_too_many_are_refused(stocked, served, body):
    problem(stocked.post(path(served), body), 400, "invalid")


def test_a_list_of_another_storefront_is_not_found(stocked, served, rival):
    other = api_for(rival)
    problem(other.post(path(served), {"impressions": [{"position": 0}]}), 404, "not_found")
    problem(other.post(path(served, "clicks"), {"position": 0}), 404, "not_found")


def test_an_item_of_another_storefront_is_not_in_the_list(stocked, served, rival):
    api_for(rival).post("items", product(77))
    problem(stocked.post(path(served, "clicks"), {"item": "sku-77"}), 400, "invalid")


def test_telling_what_was_seen_needs_the_scope_write(stocked, served, shop):
    problem(api_for(shop, "read").post(path(served), {"impressions": [{"position": 0}]}), 403, "forbidden")


def test_what_a_person_saw_and_opened_is_in_their_export(stocked):
    stocked.post("persons", {"id": "u-1"})
    served = stocked.get("recommendations", person="u-1", count="4").json()
    stocked.post(path(served, "clicks"), {"position": 1})
    held = stocked.get("persons/u-1/export").json()["other"]
    assert [row["pk"] for row in held["recommender.recommendation"]] == [served["id"]]
    assert held["recommender.impression"][0]["fields"]["position"] == 1
    assert held["recommender.click"][0]["fields"]["recommendation"] == served["id"]


def test_of_a_later_page_places_are_told_as_they_were_answered(stocked, served):
    page = stocked.get("recommendations", count="4", cursor=served["next_cursor"]).json()
    second = page["data"][1]
    assert second["position"] == 5
    body = {"impressions": [{"position": 5}, {"item": page["data"][0]["id"]}]}
    assert stocked.post(path(page), body).json() == {"recorded": 2, "known": 0}
    assert stocked.post(path(page, "clicks"), {"item": second["id"]}).status_code == 201
    problem(stocked.post(path(page), {"impressions": [{"position": 0}]}), 400, "invalid")
    assert sorted(Impression.objects.values_list("position", flat=True)) == [4, 5]
