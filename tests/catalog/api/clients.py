"""Two shops that must not see each other, and a client that speaks to them as a customer's program would."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from django.test import Client

from catalog.keys import api_key_create
from catalog.models import Storefront


@cache
def client() -> Client:
    """One for all: each new one reads the static files again."""
    return Client(raise_request_exception=False)


@dataclass(frozen=True)
class Api:
    """Requests to one storefront with one key. Bodies are sent as JSON, or as they are when they are bytes."""

    slug: str
    key: str = ""

    def __call__(self, method: str, path: str, body: Any = None, content_type: str = "application/json", **query):
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        return client().generic(
            method,
            f"/api/v1/storefronts/{self.slug}/{path}",
            body or b"",
            content_type=content_type,
            headers=headers,
            query_params=query,
        )

    def get(self, path: str, **query):
        return self("GET", path, **query)

    def post(self, path: str, body: Any, **query):
        return self("POST", path, body, **query)

    def put(self, path: str, body: Any):
        return self("PUT", path, body)

    def patch(self, path: str, body: Any):
        return self("PATCH", path, body)

    def delete(self, path: str):
        return self("DELETE", path)


def api_for(storefront: Storefront, *scopes: str) -> Api:
    _, key = api_key_create(storefront=storefront, name="test", scopes=scopes or ("read", "write", "manage"))
    return Api(storefront.slug, key)


def product(number: int = 1, **fields) -> dict[str, Any]:
    return {"id": f"sku-{number}", "title": f"Product {number}", **fields}


@pytest.fixture
def shop(db) -> Storefront:
    return Storefront.objects.create(slug="shop", name="Shop", vertical="ecommerce")


@pytest.fixture
def rival(db) -> Storefront:
    return Storefront.objects.create(slug="rival", name="Rival", vertical="ecommerce")


@pytest.fixture
def api(shop) -> Api:
    return api_for(shop)


@pytest.fixture
def patient(monkeypatch) -> None:
    """What a process remembers for a second lasts: on a slow machine, a count of queries must not depend on it."""
    monkeypatch.setattr("catalog.keys.SECONDS_REMEMBERED", 3600)


def problem(response, status: int, code: str) -> dict[str, Any]:
    """The body of a problem, after checking that it is one and of this type."""
    body = json.loads(response.content)
    extra = {"report"} & set(body)  # of an import
    assert response.status_code == status, body
    assert response["Content-Type"] == "application/problem+json"
    assert set(body) == {"type", "title", "status", "detail", "instance", "errors", "request_id"} | extra
    assert body["status"] == status
    assert body["type"] == f"/api/v1/problems/{code}"
    return body
