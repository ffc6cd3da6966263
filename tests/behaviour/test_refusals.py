"""What is kept of events that were refused."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from behaviour.models import Behaviour, Person, RefusalHour, RefusedEvent
from behaviour.services import behaviours_record, person_erase, person_export, refusals
from catalog.models import Storefront

AT = datetime(2026, 3, 1, tzinfo=UTC).isoformat()


@pytest.fixture
def shop(db) -> Storefront:
    return Storefront.objects.create(slug="shop", name="Shop", vertical="ecommerce")


def wrong(number: int, **values) -> dict:
    return {"event_id": f"e{number}", "person": "ann", "item": "none", "kind": "view", "occurred_at": AT, **values}


def test_a_refused_event_is_kept_with_its_reason_and_without_what_was_typed(shop):
    behaviours_record(storefront=shop, records=[wrong(1, text="a secret", context={"place": "home"})])
    kept = RefusedEvent.objects.get()
    assert (kept.code, kept.person, kept.record["item"]) == ("unknown_item", "ann", "none")
    assert "secret" not in str(kept.record) and "home" not in str(kept.record)
    assert not Behaviour.objects.exists()


def test_the_table_never_grows_past_its_measure(shop, monkeypatch):
    monkeypatch.setattr(refusals, "KEPT", 5)
    for number in range(12):
        behaviours_record(storefront=shop, records=[wrong(number)])
    assert [row.record["event_id"] for row in RefusedEvent.objects.all()] == ["e11", "e10", "e9", "e8", "e7"]
    assert RefusalHour.objects.get().events == 12


def test_a_batch_that_is_wrong_from_end_to_end_does_not_push_out_the_others(shop):
    behaviours_record(storefront=shop, records=[wrong(number) for number in range(150)])
    assert RefusedEvent.objects.count() == refusals.KEPT_A_CALL
    assert sum(RefusalHour.objects.values_list("events", flat=True)) == 150


def test_what_is_no_event_at_all_is_kept_too(shop):
    behaviours_record(
        storefront=shop, records=[{"person": {"deep": 1}, "item": "a\x00b", "kind": 10**5000, "value": float("inf")}]
    )
    assert RefusedEvent.objects.get().record["person"] == "…"


def test_whoever_is_erased_is_gone_from_there_too_and_sees_it_before(shop):
    ann = Person.objects.create(storefront=shop, external_id="ann")
    behaviours_record(storefront=shop, records=[wrong(1), wrong(2, person="bob")])
    assert len(person_export(person=ann)["other"]["behaviour.refusedevent"]) == 1
    person_erase(person=ann)
    assert RefusedEvent.objects.get().person == "bob"
