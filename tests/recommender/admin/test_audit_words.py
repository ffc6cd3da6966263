"""The audit log as operators read it: names in place of slugs, fields before and after."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils.translation import override

from behaviour.models import Account
from catalog.models import Storefront
from recommender.admin.audit_words import ACTIONS, changes_of, subject_words
from recommender.models import AlertRule, AuditEntry, ItemTie, OperatorRule, Segment
from recommender.services import artifact_activate
from recommender.services.audit import audit_record

LIST = reverse("admin:recommender_auditentry_changelist")


def page_of(client, entry: AuditEntry) -> str:
    return client.get(reverse("admin:recommender_auditentry_change", args=[entry.pk])).content.decode()


@pytest.fixture
def rule(cinema) -> OperatorRule:
    Segment.objects.create(storefront=cinema, slug="drama", name="Likes drama", condition="known = true")
    return OperatorRule.objects.create(storefront=cinema, name="No horror", kind="filter", condition="price > 1")


def test_fields_are_named_and_stand_before_and_after(rule):
    entry = audit_record(
        action="change",
        subject=rule,
        storefront=rule.storefront,
        before={"kind": "boost", "segment": "", "placements": [], "amount": 1.0, "active": True, "ends_at": None},
        after={
            "kind": "filter",
            "segment": "drama",
            "placements": ["home"],
            "amount": 1.0,
            "active": False,
            "ends_at": "2026-12-24T19:45:58.124Z",
        },
    )
    assert [(one.name, one.before, one.after) for one in changes_of(entry)] == [
        ("Kind", "boost: show more", "filter: never show"),
        ("Segment", "everybody", "Likes drama"),
        ("Placements", "everywhere", "For you"),
        ("Active", "yes", "no"),
        ("Until", "–", "2026-12-24 19:45 UTC"),
    ]


def test_a_row_that_was_made_says_all_that_it_was_made_of(rule):
    entry = audit_record(action="create", subject=rule, storefront=rule.storefront, after={"name": "No horror"})
    (change,) = changes_of(entry)
    assert (change.name, change.before, change.after) == ("Name", "", "No horror")


def test_a_segment_or_a_storefront_that_is_gone_is_called_as_it_was_written(rule):
    entry = audit_record(
        action="change", subject=rule, storefront=rule.storefront, before={"segment": "drama"}, after={"segment": "x"}
    )
    Segment.objects.all().delete()
    AuditEntry.objects.filter(pk=entry.pk).update(storefront_id=10**6)
    entry = AuditEntry.objects.get(pk=entry.pk)
    assert [(one.before, one.after) for one in changes_of(entry)] == [("drama", "x")]


def test_a_model_that_went_live_is_called_by_its_name(admin_client, cinema, artifact_of):
    artifact = artifact_of(cinema)
    artifact_activate(artifact=artifact)
    entry = AuditEntry.objects.get(action="promote")
    assert subject_words(entry) == f"Deployment: EASE #{artifact.pk} → every placement without a model of its own"
    page = page_of(admin_client, entry)
    assert f"EASE #{artifact.pk}" in page
    assert "put live" in admin_client.get(LIST).content.decode()


@pytest.mark.parametrize(
    "target", ["https://hooks.example.com/services/T0/SECRET", "https://u:SECRET@hooks.example.com"]
)
def test_of_a_webhook_that_an_old_entry_holds_whole_its_host_alone_is_shown(admin_client, cinema, target):
    rule = AlertRule.objects.create(storefront=cinema, kind="lag", threshold=5, channel="webhook", target=target)
    entry = audit_record(
        action="create", subject=rule, storefront=cinema, after={"channel": "webhook", "target": target}
    )
    page = page_of(admin_client, entry)
    assert "webhook at hooks.example.com" in page
    assert "SECRET" not in page


def test_a_page_of_the_log_costs_few_queries(admin_client, rule, django_assert_max_num_queries):
    said = {"segment": "drama", "placements": ["home"]}
    entries = [
        audit_record(action="create", subject=rule, storefront=rule.storefront, after={**said, "amount": n})
        for n in range(20)
    ]
    with django_assert_max_num_queries(9):
        admin_client.get(LIST)
    with django_assert_max_num_queries(12):
        page_of(admin_client, entries[0])


def test_an_operator_of_one_storefront_reads_its_entries_alone(client, cinema, shop):
    account = Account.objects.create_user("ada", password="test", is_staff=True)
    account.memberships.create(storefront=cinema, role="administrator")
    for storefront in Storefront.objects.all():
        audit_record(action="change", subject=storefront, storefront=storefront, after={"name": f"New {storefront}"})
    client.force_login(account)
    page = client.get(LIST).content.decode()
    assert "Storefront: Cinema" in page
    assert "Storefront: Shop" not in page


def test_what_was_done_is_said_in_words_wherever_it_is_written_down():
    """Read from the code, for an action is a plain word there."""
    written = set()
    for app in ("behaviour", "catalog", "recommender"):
        for path in Path(app).rglob("services/*.py"):
            written |= set(re.findall(r'(?:\baction=|\b_audit\(|Change\()"([a-z ]+)"', path.read_text()))
    written |= {f"{undone}{kind}" for kind in ItemTie.Kind.values for undone in ("", "un")}
    assert {"erase a person", "pin baseline"} <= written
    assert written - ACTIONS.keys() == set()


@pytest.mark.parametrize(
    ("subject", "name", "said"),
    [
        ("alertrule", "a figure drifts: dismissals · Lantern", "告警规则: 指标漂移: "),
        ("privacyrequest", "erase #6", "隐私请求: 清除 #6"),
        ("standby", "ease #9 (shadow)", "影子"),
        ("schedule", "clean up · Clean up", "清理 · Clean up"),
    ],
)
def test_what_was_changed_is_named_in_the_readers_language(subject, name, said):
    with override("zh-hans"):
        assert said in subject_words(AuditEntry(subject=subject, subject_name=name))
