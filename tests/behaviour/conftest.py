from datetime import UTC, datetime

import pytest

from behaviour.models import Person
from catalog.models import Item, Storefront


@pytest.fixture
def storefront(db) -> Storefront:
    return Storefront.objects.create(slug="films", name="Films", vertical="video")


@pytest.fixture
def other_storefront(db) -> Storefront:
    return Storefront.objects.create(slug="shop", name="Shop", vertical="ecommerce")


@pytest.fixture
def item(storefront) -> Item:
    return Item.objects.create(storefront=storefront, external_id="alien", title="Alien")


@pytest.fixture
def person(storefront) -> Person:
    return Person.objects.create(storefront=storefront, external_id="ripley")


@pytest.fixture
def event():
    """A record of a behaviour that is fine; give what should differ."""

    def make(**values) -> dict:
        usual = {
            "event_id": "e1",
            "person": "ripley",
            "item": "alien",
            "kind": "rating",
            "value": 4,
            "occurred_at": datetime(2026, 3, 31, 12, tzinfo=UTC).isoformat(),
        }
        return {name: value for name, value in {**usual, **values}.items() if value is not ...}

    return make
