"""Alerts open once, are told once, wait for quiet hours, are tried again, and close by themselves."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from datetime import UTC, datetime, time, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core.exceptions import ValidationError

from behaviour.models import Behaviour, Person
from catalog.models import Item
from recommender.jobs import alerts as telling
from recommender.jobs.alerts import CLAIM, MOST_ATTEMPTS, alert_deliver, alerts_check, alerts_deliver
from recommender.jobs.posting import PostError, post
from recommender.models import Alert, AlertRule, ListHour, Measured, Schedule, TrainingRun
from recommender.services.alerts import alert_text, webhook_secret

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
Delivery = Alert.Delivery


@pytest.fixture
def hook():
    """A server on this machine that keeps what it is sent; `status` is what it answers."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.server.got.append((dict(self.headers), body))
            self.send_response(self.server.status)
            self.send_header("Location", "http://127.0.0.1:1/")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.got, server.status = [], 200
    server.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def lag_rule(storefront, **values) -> AlertRule:
    given = {"kind": "lag", "threshold": 30, "channel": "email", "target": "ops@example.com"} | values
    return AlertRule.objects.create(storefront=storefront, **given)


def event(storefront, at: datetime) -> None:
    person, _ = Person.objects.get_or_create(storefront=storefront, external_id="ann")
    item, _ = Item.objects.get_or_create(storefront=storefront, external_id="mug", defaults={"title": "Mug"})
    row = Behaviour.objects.create(
        storefront=storefront, person=person, item=item, kind="view", occurred_at=at, event_id=f"{at:%d%H%M}"
    )
    Behaviour.objects.filter(pk=row.pk).update(received_at=at)


@pytest.fixture
def late(shop):
    """A shop whose last event came an hour ago."""
    event(shop, NOW - timedelta(hours=1))
    return shop


def check(storefront, now=NOW):
    return alerts_check(storefront_id=storefront.pk, now=now)


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


def test_an_e_mail_says_what_where_since_when_and_what_to_do(late, mailoutbox):
    lag_rule(late)
    check(late)
    assert [alerts_deliver(now=NOW), alerts_deliver(now=NOW)] == [1, 0]
    (mail,) = mailoutbox
    assert mail.to == ["ops@example.com"]
    assert mail.subject == "[Kindred] No event of Shop has arrived for 60 minutes."
    assert "Storefront: Shop. Since 2026-11-24 09:00 UTC." in mail.body
    assert "What to do: Look at the live stream" in mail.body
    assert Alert.objects.get().delivery == Delivery.DELIVERED


