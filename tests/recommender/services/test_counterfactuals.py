"""What is said to be needed is needed: the list is really worked out without it."""

from datetime import timedelta

import pytest

from behaviour.models import Behaviour, Person
from catalog.models import Item
from recommender.services import recommend
from recommender.services.counterfactuals import counterfactual

from ..conftest import NOW


@pytest.fixture
def crowded(live):
    """Somebody who watched one comedy and four dramas, on a site whose home list is shorter than its catalogue."""
    person = Person.objects.create(storefront=live.storefront, external_id="both")
    watched = [live.comedies[4], *live.dramas[:4]]
    Behaviour.objects.bulk_create(
        Behaviour(
            storefront=live.storefront,
            person=person,
            item=item,
            kind="rating",
            value=5,
            occurred_at=NOW - timedelta(days=10 - number),
            event_id=f"both-{number}",
        )
        for number, item in enumerate(watched)
    )
    return live, person


@pytest.fixture
def short_list(monkeypatch):
    """A home list of six."""
    from dataclasses import replace

    from recommender import registry

    vertical = registry.vertical("video")
    places = tuple(replace(p, count=6, fresh=0) if p.slug == "home" else p for p in vertical.placements)
    short = replace(vertical, placements=places)
    monkeypatch.setattr(registry, "vertical", lambda slug: short)


def test_what_is_named_is_what_the_item_is_there_for(crowded, short_list):
    live, person = crowded
    served = recommend(storefront=live.storefront, person=person, record=False)
    comedy = next(entry.item for entry in served.items if entry.item.categories == ["Comedy"])
    told = counterfactual(storefront=live.storefront, person=person, item=comedy)
    assert told == "Without Comedy 14, this would not be in your list."
    Behaviour.objects.filter(person=person, item=live.comedies[4]).delete()
    after = recommend(storefront=live.storefront, person=person, exclude=[live.comedies[4].pk], record=False)
    assert comedy not in [entry.item for entry in after.items]


def test_it_is_told_in_chinese_too(crowded, short_list):
    live, person = crowded
    served = recommend(storefront=live.storefront, person=person, record=False)
    comedy = next(entry.item for entry in served.items if entry.item.categories == ["Comedy"])
    told = counterfactual(storefront=live.storefront, person=person, item=comedy, language="zh-hans")
    assert told == "如果没有“Comedy 14”，它就不会出现在你的列表里。"


def test_nothing_is_said_of_an_item_that_is_not_in_the_list(crowded, short_list):
    live, person = crowded
    shown = {entry.item.pk for entry in recommend(storefront=live.storefront, person=person, record=False).items}
    other = next(item for item in live.items if item.pk not in shown)
    assert counterfactual(storefront=live.storefront, person=person, item=other) == ""


def test_nothing_is_said_where_the_item_would_stay(live):
    item = recommend(storefront=live.storefront, person=live.persons[0], count=1, record=False).items[0].item
    assert counterfactual(storefront=live.storefront, person=live.persons[0], item=item) == ""


def test_nothing_is_said_to_somebody_without_a_past(live):
    stranger = Person.objects.create(storefront=live.storefront, external_id="stranger")
    assert counterfactual(storefront=live.storefront, person=stranger, item=Item.objects.get(pk=live.items[0].pk)) == ""
