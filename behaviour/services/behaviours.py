"""What people do, recorded once and for good: a few at a time from a site, or millions from files."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from behaviour.kinds import HIDE_TOPIC, kinds_for
from behaviour.models import Behaviour, Person
from catalog.models import Item, Storefront
from catalog.services import ImportReport, Record, Rejection
from catalog.services.imports import import_batches
from catalog.services.records import located

from .refusals import refusals_record
from .writing import EventWriter

BATCH = 5000


@dataclass(frozen=True)
class RecordReport:
    """What became of the events of one call. When any was refused (`rejected` > 0), nothing was stored.

    A conflict is an event id that was sent before with other content. Of many refusals the first 100 are listed;
    `Rejection.line` is the position in the call, from 1.
    """

    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0
    errors: list[Rejection] = field(default_factory=list)
    conflicts: list[Rejection] = field(default_factory=list)


def behaviours_record(
    *,
    storefront: Storefront,
    records: Sequence[Mapping[str, Any]],
    create_persons: bool = True,
    anonymous: bool = False,
) -> RecordReport:
    """Record events, all or none. Each needs an event id of the sender's own; sending it twice records it once.

    Persons who are not there yet are created, `anonymous` or not, unless `create_persons` is False. Unknown items are
    errors. What was refused is kept for operators to look at; see `refusals`.
    """
    writer = EventWriter(storefront, event_id_required=True, create_persons=create_persons, anonymous=anonymous)
    report = ImportReport()
    with transaction.atomic():
        writer.write(list(located(records)), report)
        if report.rejected:
            transaction.set_rollback(True)
    if report.rejected or report.unchanged:
        refusals_record(
            storefront=storefront,
            rejections=report.rejections,
            refused=report.rejected,
            sent_again=0 if report.rejected else report.unchanged,
        )
    if not report.rejected:
        return RecordReport(accepted=report.created, duplicates=report.unchanged)
    conflicts = [rejection for rejection in report.rejections if rejection.errors[0].code == "conflict"]
    errors = [rejection for rejection in report.rejections if rejection.errors[0].code != "conflict"]
    return RecordReport(rejected=report.rejected, errors=errors, conflicts=conflicts)


def behaviour_retract(*, person: Person, event_id: str) -> Behaviour | None:
    """Take back what the person did a moment ago. Returns the event that is gone, or None where there was none.

    Behaviours are append-only, because a fact does not become untrue when somebody changes their mind: that is a new
    fact. A slip of the finger is no fact. Whoever just made one has the right to have it forgotten, rather than
    contradicted by a second event that would stay beside it for good. Only their own events can be taken back.
    """
    event = Behaviour.objects.filter(person=person, event_id=event_id).first()
    if event is not None:
        event.delete()
    return event


def behaviours_forget(*, person: Person, item: Item, kinds: Collection[str] | None = None) -> int:
    """Forget what the person did with an item, of these kinds only if any are given. Returns how many events are gone.

    It is their right to have it forgotten, and it is one wish. What they hid stays hidden, unless that kind is named.
    """
    if kinds is None:
        kinds = [name for name, kind in kinds_for(person.storefront.vertical).items() if not kind.hides]
    gone, _by_model = Behaviour.objects.filter(person=person, item=item, kind__in=kinds).delete()
    return gone


def topic_unhide(*, person: Person, topic: str) -> int:
    """Take back every time that the person hid the topic. Returns how many events are gone."""
    gone, _by_model = Behaviour.objects.filter(person=person, kind=HIDE_TOPIC, text=topic).delete()
    return gone


def behaviours_import(
    *,
    storefront: Storefront,
    records: Iterable[Mapping[str, Any] | Record],
    keep_valid: bool = False,
    dry_run: bool = False,
    on_reject: Callable[[Rejection], None] | None = None,
    event_id_required: bool = False,
) -> ImportReport:
    """Record events from any number of records; `unchanged` counts those recorded before.

    An event without an id gets one from its content, so that a file that is imported twice is recorded once, unless
    `event_id_required`. What somebody did before they were erased is left out. With errors nothing is kept, unless
    `keep_valid`.
    """
    writer = EventWriter(storefront, event_id_required=event_id_required, from_files=True)
    return import_batches(
        records, writer.write, size=BATCH, keep_valid=keep_valid, dry_run=dry_run, on_reject=on_reject
    )
