"""What a request that the description does not foresee gets: an answer of the API, as it is described."""

import pytest
import yaml
from django.test import Client

from .clients import problem


@pytest.mark.parametrize(
    "path", ["no-such-thing", "storefronts/%C2%96/items", "storefronts/shop/training_runs/x/cancel"]
)
def test_a_post_to_nowhere_gets_a_problem_and_not_a_page_about_forms(db, path):
    answer = Client(enforce_csrf_checks=True).post(f"/api/v1/{path}", {}, content_type="application/json")
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.status_code in (401, 404)


def test_an_unknown_method_is_refused_as_such_before_its_parameters_are_read(api):
    assert api("TRACE", "search", q="wool").status_code == 405


def test_bodies_take_no_other_fields_and_batches_are_bounded(db, client):
    schema = yaml.safe_load(client.get("/api/v1/schema").content)
    assert schema["components"]["schemas"]["ItemInRequest"]["additionalProperties"] is False
    batch = schema["paths"]["/api/v1/storefronts/{storefront}/items/batch"]["post"]["requestBody"]["content"]
    assert batch["application/json"]["schema"]["maxItems"] == 1000


def test_only_posts_take_an_idempotency_key(db, client):
    item = yaml.safe_load(client.get("/api/v1/schema").content)["paths"][
        "/api/v1/storefronts/{storefront}/items/{item}"
    ]
    assert "Idempotency-Key" not in {parameter["name"] for parameter in item["patch"]["parameters"]}


@pytest.mark.parametrize(("field", "value"), [("origin", 0), ("expires_in", "900"), ("person", 0)])
def test_a_value_of_another_type_is_refused_and_not_turned_into_what_was_meant(api, field, value):
    body = {"scopes": ["read"], "origin": "https://shop.example", "person": "u-1", field: value}
    fault = problem(api.post("browser_tokens", body), 400, "invalid")["errors"][0]
    assert (fault["pointer"], fault["code"]) == (f"/{field}", "type")
