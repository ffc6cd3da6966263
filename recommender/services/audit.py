"""Writing the audit log, and proving that nobody wrote in it afterwards."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone

from behaviour.models import Account
from catalog.auditing import Change
from catalog.models import Storefront

from ..models import AuditEntry

_LOCK = 0x6B6E6472  # any number that nobody else uses as an advisory lock


def audit_record(
    *,
    action: str,
    subject: Model,
    storefront: Storefront | None = None,
    actor: Account | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> AuditEntry:
    """Add a link, in the transaction of the change itself: both are kept or neither."""
    return audit_record_all([Change(action, subject, actor, storefront, before, after, reason)])[0]


def audit_record_all(changes: Sequence[Change]) -> list[AuditEntry]:
    """Add a link for each change, as `audit_record` does for one, with as many queries as for one."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            # On SQLite the write lock does this: every transaction takes it when it begins.
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        previous = AuditEntry.objects.order_by("-id").values_list("digest", flat=True).first() or ""
        entries = []
        for change in changes:
            entries.append(_entry(change, previous))
            previous = entries[-1].digest
        return AuditEntry.objects.bulk_create(entries, batch_size=500)


def _entry(change: Change, previous: str) -> AuditEntry:
    entry = AuditEntry(
        storefront=change.storefront,
        actor=change.actor,
        actor_name=change.actor.get_username() if change.actor else "",
        action=change.action,
        subject=change.subject._meta.model_name,
        subject_id=str(change.subject.pk or ""),
        subject_name=str(change.subject)[:250],
        before=_plain(change.before),
        after=_plain(change.after),
        reason=change.reason[:500],
        at=timezone.now(),
        previous=previous,
    )
    entry.digest = entry.expected_digest()
    return entry


def audit_before_newest(count: int) -> AuditEntry | None:
    """The entry that the newest `count` follow; None where there are no more than these."""
    return AuditEntry.objects.order_by("-id")[count : count + 1].first()


def audit_verify(after: AuditEntry | None = None) -> AuditEntry | None:
    """The first entry that is not what it was or does not follow the one before it; None where the chain is whole.

    With `after`, entries that follow it are read alone, and its digest is taken as it stands. One query, whose rows
    come a thousand at a time.
    """
    previous, rows = "", AuditEntry.objects.order_by("id")
    if after is not None:
        previous, rows = after.digest, rows.filter(pk__gt=after.pk)
    for entry in rows.iterator(chunk_size=1000):
        if entry.previous != previous or entry.digest != entry.expected_digest():
            return entry
        previous = entry.digest
    return None


def fields_said(row: Model, *names: str) -> dict[str, Any]:
    """Some of a row's fields, as the log keeps them."""
    return {name: getattr(row, name) for name in names}


def _plain(said: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """As it comes back from any database, so that its digest is the same then."""
    if said is None:
        return None
    return json.loads(json.dumps(dict(said), cls=DjangoJSONEncoder), parse_float=_number, parse_constant=str)


def _number(text: str) -> float | int:
    """PostgreSQL keeps a number by its decimal digits: 1e+16 comes back as a whole number, −0.0 without its sign."""
    return int(Decimal(text)) if "e+" in text else float(text) + 0.0
