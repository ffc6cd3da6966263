"""A filter of an operator that names no placement holds in every list that anything makes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from behaviour.models import Behaviour
from catalog.models import Item, Storefront
from recommender.models import OperatorRule
from recommender.services import listed, recommend, search, similar
from recommender.services.bundles import goes_with
from recommender.services.feeds import feed
from recommender.services.onboarding import starters
from recommender.services.resuming import resume


def hide(storefront, condition: str) -> None:
    OperatorRule.objects.create(storefront=storefront, name="Never", kind="filter", condition=condition)


def titles(served) -> set[str]:
    return {entry.item.title for entry in served.items}


@pytest.mark.parametrize("way", ["recommend", "search", "similar", "popular", "feed", "starters"])
def test_what_a_filter_hides_is_in_no_list(village, way):
    storefront, me = village.storefront, village.me
    Item.objects.update(categories=["Village"])
    Item.objects.filter(pk=village.posts["eve"].pk).update(categories=["Village", "Spam"])
    anchor = Item.objects.get(pk=village.posts["fay"].pk)
    lists = {
        "recommend": lambda: recommend(storefront=storefront, person=me, count=20),
        "search": lambda: search(storefront=storefront, person=me, words="post"),
        "similar": lambda: similar(storefront=storefront, person=me, item=anchor),
        "popular": lambda: listed(storefront=storefront, person=me, order="popular", placement="popular", count=20)[0],
        "feed": lambda: feed(storefront=storefront, person=me, placement="following", wanted=lambda *_: True),
        "starters": lambda: starters(storefront=storefront, person=me, count=20),
    }
    hide(storefront, 'category = "Spam"')
    found = titles(lists[way]())
    assert "A post by ada" in found and "A post by eve" not in found


def test_nor_in_what_somebody_left_off_at(world):
    person = world.persons[0]
    for number, film in enumerate((world.dramas[0], world.comedies[0])):
        Behaviour.objects.create(
            storefront=world.storefront,
            person=person,
            item=film,
            kind="watch",
            value=0.5,
            event_id=f"half-{number}",
            occurred_at=timezone.now(),
        )
    hide(world.storefront, f'category = "{world.comedies[0].categories[0]}"')
    served = resume(storefront=world.storefront, person=person, record=False).served
    assert titles(served) == {world.dramas[0].title}


def test_nor_in_what_goes_with_an_item(shop):
    mug, spoon, knife = (
        Item.objects.create(storefront=shop, external_id=name, title=name, categories=[name])
        for name in ("mug", "spoon", "knife")
    )
    buy_together(shop, mug, spoon, knife)
    hide(shop, 'category = "knife"')
    assert titles(goes_with(storefront=shop, items=[mug], count=5, record=False)) == {"spoon"}


def buy_together(shop: Storefront, *items: Item) -> None:
    for name in ("ann", "bob", "cy"):
        person = shop.persons.create(external_id=name)
        for item in items:
            Behaviour.objects.create(
                storefront=shop,
                person=person,
                item=item,
                kind="purchase",
                event_id=f"{name}-{item.external_id}",
                occurred_at=timezone.now() - timedelta(days=1),
            )
