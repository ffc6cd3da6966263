"""Recommend from words, interest and profiles, as a customer's program asks for them."""

import json

import numpy as np
import pytest

from recommender.models import Recommendation
from recommender.serving.live import LiveStorefront
from tests.catalog.api.clients import api_for, problem, product


def ids(response) -> list[str]:
    return [entry["id"] for entry in json.loads(response.content)["data"]]


@pytest.fixture
def priced(api):
    api.post(
        "items/batch",
        [product(n, title=f"Green tea {n}", categories=["Tea"], price=500 * n, currency="EUR") for n in range(1, 7)]
        + [product(n, title=f"Blue mug {n}", categories=["Mugs"], price=500 * n, currency="EUR") for n in range(7, 11)],
    )
    return api


def test_a_sentence_is_answered_with_a_list_and_what_was_understood(priced):
    response = priced.post("recommendations", {"text": "tea under 20 euros", "count": 3})
    assert response.status_code == 200
    answer = response.json()
    assert [entry["categories"] for entry in answer["data"]] == [["Tea"]] * 3
    assert answer["wish"]["chips"] == [
        {
            "field": "category",
            "op": "eq",
            "value": "Tea",
            "label": "Tea",
            "negated": False,
            "strict": True,
            "text": "tea",
        },
        {
            "field": "price",
            "op": "lte",
            "value": 2000,
            "label": "at most €20.00",
            "negated": False,
            "strict": True,
            "text": "under 20 euros",
        },
    ]
    assert answer["wish"]["fitting"] == 3 and answer["wish"]["relaxed"] == []
    assert Recommendation.objects.filter(pk=answer["id"]).exists()


def test_follow_ups_and_chips_go_on_from_an_answer(priced):
    first = priced.post("recommendations", {"text": "tea", "count": 3}).json()
    cheaper = priced.post("recommendations", {"text": "cheaper", "refine": first["id"], "count": 2}).json()
    assert [chip["field"] for chip in cheaper["wish"]["chips"]] == ["category", "price"]
    without = [chip for chip in cheaper["wish"]["chips"] if chip["field"] != "category"]
    back = priced.post("recommendations", {"refine": cheaper["wish"]["token"], "chips": without, "count": 2}).json()
    assert [chip["field"] for chip in back["wish"]["chips"]] == ["price"]


def test_labels_come_in_the_language_asked_for(priced):
    answer = priced.post("recommendations", {"text": "under 20 euros", "language": "zh-hans", "count": 2}).json()
    assert answer["wish"]["chips"][0]["label"].startswith("不超过")


def test_demands_that_leave_too_little_give_way_and_are_named(priced):
    answer = priced.post("recommendations", {"text": "mugs under 40 euros", "count": 4}).json()
    assert [chip["field"] for chip in answer["wish"]["relaxed"]] == ["price"]
    assert answer["wish"]["fitting"] == 2


@pytest.mark.parametrize(
    "body, pointer",
    [
        ({"text": "x" * 501}, "/text"),
        ({"text": 7, "nonsense": 1}, "/nonsense"),
        ({"text": "tea", "count": 101}, "/count"),
        ({"text": "tea", "refine": "nonsense"}, ""),
        ({"text": "tea", "placement": "moon"}, ""),
        ({"text": "tea", "language": "klingon"}, "/language"),
        ({"chips": [{"field": "price", "op": "lte", "value": "cheap"}]}, ""),
        ({"chips": [{"field": "nonsense", "op": "eq", "value": "x"}]}, ""),
        ({"chips": [{"op": "eq"}]}, "/chips/0/field"),
        ({"chips": "tea"}, "/chips"),
        ({"text": "tea", "items": "sku-1"}, "/items"),
    ],
)
def test_what_cannot_be_is_refused_where_it_stands(priced, body, pointer):
    answer = problem(priced.post("recommendations", body), 400, "invalid")
    assert answer["errors"][0]["pointer"] == pointer, answer["errors"]


def test_another_tenants_answer_is_nobodys(priced, rival):
    first = priced.post("recommendations", {"text": "tea"}).json()
    for refine in (first["id"], first["wish"]["token"]):
        problem(api_for(rival).post("recommendations", {"text": "cheaper", "refine": refine}), 400, "invalid")


def test_a_list_from_words_can_be_asked_for_again(priced):
    answer = priced.post("recommendations", {"text": "tea"}).json()
    again = priced.get(f"recommendations/{answer['id']}").json()
    assert [entry["id"] for entry in again["data"]] == [entry["id"] for entry in answer["data"]]


class TestInterest:
    class Model:
        def score(self, history_text, item_texts):
            return np.array([0.9 if "tea" in text.lower() else 0.1 for text in item_texts])

    @pytest.fixture
    def reading(self, priced, monkeypatch):
        monkeypatch.setattr(LiveStorefront, "interest", lambda self: TestInterest.Model())
        return priced

    def test_each_item_gets_a_chance(self, reading):
        answer = reading.post("interest", {"text": "drinks tea", "items": ["sku-7", "sku-1", "nobody"]}).json()
        assert answer == {
            "data": [{"item": "sku-7", "interest": 0.1}, {"item": "sku-1", "interest": 0.9}],
            "unknown_items": ["nobody"],
        }

    def test_without_a_model_it_says_so(self, priced):
        answer = priced.post("interest", {"text": "drinks tea", "items": ["sku-1"]})
        assert problem(answer, 409, "conflict")["detail"].startswith("No interest model is live")

    @pytest.mark.parametrize("body", [{"items": ["sku-1"]}, {"text": "x"}, {"text": "x", "items": []}])
    def test_it_needs_somebody_and_something(self, reading, body):
        problem(reading.post("interest", body), 400, "invalid")

    def test_an_unknown_person_is_not_found(self, reading):
        problem(reading.post("interest", {"person": "nobody", "items": ["sku-1"]}), 404, "not_found")


class TestProfile:
    def test_it_says_what_somebody_seems_to_like(self, stocked):
        assert stocked.get("persons/u-1/profile").json() == {
            "person": "u-1",
            "keywords": ["Tea"],
            "sentence": "You seem to like: Tea.",
        }

    def test_it_comes_in_the_language_asked_for_and_404s_for_strangers(self, stocked):
        assert stocked.get("persons/u-1/profile", language="zh-hans").status_code == 200
        problem(stocked.get("persons/nobody/profile"), 404, "not_found")
