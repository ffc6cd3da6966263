import re

import pytest
from django.test import Client

from tests.recommender.services.conftest import live  # noqa: F401  (a fixture)

BROWSER = "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def visitor() -> Client:
    """Somebody with a browser and no cookies."""
    return Client(headers={"User-Agent": BROWSER})


@pytest.fixture
def browsing(world, visitor) -> Client:
    """An operator who browses as person-0, who likes dramas."""
    world.storefront.settings = {"browse_as": [{"external_id": "person-0", "label": "The drama lover"}]}
    world.storefront.save()
    visitor.post("/s/cinema/browse-as/choose/", {"person": "person-0"})
    return visitor


@pytest.fixture
def press(visitor):
    """Press a button: post what the form of an item would."""

    def post(kind: str, item: str = "film-0", client: Client | None = None, storefront: str = "cinema", **fields):
        data = {"kind": kind, "token": "abc", **fields}
        headers = {"HX-Request": "true"} if fields.pop("htmx", False) else {}
        return (client or visitor).post(f"/s/{storefront}/act/{item}/", data, headers=headers)

    return post


@pytest.fixture
def items_in():
    """External ids of the items that a page shows in lists, in order."""

    def find(response) -> list[str]:
        html = response.content.decode()
        return re.findall(r'<li class="card[^"]*">\s*<a href="/s/[\w-]+/item/([^/"]+)/', html)

    return find
