import json
from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from behaviour.models import Person
from behaviour.services import person_erase
from catalog import rates
from catalog.models import Answer, ApiKey, Item

from .clients import problem, product


@pytest.fixture(autouse=True)
def nothing_is_leased(monkeypatch):
    monkeypatch.setattr(rates, "_leases", {})


ITEMS = "/api/v1/storefronts/shop/items"


@pytest.fixture
def post(api):
    def send(body, name="order-1", path=ITEMS, key=api.key, **headers):
        return Client().post(
            path,
            json.dumps(body),
            content_type="application/json",
            headers={"Authorization": f"Bearer {key}", "Idempotency-Key": name, **headers},
        )

    return send


def test_the_same_request_gets_the_first_answer_again(post):
    first, second = post(product()), post(product())
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json() == first.json()
    assert "Idempotency-Replayed" not in first
    assert second["Idempotency-Replayed"] == "true"


def test_what_was_done_once_is_not_done_again(post):
    post(product())
    Item.objects.all().delete()
    post(product())
    assert not Item.objects.exists()


def test_a_refusal_is_an_answer_too(post):
    first, second = post({"id": ""}), post({"id": ""})
    assert problem(first, 400, "invalid")["errors"] == problem(second, 400, "invalid")["errors"]


def test_the_same_key_with_another_body_is_refused(post):
    post(product())
    problem(post({**product(), "title": "Another"}), 422, "idempotency_mismatch")
    assert Item.objects.get().title == product()["title"]


def test_while_the_first_is_being_answered_the_second_waits(post):
    post(product())
    Answer.objects.update(status=None)
    response = post(product())
    problem(response, 409, "conflict")
    assert response["Retry-After"] == "1"


def test_an_answer_that_never_came_is_given_up_after_a_minute(post):
    post(product())
    Answer.objects.update(status=None, created_at=timezone.now() - timedelta(seconds=61))
    assert post(product()).status_code == 200  # stored by the first, equal to it, hence not created


def test_after_a_day_the_key_may_be_used_again(post):
    post(product())
    Answer.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert post({**product(), "title": "Another"}).status_code == 200


def test_the_keys_of_two_clients_have_nothing_to_do_with_each_other(post, api, shop):
    from .clients import api_for

    other = api_for(shop)
    post(product())
    assert "Idempotency-Replayed" not in post(product(), key=other.key)


@pytest.mark.parametrize("name", [" ", "a b", "x" * 129, "ключ".encode().decode("latin-1")])
def test_a_key_that_cannot_be_one_is_refused(post, name):
    problem(post(product(), name=name), 400, "invalid")
    assert not Item.objects.exists()


def test_erasing_a_person_forgets_the_answers_that_may_name_them(post, shop):
    post({"id": "ada-lovelace"}, path="/api/v1/storefronts/shop/persons")
    assert b"ada-lovelace" in bytes(Answer.objects.get().body)
    person_erase(person=Person.objects.get())
    assert not Answer.objects.exists()


def test_a_key_that_asks_too_often_is_told_when_to_come_back(api):
    ApiKey.objects.update(rate_limit=2)
    assert [api.get("items").status_code for _ in range(2)] == [200, 200]
    response = api.get("items")
    problem(response, 429, "throttled")
    assert 1 <= int(response["Retry-After"]) <= 60


def test_a_forged_address_does_not_help_against_the_limit(api):
    ApiKey.objects.update(rate_limit=1)
    assert api.get("items").status_code == 200
    headers = {"Authorization": f"Bearer {api.key}", "X-Forwarded-For": "203.0.113.9"}
    assert Client().get(ITEMS, headers=headers).status_code == 429


def test_a_request_whose_first_try_failed_this_very_moment_is_told_to_come_again(post, monkeypatch):
    def taken(**values):
        raise IntegrityError  # by a request that has failed, and given the name back, before anybody looks

    monkeypatch.setattr(Answer.objects, "create", taken)
    assert problem(post(product()), 409, "conflict")
