"""What people ask about their data is written down, done, and leads to nobody once they are erased."""

import json
from datetime import timedelta

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from behaviour.models import Account, Behaviour, Person, PrivacyRequest, Relationship
from behaviour.services import (
    RequestError,
    account_erase,
    behaviours_record,
    erased_digest,
    person_erase,
    person_hand_out,
    person_object,
    persons_merge,
    request_carry_out,
    request_enter,
    request_refuse,
)
from behaviour.stores import Outcome, Receipt, Store, stores_register
from recommender.models import AuditEntry

Kind, State, Came = PrivacyRequest.Kind, PrivacyRequest.State, PrivacyRequest.Came


def receipt(request: PrivacyRequest, store: str) -> dict:
    return next(one for one in request.receipts if one["store"] == store)


def asked(person: Person, kind: str = Kind.ERASE, **more) -> PrivacyRequest:
    return request_enter(person=person, kind=kind, came=Came.LETTER, **more)


def test_it_is_due_a_month_after_it_came(person, settings):
    came = timezone.now() - timedelta(days=3)
    assert asked(person, received_at=came).due_at == came + timedelta(days=30)
    settings.PRIVACY_DUE_DAYS = 10
    assert asked(person, received_at=came).due_at == came + timedelta(days=10)


def test_an_open_one_past_its_day_is_overdue(person):
    row = asked(person, received_at=timezone.now() - timedelta(days=31))
    assert row.overdue
    row.state = State.DONE
    assert not row.overdue


def test_a_request_from_the_future_and_an_objection_to_nothing_are_refused(person):
    with pytest.raises(RequestError, match="future"):
        asked(person, received_at=timezone.now() + timedelta(hours=1))
    for purposes in ((), ("service",), ("training", "service")):
        with pytest.raises(RequestError, match="objected"):
            asked(person, Kind.OBJECT, purposes=purposes)


def test_erasing_writes_the_request_that_says_so(person, item, event):
    behaviours_record(storefront=person.storefront, records=[event()])
    row = person_erase(person=person, came=Came.API)
    row.refresh_from_db()
    assert (row.kind, row.came, row.state) == (Kind.ERASE, Came.API, State.DONE)
    counts = receipt(row, "database")["counts"]
    assert (counts["behaviour.person"], counts["behaviour.behaviour"]) == (1, 1)
    assert {one["store"] for one in row.receipts} >= {"database", "answers", "models", "texts", "caches", "logs"}


def test_nothing_in_the_row_of_an_erased_person_leads_to_them(person):
    pseudonym, asked_before = str(person.subject_key), asked(person, Kind.EXPORT)
    request_refuse(request=asked_before, reason="Ripley did not prove who she is.")
    waiting = asked(person, Kind.EXPORT)
    row = person_erase(person=person)
    for one in PrivacyRequest.objects.all():
        said = json.dumps([str(value) for value in vars(one).values()])
        assert "ipley" not in said
        assert pseudonym not in said
        assert one.digest == erased_digest(person.storefront_id, "ripley")
    waiting.refresh_from_db()
    assert (waiting.state, waiting.person, row.person) == (State.REFUSED, None, None)


def test_an_open_request_is_carried_out_and_no_second_one_written(person):
    row = asked(person)
    second = asked(person)
    assert request_carry_out(request=row) is None
    row.refresh_from_db()
    second.refresh_from_db()
    assert (row.state, second.state, PrivacyRequest.objects.count()) == (State.DONE, State.DONE, 2)
    assert not Person.objects.exists()


def test_what_is_closed_is_not_done_again(person):
    row = asked(person)
    request_refuse(request=row, reason="Not theirs.")
    for again in (lambda: request_carry_out(request=row), lambda: request_refuse(request=row, reason="Again.")):
        with pytest.raises(RequestError, match="closed already"):
            again()
    assert Person.objects.exists()


def test_a_refusal_needs_a_reason_and_the_audit_log_does_not_keep_it(person):
    row = asked(person)
    with pytest.raises(RequestError, match="Say why"):
        request_refuse(request=row, reason=" ")
    request_refuse(request=row, reason="Ripley did not prove who she is.")
    row.refresh_from_db()
    assert (row.state, row.reason) == (State.REFUSED, "Ripley did not prove who she is.")
    entry = AuditEntry.objects.get(action="refuse a privacy request")
    assert entry.reason == ""
    assert entry.after["subject_key"] == str(person.subject_key)


