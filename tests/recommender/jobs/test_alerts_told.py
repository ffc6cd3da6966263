"""An alert is told once that it began and once that it is over, by e-mail or webhook, whoever fails meanwhile."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from datetime import datetime, time, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from recommender.jobs import alerts as telling
from recommender.jobs.alerts import CLAIM, MOST_ATTEMPTS, alert_deliver, alerts_deliver
from recommender.jobs.posting import PostError, post
from recommender.models import Alert, AlertRule
from recommender.services.alerts import webhook_secret

from .alerting import NOW, check, event, lag_rule

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


def over(storefront, now: datetime) -> None:
    """Events come again."""
    event(storefront, now - timedelta(minutes=1))
    assert check(storefront, now) == (0, 1)


def test_that_an_alert_is_over_is_told_once_to_whom_it_was_told(late, mailoutbox):
    lag_rule(late)
    check(late)
    alerts_deliver(now=NOW)
    later = NOW + timedelta(minutes=20)
    over(late, later)
    assert alerts_deliver(now=later) == 1
    assert alerts_deliver(now=later + timedelta(hours=1)) == 0
    began, ended = mailoutbox
    assert ended.subject.startswith("[Kindred] Over: No event of")
    assert "It is over since 2026-11-24 10:20 UTC; it began at 2026-11-24 09:00 UTC." in ended.body
    assert began.extra_headers["Message-ID"] != ended.extra_headers["Message-ID"]
    assert Alert.objects.get().closing == Delivery.DELIVERED


def test_a_webhook_says_that_an_alert_is_closed(late, hook, settings):
    settings.ALERT_NETWORKS = ["127.0.0.0/8"]
    lag_rule(late, channel="webhook", target=hook.url)
    check(late)
    alerts_deliver(now=NOW)
    over(late, NOW + timedelta(minutes=5))
    alerts_deliver(now=NOW + timedelta(minutes=5))
    (first, began), (second, ended) = hook.got
    assert (json.loads(began)["state"], json.loads(began)["until"]) == ("open", None)
    assert json.loads(ended)["state"] == "closed"
    assert json.loads(ended)["until"] == "2026-11-24T10:05:00+00:00"
    assert second["Kindred-Delivery"] == f"{first['Kindred-Delivery']}-closed"


def test_an_end_that_does_not_arrive_is_tried_again_and_then_given_up(late, hook, settings):
    settings.ALERT_NETWORKS = ["127.0.0.0/8"]
    lag_rule(late, channel="webhook", target=hook.url)
    check(late)
    alerts_deliver(now=NOW)
    hook.status = 500
    now = NOW + timedelta(minutes=5)
    over(late, now)
    for _attempt in range(MOST_ATTEMPTS):
        alerts_deliver(now=now)
        now = Alert.objects.get().next_try_at
    alert = Alert.objects.get()
    assert (alert.delivery, alert.closing, alert.attempts) == (Delivery.DELIVERED, Delivery.FAILED, MOST_ATTEMPTS)
    assert "500" in alert.error


def test_an_end_during_the_telling_of_the_beginning_is_told_after_it(late, mailoutbox):
    lag_rule(late)
    check(late)
    Alert.objects.update(attempts=1)  # a first attempt failed
    over(late, NOW + timedelta(minutes=2))
    assert alerts_deliver(now=NOW + timedelta(minutes=2)) == 1
    assert alerts_deliver(now=NOW + timedelta(minutes=2)) == 1
    assert ["Over" in message.subject for message in mailoutbox] == [False, True]


def test_an_alert_that_closes_because_nobody_watches_is_not_told_to_be_over(late, mailoutbox):
    rule = lag_rule(late)
    check(late)
    alerts_deliver(now=NOW)
    AlertRule.objects.filter(pk=rule.pk).update(active=False)
    check(late)
    assert alerts_deliver(now=NOW + timedelta(hours=1)) == 0
    assert Alert.objects.get().closing == ""


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
