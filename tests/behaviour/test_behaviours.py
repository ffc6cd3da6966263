from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from behaviour.models import Behaviour, Person
from behaviour.services import behaviour_retract, behaviours_import, behaviours_record
from behaviour.services.directory import Directory
from catalog.models import Item
from catalog.services import Record, RecordError


def refused(storefront, record) -> dict[str, str]:
    report = behaviours_record(storefront=storefront, records=[record])
    assert report.rejected == 1 and report.accepted == 0
    assert not Behaviour.objects.exists() and not Person.objects.exists()
    return {error.field: error.code for rejection in report.errors for error in rejection.errors}


def test_a_behaviour_is_stored_as_it_was_sent(storefront, item, event):
    served = uuid4()
    sent = event(text="great", context={"device": "phone", "ort": "Köln"}, recommendation_id=str(served))
    assert behaviours_record(storefront=storefront, records=[sent]).accepted == 1
    stored = Behaviour.objects.select_related("person").get()
    assert (stored.person.external_id, stored.item, stored.kind, stored.value) == ("ripley", item, "rating", 4.0)
    assert stored.context == {"device": "phone", "ort": "Köln"}
    assert stored.occurred_at == datetime(2026, 3, 31, 12, tzinfo=UTC)
    assert stored.recommendation_id == served
    assert datetime.now(UTC) - stored.received_at < timedelta(minutes=1)


def test_sending_an_event_twice_records_it_once(storefront, item, event):
    first = behaviours_record(storefront=storefront, records=[event(context={"b": 1, "a": 2})])
    second = behaviours_record(storefront=storefront, records=[event(context={"a": 2, "b": 1}), event(event_id="e2")])
    assert (first.accepted, first.duplicates) == (1, 0)
    assert (second.accepted, second.duplicates) == (1, 1)
    assert Behaviour.objects.count() == 2


def test_an_event_twice_in_one_call_is_one_event(storefront, item, event):
    report = behaviours_record(storefront=storefront, records=[event(), event()])
    assert (report.accepted, report.duplicates) == (1, 1)


@pytest.mark.parametrize(
    "other", [{"value": 1}, {"text": "x"}, {"context": {"a": 1}}, {"occurred_at": "2026-01-01"}, {"person": "ash"}]
)
def test_the_same_event_id_with_other_content_is_a_conflict_and_nothing_is_stored(storefront, item, event, other):
    behaviours_record(storefront=storefront, records=[event()])
    report = behaviours_record(storefront=storefront, records=[event(event_id="e2"), event(**other)])
    assert (report.accepted, report.errors) == (0, [])
    assert [(conflict.line, conflict.errors[0].code) for conflict in report.conflicts] == [(2, "conflict")]
    assert [stored.event_id for stored in Behaviour.objects.all()] == ["e1"]
    assert not Person.objects.filter(external_id="ash").exists()


def test_the_same_event_id_in_two_storefronts_is_two_events(storefront, other_storefront, item, event):
    Item.objects.create(storefront=other_storefront, external_id="alien", title="Mug")
    for shop in (storefront, other_storefront):
        assert behaviours_record(storefront=shop, records=[event()]).accepted == 1
    assert Behaviour.objects.count() == 2


def test_an_item_of_another_storefront_is_unknown(other_storefront, item, event):
    assert refused(other_storefront, event()) == {"item": "unknown_item"}


@pytest.mark.parametrize(
    ("values", "field", "code"),
    [
        ({"event_id": ...}, "event_id", "required"),
        ({"event_id": "a\x00"}, "event_id", "characters"),
        ({"person": ...}, "person", "required"),
        ({"person": 7}, "person", "type"),
        ({"person": "\ud800"}, "person", "characters"),
        ({"item": ...}, "item", "required"),
        ({"item": "nobody-made-this"}, "item", "unknown_item"),
        ({"kind": "teleport"}, "kind", "unknown_kind"),
        ({"kind": ["rating"]}, "kind", "type"),
        ({"value": ...}, "value", "range"),
        ({"value": 6}, "value", "range"),
        ({"value": float("nan")}, "value", "range"),
        ({"value": 10**5000}, "value", "range"),
        ({"value": "4"}, "value", "type"),
        ({"text": "x" * 10_001}, "text", "length"),
        ({"context": {"deep": {"er": 1}}}, "context", "type"),
        ({"occurred_at": ...}, "occurred_at", "required"),
        ({"occurred_at": "9999-12-31T23:59:59Z"}, "occurred_at", "range"),
        ({"occurred_at": "0001-01-01"}, "occurred_at", "range"),
        ({"occurred_at": "1969-12-31"}, "occurred_at", "range"),
        ({"occurred_at": (datetime.now(UTC) + timedelta(hours=1)).isoformat()}, "occurred_at", "future"),
        ({"recommendation_id": "latest"}, "recommendation_id", "format"),
        ({"iten": "alien"}, "iten", "unknown"),
    ],
)
def test_a_bad_value_is_refused_under_the_name_of_its_field(storefront, item, event, values, field, code):
    assert refused(storefront, event(**values)) == {field: code}


def test_a_missing_event_id_is_explained(storefront, item, event):
    report = behaviours_record(storefront=storefront, records=[event(event_id=...)])
    assert "sending it again" in report.errors[0].errors[0].message


