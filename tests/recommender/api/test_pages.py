"""A list goes on as it began, whatever happens meanwhile."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.models import Item
from recommender import serving
from recommender.models import Recommendation
from recommender.services import positions_of
from recommender.services.impressions import impressions_record
from tests.catalog.api.clients import api_for, problem, product


def ids(answer) -> list[str]:
    return [entry["id"] for entry in answer["data"]]


def act(api, person: str, *items: str, kind: str = "view") -> None:
    api.post(
        "behaviours/batch",
        [
            {
                "event_id": f"{person}-{kind}-{item}",
                "person": person,
                "kind": kind,
                "item": item,
                "occurred_at": timezone.now().isoformat(),
            }
            for item in items
        ],
    )


def all_pages(api, answer, path="recommendations", **query):
    """This answer and all after it."""
    found = [answer]
    while found[-1]["next_cursor"]:
        found.append(api.get(path, cursor=found[-1]["next_cursor"], **query).json())
    return found


def test_pages_hold_every_item_once_and_positions_go_on(stocked):
    pages = all_pages(stocked, stocked.get("recommendations", count="3").json(), count="3")
    assert [len(page["data"]) for page in pages] == [3, 3, 3, 1]
    found = [item for page in pages for item in ids(page)]
    assert sorted(found) == sorted(f"sku-{n}" for n in range(1, 11))
    assert [entry["position"] for page in pages for entry in page["data"]] == list(range(10))


def test_the_ranking_is_what_it_was_whatever_people_do_meanwhile(stocked):
    first = stocked.get("recommendations", person="u-1", count="2").json()
    undisturbed = all_pages(stocked, first, person="u-1", count="2")
    for number, item in enumerate(("sku-10", "sku-9", "sku-8")):
        act(stocked, "u-1", item)
        act(stocked, f"other-{number}", "sku-10", "sku-9")
    serving.forget()
    disturbed = all_pages(stocked, first, person="u-1", count="2")
    assert [ids(page) for page in disturbed] == [ids(page) for page in undisturbed]


def test_the_same_cursor_gives_the_same_page(stocked):
    first = stocked.get("recommendations", count="3").json()
    once, twice = (stocked.get("recommendations", cursor=first["next_cursor"]).json() for _ in range(2))
    assert ids(once) == ids(twice)
    assert once["next_cursor"] and len(once["data"]) == 3, "as many as the first page has"


def test_what_may_no_longer_be_shown_is_left_out_and_nothing_else(stocked):
    first = stocked.get("recommendations", person="u-1", count="2").json()
    before = [item for page in all_pages(stocked, first, person="u-1", count="2")[1:] for item in ids(page)]
    hidden, withdrawn = before[0], before[3]
    act(stocked, "u-1", hidden, kind="hide")
    stocked.delete(f"items/{withdrawn}")
    after = [item for page in all_pages(stocked, first, person="u-1", count="2")[1:] for item in ids(page)]
    assert after == [item for item in before if item not in (hidden, withdrawn)]


def test_each_page_is_a_list_of_its_own_that_names_the_first(stocked):
    pages = all_pages(stocked, stocked.get("recommendations", person="u-1", count="4").json(), person="u-1", count="4")
    assert len({page["id"] for page in pages}) == len(pages)
    assert [page["continues"] for page in pages] == [None] + [pages[0]["id"]] * (len(pages) - 1)
    again = stocked.get(f"recommendations/{pages[1]['id']}").json()
    assert [(entry["id"], entry["position"]) for entry in again["data"]] == [
        (entry["id"], entry["position"]) for entry in pages[1]["data"]
    ]
    assert again["continues"] == pages[0]["id"]


def test_what_is_seen_of_a_later_page_is_told_by_the_positions_that_were_answered(stocked):
    first = stocked.get("recommendations", count="3").json()
    second = stocked.get("recommendations", count="3", cursor=first["next_cursor"]).json()
    row = Recommendation.objects.get(pk=second["id"])
    assert sorted(positions_of(row).values()) == [3, 4, 5]
    assert impressions_record(recommendation=row, seen={3: None, 5: None}) == 2


def test_the_filter_holds_on_every_page(stocked):
    query = {"filter": 'category = "Tea"', "count": "2"}
    pages = all_pages(stocked, stocked.get("recommendations", **query).json(), **query)
    assert sorted(item for page in pages for item in ids(page)) == [f"sku-{n}" for n in range(1, 7)]


@pytest.mark.parametrize("path, query", [("search", {"q": "tea"}), ("items/sku-1/similar", {})])
def test_searches_and_similar_items_go_on_too(stocked, path, query):
    pages = all_pages(stocked, stocked.get(path, count="2", **query).json(), path, count="2", **query)
    found = [item for page in pages for item in ids(page)]
    assert len(pages) > 2
    assert len(found) == len(set(found))
    assert found == ids(stocked.get(path, count="100", **query).json())


def test_a_list_from_words_goes_on(stocked):
    body = {"text": "tea", "count": 2}
    first = stocked.post("recommendations", body).json()
    second = stocked.post("recommendations", {**body, "cursor": first["next_cursor"]}).json()
    assert first["wish"] and second["wish"] is None
    assert not set(ids(first)) & set(ids(second))
    assert [entry["position"] for entry in second["data"]] == [2, 3]


def test_reasons_are_given_on_later_pages(cinema_api):
    query = {"person": "person-0", "count": "2", "explain": "true"}
    first = cinema_api.get("recommendations", **query).json()
    second = cinema_api.get("recommendations", cursor=first["next_cursor"], **query).json()
    assert second["algorithm"] == "graph"
    assert any(entry["reason"] for entry in second["data"])


def test_a_cursor_of_another_list_is_refused_with_a_sentence(stocked, rival):
    cursor = stocked.get("recommendations", person="u-1", count="2").json()["next_cursor"]
    wrong = [
        stocked.get("recommendations", person="u-2", cursor=cursor),
        stocked.get("recommendations", person="u-1", filter="price < 3", cursor=cursor),
        stocked.get("search", q="tea", cursor=cursor),
        stocked.get("recommendations", person="u-1", cursor="nonsense"),
        stocked.get("recommendations", person="u-1", cursor=cursor[:-1] + "x"),
        api_for(rival).get("recommendations", person="u-1", cursor=cursor),
    ]
    for response in wrong:
        fault = problem(response, 400, "invalid")["errors"][0]
        assert (fault["pointer"], fault["code"]) == ("?cursor", "cursor")
        assert "start again" in fault["detail"].lower()
    answer = problem(stocked.post("recommendations", {"person": "u-1", "cursor": "nonsense"}), 400, "invalid")
    assert answer["errors"][0]["pointer"] == "/cursor"


def test_a_stale_cursor_is_refused_with_a_sentence(stocked, monkeypatch):
    cursor = stocked.get("recommendations").json()["next_cursor"] or ""
    first = stocked.get("recommendations", count="2").json()
    cursor = first["next_cursor"]
    later = timezone.now() + timedelta(hours=25)
    monkeypatch.setattr("django.core.signing.time.time", later.timestamp)
    fault = problem(stocked.get("recommendations", cursor=cursor), 400, "invalid")["errors"][0]
    assert "older than 24 hours" in fault["detail"]


def test_a_cursor_whose_list_was_erased_is_refused(stocked):
    cursor = stocked.get("recommendations", person="u-1", count="2").json()["next_cursor"]
    Recommendation.objects.all().delete()
    fault = problem(stocked.get("recommendations", person="u-1", cursor=cursor), 400, "invalid")["errors"][0]
    assert "no longer kept" in fault["detail"]


def test_a_list_that_holds_everything_has_no_next_page(stocked, api):
    assert stocked.get("recommendations", count="100").json()["next_cursor"] is None
    Item.objects.all().delete()
    serving.forget()
    assert api.get("recommendations").json()["next_cursor"] is None


def test_the_ranking_goes_on_for_a_hundred_places(api):
    api.post("items/batch", [product(n) for n in range(300)])
    serving.forget()
    pages = all_pages(api, api.get("recommendations", count="40").json(), count="40")
    found = [item for page in pages for item in ids(page)]
    assert len(found) == len(set(found)) >= 140


def test_a_later_page_costs_the_same_queries_however_long_it_is(stocked, unhurried, django_assert_num_queries):
    first = stocked.get("recommendations", person="u-1", count="1").json()
    for count in ("2", "8"):
        # the person, the list it goes on with, their past, what it was about, what they hid, the items, the list
        with django_assert_num_queries(7):
            stocked.get("recommendations", person="u-1", count=count, cursor=first["next_cursor"])
