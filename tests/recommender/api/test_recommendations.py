import uuid

import pytest

from catalog.models import Item, Storefront
from recommender.models import Recommendation
from tests.catalog.api.clients import api_for, problem, product


def ids(response) -> list[str]:
    return [entry["id"] for entry in response.json()["data"]]


def test_a_list_says_what_it_is_and_shows_its_items_whole(stocked):
    response = stocked.get("recommendations", person="u-1", placement="home", count="3")
    assert response.status_code == 200
    answer = response.json()
    assert set(answer) == {
        "id",
        "continues",
        "placement",
        "algorithm",
        "artifact",
        "fallback",
        "degraded",
        "created_at",
        "unknown_items",
        "data",
        "next_cursor",
        "notice",
    }
    assert (answer["placement"], answer["fallback"], len(answer["data"])) == ("home", "no_model", 3)
    item = stocked.get(f"items/{answer['data'][0]['id']}").json()
    assert {name: answer["data"][0][name] for name in item} == item
    assert [entry["position"] for entry in answer["data"]] == [0, 1, 2]


def test_a_list_is_written_down_under_its_id(stocked, shop):
    answer = stocked.get("recommendations", person="u-1", count="3").json()
    written = Recommendation.objects.get(pk=answer["id"])
    assert written.person.external_id == "u-1"
    assert len(written.items) == 3


def test_a_list_can_be_asked_for_again_by_its_id(stocked):
    served = stocked.get("recommendations", person="u-1", count="3").json()
    read = stocked.get(f"recommendations/{served['id']}").json()
    assert [entry["id"] for entry in read["data"]] == [entry["id"] for entry in served["data"]]
    assert [entry["position"] for entry in read["data"]] == [0, 1, 2]
    assert (read["fallback"], read["created_at"]) == (served["fallback"], served["created_at"])


def test_a_list_of_another_storefront_is_not_found(stocked, rival):
    served = stocked.get("recommendations").json()
    problem(api_for(rival).get(f"recommendations/{served['id']}"), 404, "not_found")
    problem(stocked.get(f"recommendations/{uuid.uuid4()}"), 404, "not_found")


def test_somebody_unknown_gets_a_list_like_nobody_in_particular(stocked):
    assert ids(stocked.get("recommendations", person="stranger")) == ids(stocked.get("recommendations"))


def test_an_empty_storefront_answers_an_empty_list(api):
    response = api.get("recommendations", person="u-1")
    assert (response.status_code, response.json()["data"]) == (200, [])


def test_a_category_narrows_the_list(stocked):
    assert set(ids(stocked.get("recommendations", category="Mugs"))) == {"sku-7", "sku-8", "sku-9", "sku-10"}
    assert ids(stocked.get("recommendations", category="Nothing")) == []


def test_excluded_items_are_not_shown(stocked):
    found = ids(stocked.get("recommendations", exclude=["sku-1", "sku-2"], count="100"))
    assert len(found) == 8
    assert not {"sku-1", "sku-2"} & set(found)


def test_ids_that_the_storefront_does_not_have_are_named_and_do_no_harm(stocked, rival):
    api_for(rival).post("items", product(77))
    answer = stocked.get("recommendations", exclude=["gone", "sku-1"], items=["sku-77"]).json()
    assert answer["unknown_items"] == ["gone", "sku-77"]


def test_withdrawn_items_are_not_shown(stocked):
    stocked.delete("items/sku-1")
    assert "sku-1" not in ids(stocked.get("recommendations", count="100"))


@pytest.mark.parametrize(
    "query",
    [
        {"count": "0"},
        {"count": "101"},
        {"count": "many"},
        {"placement": "moon"},
        {"placement": ""},
        {"person": "x" * 129},
        {"person": "\x00"},
        {"language": "de"},
        {"explain": "yes"},
        {"personn": "u-1"},
        {"exclude": [""]},
        {"category": "x" * 501},
    ],
)
def test_a_wrong_parameter_is_refused(stocked, query):
    problem(stocked.get("recommendations", **query), 400, "invalid")


