"""Alerts open once, on what is true, and close by themselves."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
from django.core.exceptions import ValidationError

from recommender.jobs import alerts as telling
from recommender.models import Alert, AlertRule, ListHour, Measured, Schedule, TrainingRun
from recommender.services.alerts import alert_text

from .alerting import NOW, check, event, lag_rule


def test_late_data_opens_one_alert_and_new_data_closes_it(late):
    lag_rule(late)
    assert [check(late), check(late)] == [(1, 0), (0, 0)]
    alert = Alert.objects.get()
    assert (alert.seen, alert.opened_at) == ({"minutes": 60}, NOW - timedelta(hours=1))
    event(late, NOW)
    assert check(late, NOW + timedelta(minutes=1)) == (0, 1)


def test_the_database_keeps_one_open_alert_a_rule(late, monkeypatch):
    rule = lag_rule(late)
    Alert.objects.create(storefront=late, rule=rule)
    assert telling._open(rule, {}, NOW, NOW) == 0  # what a second worker does that looked before the first wrote
    assert Alert.objects.count() == 1


def test_no_new_alert_opens_during_the_cool_down(late):
    rule = lag_rule(late, cool_down_minutes=60)
    Alert.objects.create(storefront=late, rule=rule, opened_at=NOW, closed_at=NOW - timedelta(minutes=30))
    assert check(late) == (0, 0)
    assert check(late, NOW + timedelta(minutes=31)) == (1, 0)


def test_a_rule_that_is_switched_off_closes_its_alert(late):
    rule = lag_rule(late)
    check(late)
    AlertRule.objects.filter(pk=rule.pk).update(active=False)
    assert check(late) == (0, 1)


def test_a_storefront_without_any_event_is_not_late(shop):
    lag_rule(shop)
    assert check(shop) == (0, 0)


def lists(storefront, at: datetime, clicked: int, seen: int = 1000) -> None:
    ListHour.objects.create(storefront=storefront, hour=at, placement="home", lists=seen, seen=seen, clicked=clicked)


def test_a_figure_that_moves_by_more_than_the_threshold_is_a_drift(shop):
    lag_rule(shop, kind="drift", figure="ctr", threshold=30)
    lists(shop, NOW - timedelta(hours=30), 100)
    lists(shop, NOW - timedelta(hours=3), 60)
    assert check(shop) == (1, 0)
    assert "fell by 40.0%, to 6.0% in the last 24 hours from 10.0% in the" in alert_text(Alert.objects.get())
    assert "(n = 1,000). That is worse." in alert_text(Alert.objects.get())
    ListHour.objects.filter(clicked=60).update(clicked=90)
    assert check(shop) == (0, 1)


def test_too_few_cases_neither_open_nor_close_a_drift(shop):
    rule = lag_rule(shop, kind="drift", figure="ctr", threshold=30)
    lists(shop, NOW - timedelta(hours=30), 10, seen=50)
    lists(shop, NOW - timedelta(hours=3), 1, seen=50)
    assert check(shop) == (0, 0)
    Alert.objects.create(storefront=shop, rule=rule)
    assert check(shop) == (0, 0)


def run(storefront, status, at, algorithm="ease") -> TrainingRun:
    return TrainingRun.objects.create(storefront=storefront, algorithm=algorithm, status=status, finished_at=at)


def test_a_failed_run_is_told_until_the_next_of_its_kind_succeeds(shop):
    lag_rule(shop, kind="failed", threshold=1)
    failed = run(shop, "failed", NOW - timedelta(hours=2))
    run(shop, "finished", NOW - timedelta(hours=1), "popularity")
    assert check(shop) == (1, 0)
    alert = Alert.objects.get()
    assert alert.opened_at == failed.finished_at
    assert f"1 piece of work failed on Shop: run {failed.pk}." in alert_text(alert)
    run(shop, "finished", NOW)
    assert check(shop) == (0, 1)


def test_a_failed_schedule_is_told_and_one_that_failed_by_its_run_counts_once(shop):
    lag_rule(shop, kind="failed", threshold=2)
    failed = run(shop, "failed", NOW)
    Schedule.objects.create(storefront=shop, what="retrain", every_hours=1, state="failed", run=failed, ended_at=NOW)
    assert check(shop) == (0, 0)
    Schedule.objects.create(storefront=shop, what="embed", every_hours=1, state="failed", ended_at=NOW)
    assert check(shop) == (1, 0)


def test_items_without_vectors_make_an_index_stale(shop):
    lag_rule(shop, kind="stale", threshold=10)
    Measured.objects.create(storefront=shop, items=1000, vectors=850, counted_at=NOW)
    assert check(shop) == (1, 0)
    assert "150 of 1,000 items of Shop (15.0%) have no vector." in alert_text(Alert.objects.get())
    Measured.objects.update(vectors=1000)
    assert check(shop) == (0, 1)


def test_the_failures_of_another_storefront_are_not_told(shop, cinema):
    lag_rule(shop, kind="failed", threshold=1)
    run(cinema, "failed", NOW)
    assert check(shop) == (0, 0)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"kind": "drift"}, "figure"),
        ({"figure": "ctr"}, "figure"),
        ({"threshold": 0}, "threshold"),
        ({"target": "nobody"}, "target"),
        ({"channel": "webhook", "target": "ftp://example.com"}, "target"),
        ({"channel": "webhook", "target": "https://user@example.com/"}, "target"),
        ({"quiet_from": time(9)}, "quiet_until"),
        ({"quiet_from": time(9), "quiet_until": time(9)}, "quiet_until"),
    ],
)
def test_a_rule_that_makes_no_sense_says_which_field(shop, values, field):
    given = {"kind": "lag", "threshold": 30, "channel": "email", "target": "ops@example.com"} | values
    with pytest.raises(ValidationError) as refused:
        AlertRule(storefront=shop, **given).full_clean()
    assert field in refused.value.message_dict
