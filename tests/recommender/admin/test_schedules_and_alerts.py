"""The pages on which operators write schedules and alert rules, and read what was found."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from behaviour.models import Account, Membership
from recommender.models import Alert, AlertRule, AuditEntry, Measured, Schedule
from recommender.services.alerts import webhook_secret


@pytest.fixture
def operator(client, cinema):
    """Signs somebody in who has this role on the cinema."""

    def signed_in(role: str):
        account = Account.objects.create_user(role, password="test", is_staff=True)
        Membership.objects.create(account=account, storefront=cinema, role=role)
        client.force_login(account)
        return client

    return signed_in


def page(name: str, *args) -> str:
    return reverse(f"admin:recommender_{name}", args=args)


def rule_of(storefront, **values) -> AlertRule:
    given = {"kind": "lag", "threshold": 30, "channel": "webhook", "target": "https://hooks.example.com/s3cret"}
    return AlertRule.objects.create(storefront=storefront, **given | values)


def alert_of(storefront, **values) -> Alert:
    return Alert.objects.create(storefront=storefront, rule=rule_of(storefront), seen={"minutes": 61}, **values)


def asked(storefront, **values) -> dict:
    return {
        "storefront": storefront.pk,
        "what": "retrain",
        "algorithm": "ease",
        "every_hours": 24,
        "active": "on",
    } | values


def test_a_data_scientist_writes_a_schedule_and_the_audit_log_has_it(operator, cinema):
    sent = operator("data-scientist").post(page("schedule_add"), asked(cinema, promote="on"))
    assert sent.status_code == 302
    row = Schedule.objects.get()
    assert timedelta(hours=23) < row.next_run_at - timezone.now() <= timedelta(hours=24)
    assert (row.created_by.username, row.promote) == ("data-scientist", True)
    entry = AuditEntry.objects.get(subject="schedule")
    assert (entry.action, entry.after["every_hours"], entry.actor_name) == ("create", 24, "data-scientist")


def test_a_schedule_cannot_be_written_for_another_storefront(operator, shop):
    sent = operator("data-scientist").post(page("schedule_add"), asked(shop))
    assert sent.status_code == 200
    assert not Schedule.objects.exists()


def test_a_schedule_with_two_rhythms_is_sent_back_with_a_sentence(operator, cinema):
    sent = operator("data-scientist").post(page("schedule_add"), asked(cinema, daily_at="03:00"))
    assert "Say either every how many hours, or at what time of the day." in sent.content.decode()


def test_who_may_not_put_live_may_not_schedule_it(account, cinema):
    sent = account("add_schedule").post(page("schedule_add"), asked(cinema, promote="on"))
    assert "You may not put models live" in sent.content.decode()


def test_saving_a_form_does_not_undo_what_a_worker_wrote_meanwhile(admin_client, cinema):
    row = Schedule.objects.create(
        storefront=cinema, what="clean", every_hours=24, state="running", next_run_at=timezone.now()
    )
    due = row.next_run_at
    sent = {"what": "clean", "algorithm": "", "every_hours": 24}
    assert admin_client.post(page("schedule_change", row.pk), sent).status_code == 302
    row.refresh_from_db()
    assert (row.active, row.state, row.next_run_at) == (False, "running", due)
    entry = AuditEntry.objects.get(subject="schedule")
    assert (entry.before["active"], entry.after["active"]) == (True, False)


def test_run_now_asks_first_and_makes_it_due(operator, cinema):
    row = Schedule.objects.create(
        storefront=cinema, what="clean", every_hours=24, next_run_at=timezone.now() + timedelta(hours=9)
    )
    client, address = operator("data-scientist"), page("schedule_run_now", row.pk)
    assert "Run it now?" in client.get(address).content.decode()
    assert Schedule.objects.get().next_run_at > timezone.now()
    client.post(address)
    assert Schedule.objects.get().next_run_at <= timezone.now()


@pytest.mark.parametrize("role", ["viewer", "merchandiser", "analyst"])
def test_others_look_and_change_nothing(operator, cinema, role):
    row = Schedule.objects.create(storefront=cinema, what="clean", every_hours=24)
    rule, client = rule_of(cinema), operator(role)
    for name in ("schedule", "alertrule", "alert"):
        assert client.get(page(f"{name}_changelist")).status_code == 200
    for name, key in (("schedule", row.pk), ("alertrule", rule.pk)):
        assert client.get(page(f"{name}_add")).status_code == 403
        assert client.post(page(f"{name}_change", key), {}).status_code == 403
        assert client.post(page(f"{name}_delete", key), {"post": "yes"}).status_code == 403
    client.post(page("schedule_run_now", row.pk))
    assert not AuditEntry.objects.exists()


def test_the_address_and_key_of_a_webhook_are_for_those_who_may_change_it(client, operator, cinema):
    rule = rule_of(cinema)
    address = page("alertrule_change", rule.pk)
    seen = operator("viewer").get(address).content.decode()
    assert "webhook at hooks.example.com" in seen
    assert "s3cret" not in seen
    assert webhook_secret(rule) not in seen
    seen = operator("data-scientist").get(address).content.decode()
    assert "s3cret" in seen
    assert webhook_secret(rule) in seen


def test_an_alert_says_what_was_found_and_what_to_do(operator, cinema):
    alert = alert_of(cinema)
    seen = operator("viewer").get(page("alert_change", alert.pk)).content.decode()
    assert "No event of Cinema has arrived for 61 minutes." in seen
    assert "Look at the live stream" in seen


def test_alerts_of_another_storefront_are_not_shown(operator, cinema, shop):
    alert_of(shop)
    assert "No event of Shop" not in operator("administrator").get(page("alert_changelist")).content.decode()


def test_home_lists_open_alerts_and_no_closed_ones(operator, cinema):
    Measured.objects.create(storefront=cinema, items=5, vectors=5, counted_at=timezone.now())
    alert = alert_of(cinema)
    closed = alert_of(cinema, closed_at=timezone.now())
    seen = operator("viewer").get(reverse("admin:index")).content.decode()
    assert page("alert_change", alert.pk) in seen
    assert page("alert_change", closed.pk) not in seen


def test_what_could_not_be_told_is_told_again_on_request(operator, cinema):
    alert = alert_of(cinema, delivery="failed", attempts=8, error="It answers with status 500.")
    client, address = operator("data-scientist"), page("alert_tell_again", alert.pk)
    assert "status 500" in client.get(address).content.decode()
    client.post(address)
    alert.refresh_from_db()
    assert (alert.delivery, alert.attempts) == ("waiting", 0)


@pytest.mark.parametrize("name", ["schedule", "alertrule", "alert"])
def test_a_list_of_many_rows_takes_few_queries(admin_client, cinema, name, django_assert_max_num_queries):
    for _ in range(20):
        alert_of(cinema)
        Schedule.objects.create(storefront=cinema, what="clean", every_hours=24)
    with django_assert_max_num_queries(14):
        admin_client.get(page(f"{name}_changelist"))


def test_the_audit_log_which_more_may_read_has_the_host_of_a_webhook_and_that_its_address_changed(operator, cinema):
    rule = rule_of(cinema)
    sent = {"kind": "lag", "figure": "", "threshold": 30, "channel": "webhook", "cool_down_minutes": 60, "active": "on"}
    address, target = page("alertrule_change", rule.pk), "https://hooks.example.com/n3w"
    assert operator("data-scientist").post(address, {**sent, "target": target}).status_code == 302
    entry = AuditEntry.objects.get(subject="alertrule")
    assert entry.after["target"].startswith("hooks.example.com (") and entry.after != entry.before
    assert "n3w" not in str(entry.after) and "s3cret" not in str(entry.before)


def test_an_e_mail_address_stands_in_the_audit_log(operator, cinema):
    rule = rule_of(cinema, channel="email", target="ops@example.com")
    assert operator("data-scientist").post(page("alertrule_delete", rule.pk), {"post": "yes"}).status_code == 302
    assert AuditEntry.objects.get(subject="alertrule").before["target"] == "ops@example.com"


def test_a_rhythm_of_whole_weeks_is_said_in_weeks(admin_client, cinema):
    Schedule.objects.create(storefront=cinema, what="clean", every_hours=168, next_run_at=timezone.now())
    html = admin_client.get(page("schedule_changelist")).content.decode()
    assert "every week" in html
    assert "168 hours" not in html


def test_what_was_said_of_a_schedule_is_read_in_chinese(admin_client, cinema):
    said = "0 old rows and 0 folders of checkpoints were deleted."
    row = Schedule.objects.create(
        storefront=cinema, what="clean", every_hours=24, next_run_at=timezone.now(), said=said
    )
    html = admin_client.get(page("schedule_change", row.pk), headers={"accept-language": "zh-hans"}).content.decode()
    assert said not in html


def test_an_alert_is_open_otherwise_than_a_site_is_to_visitors(admin_client, cinema):
    alert = alert_of(cinema, error="No mail server is set. Set EMAIL_URL and restart the worker.")
    address = page("alert_change", alert.pk)
    html = admin_client.get(address, headers={"accept-language": "zh-hans"}).content.decode()
    assert "未解决" in html
    assert "开放" not in html
    assert "EMAIL_URL and restart" not in html
