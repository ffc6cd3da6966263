"""Somebody new is shown a bit of everything."""

from behaviour.models import Behaviour
from catalog.models import Item, Storefront
from recommender import registry
from recommender.models import Recommendation
from recommender.services.onboarding import starters

from ..conftest import NOW


def test_categories_take_turns(world):
    served = starters(storefront=world.storefront, count=6)
    assert sorted(entry.item.categories[0] for entry in served.items) == ["Comedy"] * 3 + ["Drama"] * 3


def test_it_is_a_recorded_list_of_its_own(world):
    served = starters(storefront=world.storefront, count=6)
    assert Recommendation.objects.get(pk=served.id).placement == "welcome"
    assert starters(storefront=world.storefront, count=6, record=False).id == ""


def test_what_was_hidden_is_not_offered(world):
    person = world.persons[0]
    Behaviour.objects.create(
        storefront=world.storefront, person=person, item=world.comedies[0], kind="hide", occurred_at=NOW, event_id="h"
    )
    served = starters(storefront=world.storefront, person=person, count=20, record=False)
    assert world.comedies[0] not in [entry.item for entry in served.items]
    assert len(served.items) == 19


def test_nothing_sensitive_is_among_them(db):
    portal = Storefront.objects.create(slug="portal", name="Portal", vertical="health")
    sensitive = sorted(registry.vertical("health").sensitive_categories)[0]
    for number in range(4):
        Item.objects.create(storefront=portal, external_id=f"s{number}", title="S", categories=[sensitive])
        Item.objects.create(storefront=portal, external_id=f"o{number}", title="O", categories=["Sleep"])
    served = starters(storefront=portal, count=8, record=False)
    assert {entry.item.title for entry in served.items} == {"O"}
