"""The same addresses when a model is live: films of which whoever likes a drama likes the other dramas."""

import pytest


def titles(response) -> list[str]:
    return [entry["title"] for entry in response.json()["data"]]


def test_a_person_gets_more_of_what_they_liked(cinema_api):
    response = cinema_api.get("recommendations", person="person-0", count="4")
    answer = response.json()
    assert (answer["algorithm"], answer["fallback"]) == ("graph", "")
    assert all(title.startswith("Drama") for title in titles(response))
    assert {entry["source"] for entry in answer["data"]} <= {"model", "fresh"}


def test_somebody_new_is_cold_and_still_gets_a_list(cinema_api):
    answer = cinema_api.get("recommendations", person="stranger", count="4").json()
    assert (answer["fallback"], len(answer["data"])) == ("cold_person", 4)


def test_items_of_a_session_stand_in_for_a_person(cinema_api):
    session = [f"film-{number}" for number in (10, 11, 12)]
    response = cinema_api.get("recommendations", items=session, count="4")
    assert response.json()["fallback"] == ""
    assert all(title.startswith("Comedy") for title in titles(response))


def test_a_behaviour_that_was_just_posted_changes_the_next_answer(cinema_api):
    before = cinema_api.get("recommendations", person="newcomer", count="4")
    film = {"event_id": "new-1", "person": "newcomer", "kind": "rating", "value": 5, "item": "film-13"}
    assert cinema_api.post("behaviours", {**film, "occurred_at": "2026-11-02T09:30:00Z"}).status_code == 201
    after = cinema_api.get("recommendations", person="newcomer", count="4")
    assert titles(after) != titles(before)
    assert all(title.startswith("Comedy") for title in titles(after))
    assert "Comedy 13" not in titles(after)


def test_reasons_are_given_when_they_are_asked_for(cinema_api):
    query = {"person": "person-0", "count": "4"}
    plain = cinema_api.get("recommendations", **query).json()["data"]
    told = cinema_api.get("recommendations", **query, explain="true").json()["data"]
    assert {entry["reason"] for entry in plain} == {""}
    assert any("Drama" in entry["reason"] for entry in told)


@pytest.mark.parametrize(("language", "word"), [("en", "Drama"), ("zh-hans", "你")])
def test_explanations_speak_the_language_that_is_asked_for(cinema_api, language, word):
    answer = cinema_api.get("explanations", person="person-0", item="film-7", language=language).json()
    assert word in answer["sentence"]


def test_an_exact_explanation_adds_up_to_its_score(cinema_api):
    answer = cinema_api.get("explanations", person="person-0", item="film-7").json()
    assert answer["exact"] is True
    assert answer["data"]
    parts = sum(entry["contribution"] for entry in answer["data"])
    assert answer["base"] + parts == pytest.approx(answer["score"], rel=1e-4)


def test_recommending_costs_six_queries(cinema_api, unhurried, django_assert_num_queries):
    cinema_api.get("recommendations", person="person-0")
    # the person, their past, what it was about, what they refuse, the items, the list that is written down
    with django_assert_num_queries(6):
        cinema_api.get("recommendations", person="person-0")
