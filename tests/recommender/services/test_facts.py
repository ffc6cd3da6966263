from behaviour.models import Person
from behaviour.services.ties import relationship_make
from catalog.models import Storefront
from recommender.algorithms.social import FOLLOWED_AUTHORS, HIDDEN_AUTHORS, NEAR_AUTHORS
from recommender.services.facts import facts_of


def test_the_circle_of_a_person_is_in_the_question(village):
    relationship_make(source=village.me, target=village.eve, kind="mutes")
    relationship_make(source=village.fay, target=village.me, kind="blocks")
    found = facts_of(village.me)
    assert found[HIDDEN_AUTHORS] == ["eve", "fay"]
    assert found[FOLLOWED_AUTHORS] == ["ada", "bo"]
    assert set(found[NEAR_AUTHORS]) == {"cleo", "dag"} and found[NEAR_AUTHORS]["cleo"] == 1.0


def test_who_mutes_the_person_still_reaches_them(village):
    relationship_make(source=village.ada, target=village.me, kind="mutes")
    assert facts_of(village.me)[HIDDEN_AUTHORS] == []


def test_without_personalisation_only_the_hidden_ones_are_told(village):
    relationship_make(source=village.me, target=village.eve, kind="blocks")
    village.me.consents = {"personalisation": False}
    found = facts_of(village.me)
    assert found[HIDDEN_AUTHORS] == ["eve"] and FOLLOWED_AUTHORS not in found and NEAR_AUTHORS not in found


def test_a_person_whom_nobody_knows_has_an_answer_too_and_a_stranger_has_none(village):
    newcomer = Person.objects.create(storefront=village.storefront, external_id="new")
    assert facts_of(newcomer)[HIDDEN_AUTHORS] == []
    assert facts_of(None) == {}


def test_a_health_profile_is_read_only_with_consent_to_exactly_that(db):
    clinic = Storefront.objects.create(slug="clinic", name="Clinic", vertical="health")
    profile = {"conditions": ["asthma"], "reading_level": "easy"}
    person = Person.objects.create(storefront=clinic, external_id="p", attributes=profile)
    for consents in ({}, {"personalisation": True}, {"sensitive": False}, {"sensitive": "yes"}):
        person.consents = consents
        assert facts_of(person) == {"reading_level": "easy"}
    person.consents = {"sensitive": True}
    assert facts_of(person) == profile