def test_a_clock_may_be_a_little_ahead(storefront, item, event):
    soon = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
    assert behaviours_record(storefront=storefront, records=[event(occurred_at=soon)]).accepted == 1


def test_a_search_needs_no_item(storefront, event):
    search = event(kind="search", item=..., value=..., text="aliens")
    assert behaviours_record(storefront=storefront, records=[search]).accepted == 1
    assert Behaviour.objects.get().item is None


def test_persons_are_created_when_they_first_do_something(storefront, item, event):
    behaviours_record(storefront=storefront, records=[event(), event(event_id="e2")])
    assert Person.objects.get().external_id == "ripley"


def test_unknown_persons_are_errors_where_that_is_asked_for(storefront, item, event):
    report = behaviours_record(storefront=storefront, records=[event()], create_persons=False)
    assert report.errors[0].errors[0].code == "unknown_person"
    assert not Behaviour.objects.exists()


def test_no_events_are_no_problem(storefront):
    assert behaviours_record(storefront=storefront, records=[]).accepted == 0


def test_recording_many_events_takes_few_queries(storefront, item, event, django_assert_max_num_queries):
    records = [event(event_id=f"e{n}", person=f"p{n}") for n in range(500)]
    with django_assert_max_num_queries(12):
        assert behaviours_record(storefront=storefront, records=records).accepted == 500


def test_events_without_ids_are_imported_once_however_often_the_file_is_read(storefront, item, event):
    records = [event(event_id=...), event(event_id=..., person="ash"), event(event_id=...)]
    first = behaviours_import(storefront=storefront, records=records)
    again = behaviours_import(storefront=storefront, records=reversed(records))
    assert (first.created, first.unchanged, first.persons_created) == (3, 0, 2)
    assert (again.created, again.unchanged, again.rejected) == (0, 3, 0)


def test_an_import_with_an_error_keeps_nothing(storefront, item, event):
    records = [event(), event(event_id="e2", item="unknown"), Record(RecordError([]), "f", 3)]
    report = behaviours_import(storefront=storefront, records=records)
    assert not report.kept and report.rejected == 2
    assert not Behaviour.objects.exists() and not Person.objects.exists()


def test_an_error_in_a_late_batch_takes_the_earlier_ones_with_it(storefront, item, event, monkeypatch):
    monkeypatch.setattr("behaviour.services.behaviours.BATCH", 2)
    records = [event(event_id=f"e{n}") for n in range(6)] + [event(event_id="last", value=99)]
    assert not behaviours_import(storefront=storefront, records=records).kept
    assert not Behaviour.objects.exists()


def test_keep_valid_keeps_the_rest(storefront, item, event):
    records = [event(), event(event_id="e2", item="unknown"), event(value=1)]
    rejected = []
    report = behaviours_import(storefront=storefront, records=records, keep_valid=True, on_reject=rejected.append)
    assert (report.created, report.rejected, report.kept) == (1, 2, True)
    assert [rejection.errors[0].code for rejection in rejected] == ["unknown_item", "conflict"]
    assert Behaviour.objects.get().value == 4


def test_a_dry_run_keeps_nothing(storefront, item, event):
    report = behaviours_import(storefront=storefront, records=[event()], dry_run=True)
    assert (report.created, report.kept) == (1, False)
    assert not Behaviour.objects.exists()


def test_an_import_that_breaks_off_leaves_nothing(storefront, item, event, monkeypatch):
    monkeypatch.setattr("behaviour.services.behaviours.BATCH", 2)

    def interrupted():
        yield from (event(event_id=f"e{n}") for n in range(5))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        behaviours_import(storefront=storefront, records=interrupted())
    assert not Behaviour.objects.exists()


def test_the_directory_forgets_before_it_grows_without_bound(storefront):
    Item.objects.bulk_create(Item(storefront=storefront, external_id=f"i{n}", title="I") for n in range(30))
    directory = Directory(Item, storefront.pk, limit=10)
    for start in range(0, 30, 5):
        wanted = {f"i{n}" for n in range(start, start + 5)}
        known = directory.find(wanted)
        assert wanted <= known.keys() and len(known) <= 10


def test_the_directory_knows_its_own_storefront_only(other_storefront, item):
    assert Directory(Item, other_storefront.pk).find({"alien"}) == {}


class TestTakingBack:
    def test_what_was_taken_back_is_gone_and_the_rest_stays(self, storefront, item, event, person):
        behaviours_record(storefront=storefront, records=[event(), event(event_id="e2")])
        assert behaviour_retract(person=person, event_id="e1").kind == "rating"
        assert list(Behaviour.objects.values_list("event_id", flat=True)) == ["e2"]

    def test_nobody_takes_back_what_another_did(self, storefront, item, event, person):
        behaviours_record(storefront=storefront, records=[event(person="ash")])
        assert behaviour_retract(person=person, event_id="e1") is None
        assert Behaviour.objects.count() == 1

    def test_taking_back_twice_is_taking_back_once_and_it_can_be_done_again(self, storefront, item, event, person):
        behaviours_record(storefront=storefront, records=[event()])
        behaviour_retract(person=person, event_id="e1")
        assert behaviour_retract(person=person, event_id="e1") is None
        assert behaviours_record(storefront=storefront, records=[event()]).accepted == 1
