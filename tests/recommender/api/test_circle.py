"""A client that asks for somebody is given nothing by those whom that person hides, whatever it asks for."""

import pytest

from behaviour.models import Person
from behaviour.services import relationship_make
from catalog.models import Item, Storefront
from tests.catalog.api.clients import api_for


@pytest.fixture
def community(db) -> Storefront:
    storefront = Storefront.objects.create(slug="community", name="Community", vertical="social")
    for name in ("me", "ann", "bob"):
        Person.objects.create(storefront=storefront, external_id=name)
    for name in ("ann", "bob"):
        for number in range(2):
            Item.objects.create(
                storefront=storefront,
                external_id=f"{name}-{number}",
                title=f"Morning {number}",
                categories=["Bees"],
                attributes={"author": name},
            )
    return storefront


def ids(response) -> set[str]:
    assert response.status_code == 200, response.content
    return {entry["id"] for entry in response.json()["data"]}


@pytest.mark.parametrize("kind", ["blocks", "mutes"])
def test_nothing_by_a_hidden_person_is_served(community, kind):
    api = api_for(community)
    ways = [
        ("recommendations", {"person": "me"}),
        ("search", {"q": "morning", "person": "me"}),
        ("items/bob-0/similar", {"person": "me"}),
    ]
    for path, query in ways:
        assert "ann-1" in ids(api.get(path, **query)), path
    me, ann = (Person.objects.get(external_id=name) for name in ("me", "ann"))
    relationship_make(source=me, target=ann, kind=kind)
    for path, query in ways:
        found = ids(api.get(path, **query))
        assert "bob-1" in found and not {"ann-0", "ann-1"} & found, path
