"""A shop whose clients think that it is Gorse."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from django.test import Client

from catalog.keys import api_key_create


@pytest.fixture
def gorse(world):
    """Requests to the world's cinema as Gorse's clients make them. `gorse.get("recommend/person-1", n=3)` → JSON."""
    _, key = api_key_create(storefront=world.storefront, name="gorse", scopes=["read", "write"])
    client = Client(raise_request_exception=False)

    def ask(method: str, path: str, body=None, status: int = 200, headers=None, **query):
        response = client.generic(
            method,
            f"/gorse/{world.storefront.slug}/api/{path}",
            json.dumps(body) if body is not None else "",
            content_type="application/json",
            headers={"X-API-Key": key, **(headers or {})},
            query_params=query,
        )
        assert response.status_code == status, response.content
        return response.json()

    return SimpleNamespace(
        key=key,
        storefront=world.storefront,
        get=lambda path, **rest: ask("GET", path, **rest),
        post=lambda path, body, **rest: ask("POST", path, body, **rest),
        put=lambda path, body=None, **rest: ask("PUT", path, body, **rest),
        patch=lambda path, body, **rest: ask("PATCH", path, body, **rest),
        delete=lambda path, **rest: ask("DELETE", path, **rest),
    )


def star(user: str, item: str, when: str = "2026-10-01", **rest) -> dict:
    return {"FeedbackType": "star", "UserId": user, "ItemId": item, "Timestamp": when, **rest}