def test_the_audit_log_knows_pseudonyms_alone(person):
    key = str(person.subject_key)
    person_hand_out(person=person, came=Came.API)
    person_object(person=person, purposes=["training"], came=Came.API)
    person_erase(person=person)
    entries = AuditEntry.objects.all()
    assert [entry.action for entry in entries.order_by("id")] == [
        "export a person",
        "carry out an objection",
        "erase a person",
    ]
    for entry in entries:
        assert entry.after["subject_key"] == key
        assert "ripley" not in json.dumps([entry.subject_name, entry.before, entry.after, entry.reason])


def test_an_export_hands_out_everything_and_counts_it(person, item, event):
    behaviours_record(storefront=person.storefront, records=[event()])
    held = person_hand_out(person=person, came=Came.STOREFRONT)
    assert held["behaviours"][0]["event_id"] == "e1"
    row = PrivacyRequest.objects.get()
    assert (row.state, row.person, row.subject_key) == (State.DONE, person, person.subject_key)
    assert receipt(row, "database")["counts"]["behaviour.behaviour"] == 1


def test_an_objection_holds_at_once_and_is_one_request(person):
    person_object(person=person, purposes=["training", "personalisation"], came=Came.STOREFRONT)
    person.refresh_from_db()
    assert person.consents == {"training": False, "personalisation": False}
    assert PrivacyRequest.objects.get().purposes == ["training", "personalisation"]
    person_object(person=person, purposes=["training"], came=Came.STOREFRONT)
    assert PrivacyRequest.objects.count() == 1, "what stands already is no new objection"


def test_requests_move_along_when_two_persons_become_one(person, storefront):
    visitor = Person.objects.create(storefront=storefront, external_id="v", anonymous=True)
    row = asked(visitor, Kind.EXPORT)
    persons_merge(source=visitor, target=person)
    row.refresh_from_db()
    assert row.person == person


def test_an_account_leaves_a_request_in_each_storefront(person, other_storefront):
    ada = Account.objects.create_user("ada", password="test")
    Person.objects.create(storefront=other_storefront, external_id="ada", account=ada)
    Person.objects.filter(pk=person.pk).update(account=ada)
    account_erase(account=ada)
    assert set(PrivacyRequest.objects.values_list("storefront", "came")) == {
        (person.storefront_id, "storefront"),
        (other_storefront.pk, "storefront"),
    }


def test_who_is_gone_already_is_erased_without_a_second_row(person):
    again = Person.objects.get(pk=person.pk)
    person_erase(person=person)
    assert person_erase(person=again) is None
    assert PrivacyRequest.objects.count() == 1


def test_the_log_of_actions_forgets_the_id_whichever_way_the_wish_came(person, storefront, admin_user):
    newt = Person.objects.create(storefront=storefront, external_id="newt")
    tie = Relationship.objects.create(storefront=storefront, source=person, target=newt, kind="follows")
    for row in (person, tie):
        LogEntry.objects.create(
            user=admin_user,
            action_flag=CHANGE,
            object_id=row.pk,
            object_repr=str(row),
            content_type=ContentType.objects.get_for_model(row),
        )
    person_erase(person=person, came=Came.API)
    assert not LogEntry.objects.filter(object_repr__contains="ripley").exists()


def test_a_store_that_a_plugin_declares_is_asked_before_the_person_goes(person, monkeypatch):
    monkeypatch.setattr("behaviour.stores._stores", {})
    seen = []

    def answer(person, request):
        seen.append(Person.objects.filter(pk=person.pk).exists())
        return Receipt(Outcome.GONE, {"plugin.row": 3})

    stores_register(Store("plugin", "Plugin", answer, lambda request, receipt: None))
    row = person_erase(person=person)
    assert seen == [True]
    assert receipt(row, "plugin")["counts"] == {"plugin.row": 3}
    with pytest.raises(ValueError, match="Two stores"):
        stores_register(Store("plugin", "Another", answer, lambda request, receipt: None))


def test_a_store_that_fails_leaves_the_person_and_no_row(person, monkeypatch):
    monkeypatch.setattr("behaviour.stores._stores", {})

    def answer(person, request):
        raise OSError("the disk is gone")

    stores_register(Store("plugin", "Plugin", answer, lambda request, receipt: None))
    with pytest.raises(OSError, match="disk"):
        person_erase(person=person)
    assert Person.objects.filter(pk=person.pk).exists()
    assert not PrivacyRequest.objects.exists()
    assert not Behaviour.objects.exists()
