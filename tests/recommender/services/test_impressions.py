"""What became of a list: seen once, opened once, and nothing that cannot be."""

from datetime import timedelta

import pytest
from django.utils import timezone

from recommender.models import Click, Impression, Recommendation
from recommender.services import ServiceError, click_record, impressions_record, positions_of


@pytest.fixture
def served(world) -> Recommendation:
    items = [[item.pk, 1.0, "ease"] for item in world.items[:3]]
    return Recommendation.objects.create(storefront=world.storefront, placement="home", items=items)


def test_an_item_is_seen_once_in_a_list(served):
    assert impressions_record(recommendation=served, seen={0: None, 2: None}) == 2
    assert impressions_record(recommendation=served, seen={0: None, 1: None}) == 1
    assert sorted(Impression.objects.values_list("position", flat=True)) == [0, 1, 2]


def test_what_was_opened_was_seen(served):
    assert click_record(recommendation=served, position=1)
    assert not click_record(recommendation=served, position=1)
    assert list(Click.objects.values_list("position", flat=True)) == [1]
    assert list(Impression.objects.values_list("position", flat=True)) == [1]


def test_the_first_sight_stands(served):
    first = served.created_at + timedelta(seconds=5)
    impressions_record(recommendation=served, seen={0: first})
    click_record(recommendation=served, position=0, at=first + timedelta(seconds=9))
    assert Impression.objects.get().seen_at == first


@pytest.mark.parametrize("position", [-1, 3])
def test_a_place_that_the_list_does_not_have_is_refused_whole(served, position):
    with pytest.raises(ServiceError, match="has 3 items"):
        impressions_record(recommendation=served, seen={0: None, position: None})
    assert not Impression.objects.exists()


@pytest.mark.parametrize("off", [timedelta(days=1), timedelta(days=-1)])
def test_a_time_that_cannot_be_is_refused(served, off):
    with pytest.raises(ServiceError, match=r"future|within"):
        click_record(recommendation=served, position=0, at=timezone.now() + off)
    assert not Click.objects.exists()


def test_items_are_found_by_their_place(served, world):
    assert positions_of(served) == {item.pk: place for place, item in enumerate(world.items[:3])}


def test_what_became_of_lists_goes_with_their_person(served, world):
    served.person = world.persons[0]
    served.save()
    click_record(recommendation=served, position=0)
    world.persons[0].delete()
    assert not Click.objects.exists()
    assert not Impression.objects.exists()