def test_without_a_mail_server_the_alert_says_what_to_set(late, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    lag_rule(late)
    check(late)
    assert alerts_deliver(now=NOW) == 0
    assert "EMAIL_URL" in Alert.objects.get().error


def test_a_webhook_is_signed_over_its_time_and_body(late, hook, settings):
    settings.ALERT_NETWORKS = ["127.0.0.0/8"]
    rule = lag_rule(late, channel="webhook", target=hook.url)
    check(late)
    assert alerts_deliver(now=NOW) == 1
    ((headers, body),) = hook.got
    stamp = headers["Kindred-Timestamp"]
    expected = hmac.new(webhook_secret(rule).encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    assert headers["Kindred-Signature"] == f"sha256={expected}"
    said = json.loads(body)
    assert (said["storefront"], said["kind"], said["since"]) == ("shop", "lag", "2026-11-24T09:00:00+00:00")
    assert headers["Kindred-Delivery"] == f"alert-{said['alert']}"


def test_a_webhook_inside_the_network_is_not_called_unless_the_settings_allow_it(late, hook):
    lag_rule(late, channel="webhook", target=hook.url)
    check(late)
    assert alerts_deliver(now=NOW) == 0
    assert hook.got == []
    assert "not a public address" in Alert.objects.get().error


def test_a_name_that_leads_inside_is_not_called(hook):
    with pytest.raises(PostError, match="not a public address"):
        post(f"http://hooks.example:{hook.server_port}/", b"{}", {}, resolve=lambda host, port: ["127.0.0.1"])
    assert hook.got == []


def test_a_redirect_is_not_followed(hook):
    hook.status = 302
    with pytest.raises(PostError, match="status 302"):
        post(hook.url, b"{}", {}, networks=["127.0.0.0/8"])
    assert len(hook.got) == 1


def test_what_fails_is_tried_again_later_each_time_and_then_arrives_once(late, hook, settings):
    settings.ALERT_NETWORKS = ["127.0.0.0/8"]
    hook.status = 503
    lag_rule(late, channel="webhook", target=hook.url)
    check(late)
    waits, now = [], NOW
    for _ in range(3):
        alerts_deliver(now=now)
        alert = Alert.objects.get()
        waits.append((alert.next_try_at - now) / timedelta(minutes=1))
        assert alerts_deliver(now=alert.next_try_at - timedelta(seconds=1)) == 0  # not before its time
        now = alert.next_try_at
    assert waits == [1, 2, 4]
    assert "status 503" in alert.error
    hook.status = 200
    assert [alerts_deliver(now=now), alerts_deliver(now=now)] == [1, 0]
    assert len(hook.got) == 4
    assert len({headers["Kindred-Delivery"] for headers, _body in hook.got}) == 1


def test_what_never_arrives_is_given_up_and_says_why(late, hook, settings):
    settings.ALERT_NETWORKS = ["127.0.0.0/8"]
    hook.status = 500
    lag_rule(late, channel="webhook", target=hook.url)
    check(late)
    now = NOW
    for _ in range(MOST_ATTEMPTS + 2):
        alerts_deliver(now=now)
        now = max(now, Alert.objects.get().next_try_at)
    alert = Alert.objects.get()
    assert (alert.delivery, len(hook.got)) == (Delivery.FAILED, MOST_ATTEMPTS)
    assert "status 500" in alert.error


def test_two_workers_tell_it_once(late, mailoutbox, monkeypatch):
    lag_rule(late)
    check(late)
    pk = Alert.objects.get().pk
    send, second = telling.alert_send, []

    def while_the_first_sends(alert, now):
        if not second:
            second.append(True)
            second.append(alert_deliver(alert_id=pk, now=now))
        send(alert, now)

    monkeypatch.setattr(telling, "alert_send", while_the_first_sends)
    assert alert_deliver(alert_id=pk, now=NOW)
    assert second == [True, False]
    assert len(mailoutbox) == 1


def test_a_worker_that_died_while_telling_is_replaced(late, mailoutbox):
    lag_rule(late)
    check(late)
    Alert.objects.update(attempts=1, next_try_at=NOW + CLAIM)  # claimed, and then nothing
    assert alerts_deliver(now=NOW) == 0
    assert alerts_deliver(now=NOW + CLAIM) == 1
    assert len(mailoutbox) == 1


def test_no_new_alert_opens_during_the_cool_down(late):
    rule = lag_rule(late, cool_down_minutes=60)
    Alert.objects.create(storefront=late, rule=rule, opened_at=NOW, closed_at=NOW - timedelta(minutes=30))
    assert check(late) == (0, 0)
    assert check(late, NOW + timedelta(minutes=31)) == (1, 0)


@pytest.mark.parametrize(("start", "end"), [(time(9), time(11)), (time(22), time(11))])
def test_in_quiet_hours_it_waits_for_their_end(late, mailoutbox, start, end):
    lag_rule(late, quiet_from=start, quiet_until=end)
    check(late)
    assert alerts_deliver(now=NOW + timedelta(minutes=59)) == 0
    assert alerts_deliver(now=NOW + timedelta(minutes=60)) == 1
    assert len(mailoutbox) == 1


def test_what_is_over_before_the_quiet_hours_end_is_not_told(late, mailoutbox):
    lag_rule(late, quiet_from=time(9), quiet_until=time(11))
    check(late)
    event(late, NOW)
    check(late, NOW + timedelta(minutes=5))
    assert alerts_deliver(now=NOW + timedelta(hours=2)) == 0
    assert Alert.objects.get().delivery == Delivery.NEEDLESS


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
    assert "changed by -40.0%: 0.06 in the last 24 hours, 0.1 in the" in alert_text(Alert.objects.get())
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


def test_behind_slow_receivers_each_alert_is_claimed_from_its_own_time_on(late, monkeypatch):
    """Else the claim of the last is over before it is made, and a second worker tells it too."""
    for _ in range(2):
        lag_rule(late)
    check(late)
    clock, left = [NOW], []

    def slow(alert, now):
        left.append(Alert.objects.get(pk=alert.pk).next_try_at - clock[0])
        clock[0] += 2 * CLAIM

    monkeypatch.setattr(telling.timezone, "now", lambda: clock[0])
    monkeypatch.setattr(telling, "alert_send", slow)
    assert alerts_deliver() == 2
    assert left == [CLAIM, CLAIM]