def test_an_unknown_placement_is_answered_with_those_there_are(stocked):
    assert "home" in problem(stocked.get("recommendations", placement="moon"), 400, "invalid")["detail"]


def test_recommending_costs_the_same_queries_however_long_the_list(stocked, unhurried, django_assert_num_queries):
    stocked.get("recommendations", person="u-1")
    for count in ("2", "9"):
        # the person, their past, what it was about, what they refuse, the items, the list that is written down
        with django_assert_num_queries(6):
            stocked.get("recommendations", person="u-1", count=count)


def test_similar_items_do_not_include_the_item_itself(stocked):
    response = stocked.get("items/sku-1/similar", count="3")
    assert response.status_code == 200
    assert response.json()["placement"] == "item"
    assert "sku-1" not in ids(response)
    assert len(ids(response)) == 3


def test_nothing_is_similar_to_an_unknown_item(stocked):
    problem(stocked.get("items/gone/similar"), 404, "not_found")


def test_an_item_whose_id_holds_a_slash_has_similar_ones(stocked):
    stocked.post("items", {"id": "a/b", "title": "Green tea", "categories": ["Tea"]})
    assert stocked.get("items/a%2Fb/similar").status_code == 200


def test_search_finds_items_by_their_words(stocked):
    response = stocked.get("search", q="blue mug")
    assert set(ids(response)) == {"sku-7", "sku-8", "sku-9", "sku-10"}
    assert {entry["source"] for entry in response.json()["data"]} == {"words"}


@pytest.mark.parametrize(
    "words", ['"unbalanced', "(((((", "a" * 500, "the", "%_\\", "' OR 1=1--", "茶 tea ‮", "{{7*7}}", "AND OR NOT *"]
)
def test_search_survives_odd_words(stocked, words):
    assert stocked.get("search", q=words).status_code == 200


@pytest.mark.parametrize("query", [{}, {"q": ""}, {"q": "  "}, {"q": "x" * 501}, {"q": "tea", "page": "1000000000"}])
def test_search_refuses_what_is_no_question(stocked, query):
    problem(stocked.get("search", **query), 400, "invalid")


def test_an_explanation_says_something_true_without_a_model(stocked):
    response = stocked.get("explanations", person="u-1", item="sku-7")
    assert response.status_code == 200
    answer = response.json()
    assert (answer["person"], answer["item"], answer["algorithm"]) == ("u-1", "sku-7", "")
    assert answer["sentence"]


@pytest.mark.parametrize("query", [{"person": "gone", "item": "sku-1"}, {"person": "u-1", "item": "gone"}])
def test_nobody_and_nothing_cannot_be_explained(stocked, query):
    problem(stocked.get("explanations", **query), 404, "not_found")


@pytest.mark.parametrize("query", [{"person": "u-1"}, {"item": "sku-1"}])
def test_an_explanation_needs_a_person_and_an_item(stocked, query):
    problem(stocked.get("explanations", **query), 400, "invalid")


def test_a_list_of_a_health_portal_brings_the_words_that_stand_above_it(db):
    portal = Storefront.objects.create(slug="portal", name="Portal", vertical="health", languages=["zh-hans"])
    Item.objects.create(storefront=portal, external_id="nap", title="Naps", categories=["Sleep"])
    api = api_for(portal)
    served = api.get("recommendations", language="en").json()
    assert served["notice"]["points"][0] == "In an emergency, call your local emergency number now."
    assert api.get("recommendations").json()["notice"]["title"] == "如果担心，请找专业人员"
    assert api.get(f"recommendations/{served['id']}").json()["notice"]["title"] == "如果担心，请找专业人员"
    assert api.get("items/nap/similar").json()["notice"] == api.get("recommendations").json()["notice"]


def test_where_nothing_needs_to_be_said_first_there_is_no_notice(stocked):
    assert stocked.get("recommendations").json()["notice"] is None
