"""What a person seems to like."""

import pytest

from behaviour.models import Person
from recommender.models import PersonKeywords
from recommender.services import ServiceError
from recommender.services.profiles import profile_of


def test_it_names_what_sets_the_person_apart(world):
    profile = profile_of(storefront=world.storefront, person=world.persons[0])
    assert profile.keywords == ("Drama",)
    assert profile.sentence == "You seem to like: Drama."


def test_nothing_is_said_of_whoever_does_not_allow_it(world):
    person = world.persons[0]
    person.consents = {"personalisation": False}
    person.save()
    assert profile_of(storefront=world.storefront, person=person).keywords == ()


def test_nothing_is_said_of_somebody_new(world):
    person = Person.objects.create(storefront=world.storefront, external_id="new")
    assert profile_of(storefront=world.storefront, person=person).sentence == ""


def test_one_item_is_no_taste(world):
    item = world.comedies[0]
    item.categories = ["Comedy", "Musical"]
    item.save()
    assert "Musical" not in profile_of(storefront=world.storefront, person=world.persons[1]).keywords


def test_what_is_sensitive_stays_out(world, monkeypatch):
    from recommender import registry

    vertical = registry.vertical("video")
    monkeypatch.setattr(type(vertical), "is_sensitive", lambda self, categories: "Drama" in categories)
    assert profile_of(storefront=world.storefront, person=world.persons[0]).keywords == ()


def test_what_the_keyword_writer_found_comes_first_where_what_was_done_bears_it_out(world):
    for item in world.dramas:
        item.categories = ["Drama", "Slow burn"]
        item.save()
    words = [["slow burn", 2.0], ["space", 1.5], ["drama", 1.0]]
    PersonKeywords.objects.create(storefront=world.storefront, person=world.persons[0], keywords=words)
    assert profile_of(storefront=world.storefront, person=world.persons[0]).keywords == ("slow burn", "drama")


def test_another_storefronts_person_is_refused(world, shop):
    with pytest.raises(ServiceError):
        profile_of(storefront=shop, person=world.persons[0])
