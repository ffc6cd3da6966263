"""What the linter finds, and what it does not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from behaviour.models import Person
from behaviour.services import behaviours_record
from catalog.models import Item
from recommender.jobs.linting import storefront_lint
from recommender.jobs.measuring import measures_update
from recommender.models import LintFinding, Recommendation


@pytest.fixture
def stocked(shop):
    Item.objects.bulk_create(
        Item(storefront=shop, external_id=f"i{n}", title=f"Item {n}", text="Words.") for n in range(3)
    )
    return shop


def event(number, **values) -> dict:
    at = (timezone.now() - timedelta(minutes=5)).isoformat()
    return {"event_id": f"e{number}", "person": "ann", "item": "i0", "kind": "view", "occurred_at": at, **values}


def found(shop) -> dict[str, int]:
    storefront_lint(storefront_id=shop.pk)
    return {row.rule: row.count for row in LintFinding.objects.filter(storefront=shop) if row.count}


def test_clean_data_has_no_findings(stocked):
    behaviours_record(storefront=stocked, records=[event(1), event(2, item="i1")])
    assert found(stocked) == {}


@pytest.mark.parametrize(
    ("record", "rule"),
    [
        ({"item": "nowhere"}, "unknown_item"),
        ({"occurred_at": (timezone.now() + timedelta(days=1)).isoformat()}, "future_time"),
    ],
)
def test_a_refused_event_is_found_with_a_sample(stocked, record, rule):
    behaviours_record(storefront=stocked, records=[event(1, **record)])
    assert found(stocked) == {rule: 1}
    (sample,) = LintFinding.objects.get(rule=rule).samples
    assert sample["event"]["event_id"] == "e1" and sample["message"]


def test_one_id_for_two_events_is_found(stocked):
    behaviours_record(storefront=stocked, records=[event(1)])
    behaviours_record(storefront=stocked, records=[event(1, item="i2")])
    assert found(stocked) == {"conflict": 1}


def test_an_event_that_is_sent_again_as_it_was_is_no_finding(stocked):
    record = event(1)
    for _ in range(2):
        behaviours_record(storefront=stocked, records=[record])
    assert found(stocked) == {}


def test_one_act_under_two_ids_is_found(stocked):
    behaviours_record(storefront=stocked, records=[event(1), event(2) | {"occurred_at": event(1)["occurred_at"]}])
    record = event(3)
    behaviours_record(storefront=stocked, records=[record, {**record, "event_id": "e4"}])
    assert found(stocked)["duplicate"] >= 1
    assert {"e3", "e4"} in [set(sample["event_ids"]) for sample in LintFinding.objects.get(rule="duplicate").samples]


def test_a_purchase_that_a_list_led_to_and_that_does_not_say_so_is_found(stocked):
    ann = Person.objects.create(storefront=stocked, external_id="ann")
    item = Item.objects.get(external_id="i0")
    Recommendation.objects.create(
        storefront=stocked,
        person=ann,
        placement="home",
        items=[[item.pk, 1.0, "model"]],
        created_at=timezone.now() - timedelta(hours=1),
    )
    behaviours_record(storefront=stocked, records=[event(1, kind="purchase"), event(2, kind="purchase", item="i1")])
    assert found(stocked) == {"no_list": 1}
    assert LintFinding.objects.get(rule="no_list").samples == [{"event_id": "e1", "kind": "purchase"}]


def test_a_bot_is_found_by_its_haste(stocked):
    at = timezone.now().replace(second=30, microsecond=0) - timedelta(minutes=2)
    behaviours_record(
        storefront=stocked,
        records=[
            event(n, item=f"i{n % 3}", occurred_at=(at + timedelta(milliseconds=n)).isoformat()) for n in range(61)
        ],
    )
    assert found(stocked) == {"burst": 1}
    assert LintFinding.objects.get(rule="burst").samples[0]["person"] == "ann"


def test_items_without_a_text_are_found(stocked):
    Item.objects.create(storefront=stocked, external_id="bare", title="Bare")
    assert found(stocked) == {"empty_text": 1}


def test_events_that_teach_nothing_are_counted(stocked):
    behaviours_record(storefront=stocked, records=[event(1, kind="search", item=None, text="mug")])
    measures_update(storefront_id=stocked.pk)
    assert found(stocked) == {"no_polarity": 1}
