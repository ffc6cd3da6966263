"""What this app holds of somebody, when an anonymous visitor turns out to be them."""

import pytest

from behaviour.models import Person
from behaviour.services import person_export, persons_merge
from recommender.models import PersonKeywords, Recommendation


@pytest.fixture
def visitor(cinema) -> Person:
    return Person.objects.create(storefront=cinema, external_id="visitor", anonymous=True)


@pytest.fixture
def member(cinema) -> Person:
    return Person.objects.create(storefront=cinema, external_id="member")


def keywords(person: Person, word: str) -> None:
    PersonKeywords.objects.create(storefront=person.storefront, person=person, keywords=[[word, 1.0]])


def test_the_lists_of_a_visitor_become_the_members(visitor, member):
    Recommendation.objects.create(storefront=visitor.storefront, person=visitor, placement="home")
    persons_merge(source=visitor, target=member)
    assert Recommendation.objects.get().person == member


def test_keywords_move_to_a_member_who_has_none(visitor, member):
    keywords(visitor, "western")
    persons_merge(source=visitor, target=member)
    assert PersonKeywords.objects.get().person == member


def test_the_members_own_keywords_stand(visitor, member):
    keywords(visitor, "western")
    keywords(member, "drama")
    persons_merge(source=visitor, target=member)
    assert PersonKeywords.objects.get().keywords == [["drama", 1.0]]


def test_keywords_are_in_the_export(member):
    keywords(member, "drama")
    [row] = person_export(person=member)["other"]["recommender.personkeywords"]
    assert row["fields"]["keywords"] == [["drama", 1.0]]
