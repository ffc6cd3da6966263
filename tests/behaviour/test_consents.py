"""Consent: asked for in so many words, written down for good, taken back at once."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from behaviour.models import Consent, Person
from behaviour.services import (
    ConsentError,
    consents_give,
    person_erase,
    person_export,
    person_upsert,
    persons_import,
    persons_merge,
)
from catalog.models import Storefront
from catalog.services import RecordError

PROFILE = {"age_group": "18_to_39", "conditions": ["asthma"], "reading_level": "easy"}


@pytest.fixture
def portal(db) -> Storefront:
    return Storefront.objects.create(slug="portal", name="Portal", vertical="health")


@pytest.fixture
def patient(portal) -> Person:
    return Person.objects.create(storefront=portal, external_id="p")


def records(person: Person) -> list[tuple[str, bool, str]]:
    return list(Consent.objects.filter(person=person).values_list("purpose", "granted", "version"))


def test_an_answer_is_written_down_with_its_purpose_its_wording_and_its_time(patient):
    person = consents_give(person=patient, answers={"sensitive": True}, version="2026-11")
    (record,) = Consent.objects.filter(person=person)
    assert (record.purpose, record.granted, record.version) == ("sensitive", True, "2026-11")
    assert record.recorded_at is not None
    assert Person.objects.get(pk=person.pk).consents == {"sensitive": True}


def test_who_changes_their_mind_adds_an_answer(patient):
    consents_give(person=patient, answers={"sensitive": True}, version="1")
    consents_give(person=patient, answers={"sensitive": False}, version="1")
    assert records(patient) == [("sensitive", True, "1"), ("sensitive", False, "1")]


def test_the_same_answer_to_the_same_words_is_one_answer_and_to_new_words_another(patient):
    for version in ("1", "1", "2"):
        consents_give(person=patient, answers={"training": True}, version=version)
    assert records(patient) == [("training", True, "1"), ("training", True, "2")]


def test_an_answer_to_no_known_words_is_refused(patient):
    with pytest.raises(ConsentError, match="which wording"):
        consents_give(person=patient, answers={"sensitive": True}, version="")
    assert records(patient) == []


def test_taking_it_back_takes_the_profile_with_it_and_leaves_what_is_not_sensitive(patient):
    patient = consents_give(person=patient, answers={"sensitive": True}, version="1")
    patient.attributes = PROFILE
    patient.save()
    consents_give(person=patient, answers={"sensitive": False}, version="1")
    assert Person.objects.get(pk=patient.pk).attributes == {"reading_level": "easy"}


def test_the_database_changes_no_answer(patient):
    consents_give(person=patient, answers={"sensitive": False}, version="1")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Consent.objects.update(granted=True)


@pytest.mark.parametrize("consents", [{}, {"personalisation": True}, {"sensitive": False}])
def test_sensitive_attributes_without_consent_are_refused_with_a_sentence(portal, consents):
    record = {"external_id": "p", "attributes": PROFILE, "consents": consents}
    with pytest.raises(RecordError) as caught:
        person_upsert(storefront=portal, record=record)
    assert [error.field for error in caught.value.errors] == ["attributes.age_group", "attributes.conditions"]
    assert 'send "consents": {"sensitive": true}' in caught.value.errors[0].message
    assert not Person.objects.filter(storefront=portal).exists()


def test_an_import_keeps_nobody_when_one_never_agreed(portal):
    people = [
        {"external_id": "asked", "attributes": PROFILE, "consents": {"sensitive": True}},
        {"external_id": "never", "attributes": PROFILE},
    ]
    report = persons_import(storefront=portal, records=people)
    assert report.rejected == 1 and not Person.objects.filter(storefront=portal).exists()


def test_with_consent_they_are_kept_and_the_consent_is_on_record(portal):
    record = {"external_id": "p", "attributes": PROFILE, "consents": {"sensitive": True, "training": False}}
    person, _created = person_upsert(storefront=portal, record=record)
    assert person.attributes == PROFILE
    assert records(person) == [("sensitive", True, ""), ("training", False, "")]
    person_upsert(storefront=portal, record=record)
    assert len(records(person)) == 2


def test_a_record_that_does_not_mention_a_consent_any_more_takes_it_back(portal):
    person, _created = person_upsert(storefront=portal, record={"external_id": "p", "consents": {"training": True}})
    persons_import(storefront=portal, records=[{"external_id": "p"}])
    assert records(person) == [("training", True, ""), ("training", False, "")]


def test_a_shop_may_keep_an_age_as_before(storefront):
    person, _created = person_upsert(storefront=storefront, record={"external_id": "p", "attributes": {"age": 30}})
    assert person.attributes == {"age": 30}


def test_the_admin_form_refuses_a_profile_without_consent(patient):
    patient.attributes = PROFILE
    with pytest.raises(ValidationError, match="explicit consent"):
        patient.clean()
    patient.consents = {"sensitive": True}
    patient.clean()


def test_signing_in_carries_over_neither_consents_nor_what_needs_them(portal, patient):
    patient = consents_give(person=patient, answers={"sensitive": True}, version="1")
    patient.attributes = PROFILE
    patient.save()
    account = Person.objects.create(storefront=portal, external_id="account")
    merged = persons_merge(source=patient, target=account)
    assert merged.attributes == {"reading_level": "easy"} and records(merged) == []


def test_an_export_tells_every_answer(patient):
    consents_give(person=patient, answers={"sensitive": True}, version="1")
    consents_give(person=patient, answers={"sensitive": False}, version="1")
    told = person_export(person=patient)["other"]["behaviour.consent"]
    assert [row["fields"]["granted"] for row in told] == [True, False]


def test_erasing_takes_the_answers_too(patient):
    consents_give(person=patient, answers={"sensitive": True}, version="1")
    person_erase(person=patient)
    assert not Consent.objects.exists()
