import pytest

from catalog.models import Storefront


@pytest.fixture
def storefront(db) -> Storefront:
    return Storefront.objects.create(slug="films", name="Films", vertical="video")


@pytest.fixture
def other_storefront(db) -> Storefront:
    return Storefront.objects.create(slug="shop", name="Shop", vertical="ecommerce")


@pytest.fixture
def changed(monkeypatch) -> list[tuple[int, list[int]]]:
    """What catalog.changes told its listeners, instead of telling the recommender."""
    told = []
    monkeypatch.setattr("catalog.changes._listeners", [lambda storefront, items: told.append((storefront, items))])
    return told
