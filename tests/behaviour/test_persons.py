import json

import pytest
from django.utils import timezone

from behaviour.models import Behaviour, Person, Relationship
from behaviour.services import (
    behaviours_record,
    person_erase,
    person_export,
    person_get_or_create,
    person_upsert,
    persons_import,
    persons_merge,
)
from catalog.services import RecordError
from recommender.models import Recommendation


def test_a_person_is_created_once(storefront):
    first = person_get_or_create(storefront=storefront, external_id="ripley", anonymous=True)
    again = person_get_or_create(storefront=storefront, external_id="ripley")
    assert first == again and again.anonymous


def test_an_id_that_cannot_be_one_is_refused(storefront):
    with pytest.raises(RecordError, match="must not be empty"):
        person_get_or_create(storefront=storefront, external_id="")


def test_an_upsert_creates_and_then_updates(storefront):
    record = {"external_id": "ripley", "attributes": {"age": 30}, "consents": {"training": True}}
    person, created = person_upsert(storefront=storefront, record=record)
    assert created and person.attributes == {"age": 30} and person.consents == {"training": True}
    same, created = person_upsert(storefront=storefront, record={**record, "attributes": {"age": 31}})
    assert not created
    assert (same.pk, same.subject_key, same.attributes) == (person.pk, person.subject_key, {"age": 31})


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"external_id": ""}, "external_id"),
        ({"attributes": {"age": 999}}, "attributes.age"),
        ({"attributes": {"shoe": 43}}, "attributes.shoe"),
        ({"consents": {"training": "yes"}}, "consents"),
        ({"anonymous": 1}, "anonymous"),
        ({"password": "x"}, "password"),
    ],
)
def test_a_bad_value_is_refused_under_the_name_of_its_field(storefront, values, field):
    with pytest.raises(RecordError) as caught:
        person_upsert(storefront=storefront, record={"external_id": "ripley", **values})
    assert [error.field for error in caught.value.errors] == [field]


def test_an_import_inserts_updates_and_skips(storefront):
    people = [{"external_id": f"p{n}"} for n in range(3)]
    assert persons_import(storefront=storefront, records=people).created == 3
    people[0]["anonymous"] = True
    report = persons_import(storefront=storefront, records=people)
    assert (report.created, report.updated, report.unchanged) == (0, 1, 2)


def test_who_was_anonymous_brings_their_history_into_the_account(storefront, item, event):
    visitor = person_get_or_create(storefront=storefront, external_id="cookie", anonymous=True)
    target = person_get_or_create(storefront=storefront, external_id="ripley")
    behaviours_record(storefront=storefront, records=[event(person="cookie"), event(event_id="e2")])
    served = Recommendation.objects.create(storefront=storefront, person=visitor, placement="home")
    persons_merge(source=visitor, target=target)
    assert Behaviour.objects.filter(person=target).count() == 2
    assert not Person.objects.filter(external_id="cookie").exists()
    served.refresh_from_db()
    assert served.person == target


def test_a_merge_keeps_what_the_target_says_and_never_its_consents(storefront):
    source = Person.objects.create(
        storefront=storefront, external_id="a", attributes={"age": 1, "gender": "f"}, consents={"training": True}
    )
    target = Person.objects.create(storefront=storefront, external_id="b", attributes={"age": 2})
    merged = persons_merge(source=source, target=target)
    merged.refresh_from_db()
    assert merged.attributes == {"age": 2, "gender": "f"}
    assert merged.consents == {}


def test_a_merge_makes_neither_double_ties_nor_ties_to_oneself(storefront):
    a, b, c = (Person.objects.create(storefront=storefront, external_id=name) for name in "abc")
    for source, target in ((a, b), (a, c), (b, c), (c, a)):
        Relationship.objects.create(storefront=storefront, source=source, target=target, kind="friend")
    persons_merge(source=a, target=b)
    assert set(Relationship.objects.values_list("source", "target")) == {(b.pk, c.pk), (c.pk, b.pk)}


def test_persons_of_two_storefronts_are_never_merged(storefront, other_storefront):
    here = person_get_or_create(storefront=storefront, external_id="a")
    there = person_get_or_create(storefront=other_storefront, external_id="a")
    with pytest.raises(ValueError, match="two storefronts"):
        persons_merge(source=here, target=there)


def test_a_merge_with_oneself_changes_nothing(person):
    assert persons_merge(source=person, target=person) == person
    assert Person.objects.filter(pk=person.pk).exists()


def test_an_export_holds_everything_and_is_json(storefront, item, person, event):
    friend = person_get_or_create(storefront=storefront, external_id="jones")
    Relationship.objects.create(storefront=storefront, source=person, target=friend, kind="friend")
    Recommendation.objects.create(storefront=storefront, person=person, placement="home")
    records = [event(text="great"), event(event_id="e2", kind="search", item=..., value=..., text="cats")]
    behaviours_record(storefront=storefront, records=records)
    exported = json.loads(json.dumps(person_export(person=person)))
    assert exported["person"]["external_id"] == "ripley"
    assert [(row["event_id"], row["item"], row["text"]) for row in exported["behaviours"]] == [
        ("e1", "alien", "great"),
        ("e2", None, "cats"),
    ]
    assert exported["relationships"][0]["target__external_id"] == "jones"
    assert len(exported["other"]["recommender.recommendation"]) == 1


def test_erasing_a_person_takes_everything_of_theirs(storefront, item, person, event):
    friend = person_get_or_create(storefront=storefront, external_id="jones")
    Relationship.objects.create(storefront=storefront, source=friend, target=person, kind="friend")
    Recommendation.objects.create(storefront=storefront, person=person, placement="home")
    behaviours_record(storefront=storefront, records=[event(), event(event_id="e2", person="jones")])
    person_erase(person=person)
    assert [row.person for row in Behaviour.objects.all()] == [friend]
    assert not Relationship.objects.exists() and not Recommendation.objects.exists()


def test_an_erased_person_may_come_back_as_somebody_new(storefront, item, person, event):
    key = person.subject_key
    person_erase(person=person)
    behaviours_record(storefront=storefront, records=[event(occurred_at=timezone.now().isoformat())])
    assert Person.objects.get().subject_key != key


def test_a_merge_goes_by_what_is_told_now_not_by_what_was_read_before(storefront):
    source = Person.objects.create(storefront=storefront, external_id="a", anonymous=True, attributes={"age": 30})
    target = Person.objects.create(storefront=storefront, external_id="b")
    read_before = Person.objects.get(pk=target.pk)
    Person.objects.filter(pk=target.pk).update(attributes={"age": 41})
    persons_merge(source=source, target=read_before)
    target.refresh_from_db()
    assert target.attributes == {"age": 41}


def test_nobody_becomes_a_person_who_is_gone(storefront):
    source, target = (Person.objects.create(storefront=storefront, external_id=name) for name in "ab")
    Person.objects.filter(pk=target.pk).delete()
    with pytest.raises(ValueError, match="gone"):
        persons_merge(source=source, target=target)
    assert Person.objects.get() == source
