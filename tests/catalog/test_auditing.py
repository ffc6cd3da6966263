"""What the audit log is told, and that it hears of nothing twice."""

from __future__ import annotations

from datetime import timedelta

from catalog.auditing import Change, differences
from catalog.keys import api_key_create, api_key_revoke, api_key_rotate
from recommender.models import AuditEntry
from recommender.services.audit import audit_record, audit_record_all, audit_verify


def test_differences_are_the_fields_that_changed():
    assert differences({"a": 1, "b": 2}, {"a": 1, "b": 3}) == ({"b": 2}, {"b": 3})


def test_many_entries_make_one_whole_chain(storefront):
    audit_record(action="create", subject=storefront)
    audit_record_all([Change("change", storefront, before={"n": n}, after={"n": n + 1}) for n in range(3)])
    audit_record(action="change", subject=storefront)
    assert audit_verify() is None
    assert [entry.before for entry in AuditEntry.objects.order_by("id")] == [None, {"n": 0}, {"n": 1}, {"n": 2}, None]


def test_a_key_from_the_command_line_is_in_the_log_too(storefront):
    row, _text = api_key_create(storefront=storefront, name="App", scopes=["read"])
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.subject, entry.storefront, entry.actor) == ("create", "apikey", storefront, None)
    assert entry.after["prefix"] == row.prefix
    assert entry.after["scopes"] == ["read"]


def test_rotating_names_the_key_that_took_its_place(storefront):
    row, _text = api_key_create(storefront=storefront, name="App", scopes=["read"])
    new, _text = api_key_rotate(key=row, overlap=timedelta(hours=24))
    entry = AuditEntry.objects.first()
    assert (entry.action, entry.before["prefix"], entry.after["prefix"]) == ("rotate", row.prefix, new.prefix)
    assert entry.after["old_works_until"]


def test_the_log_holds_neither_a_secret_nor_its_digest(storefront):
    row, text = api_key_create(storefront=storefront, name="App", scopes=["read"])
    _new, other = api_key_rotate(key=row, overlap=timedelta(hours=24))
    api_key_revoke(key=row)
    said = str(list(AuditEntry.objects.values()))
    assert not any(secret in said for secret in (text, text.rpartition("_")[2], other, row.digest))


def test_revoking_twice_is_one_entry(storefront):
    row, _text = api_key_create(storefront=storefront, name="App", scopes=["read"])
    assert api_key_revoke(key=row)
    assert not api_key_revoke(key=row)
    entry = AuditEntry.objects.get(action="revoke")
    assert entry.before["revoked_at"] is None
    assert entry.after["revoked_at"]
