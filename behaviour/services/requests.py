"""Privacy requests: written down when they come, carried out, and kept with what each store answered.

Whoever asks in the privacy centre, by the API or at an operator's desk is served at once, and the row says so. One
that came by letter waits in the list until an operator carries it out.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from behaviour.models import Account, Behaviour, Consent, Person, PrivacyRequest, Relationship
from behaviour.stores import Outcome, Receipt, kept, receipts_of
from catalog.auditing import Change, audit
from catalog.models import Storefront

from .consents import consents_give
from .erasures import erasure_note
from .persons import person_export, refused_of
from .tombstones import tombstones_keep

Kind, State, Came = PrivacyRequest.Kind, PrivacyRequest.State, PrivacyRequest.Came
DATABASE = "database"
#: What can be objected to.
PURPOSES = (Consent.Purpose.PERSONALISATION.value, Consent.Purpose.TRAINING.value)
#: The words of a consent that an objection takes back.
WORDING = "privacy-request-1"


class RequestError(Exception):
    """It cannot be done with this request; the message says why."""


def request_enter(
    *,
    person: Person,
    kind: str,
    came: str,
    purposes: Collection[str] = (),
    received_at: datetime | None = None,
    by: Account | None = None,
) -> PrivacyRequest:
    """Write down what somebody asks. It is due `PRIVACY_DUE_DAYS` after it came.

    Raises RequestError for an objection to nothing, or a time that is still to come.
    """
    received_at = received_at or timezone.now()
    if kind == Kind.OBJECT and (not purposes or not set(purposes) <= set(PURPOSES)):
        raise RequestError(_("Say what is objected to: personalisation, training, or both."))
    if received_at > timezone.now():
        raise RequestError(_("A request cannot have come in the future."))
    with transaction.atomic():
        request = PrivacyRequest.objects.create(
            storefront=person.storefront,
            person=person,
            subject_key=person.subject_key,
            kind=kind,
            purposes=list(purposes) if kind == Kind.OBJECT else [],
            came=came,
            received_at=received_at,
            due_at=received_at + timedelta(days=settings.PRIVACY_DUE_DAYS),
        )
        if by is not None:
            _audit("enter a privacy request", request, person.subject_key, by)
    return request


@transaction.atomic
def request_carry_out(*, request: PrivacyRequest, by: Account | None = None) -> dict[str, Any] | None:
    """Do what was asked. Returns what is to be handed out, for an export. Raises RequestError where it is closed."""
    request = _open(request)
    person = request.person
    if person is None:
        raise RequestError(_("The person is gone."))
    if request.kind == Kind.ERASE:
        person_erase(person=person, by=by)
        return None
    if request.kind == Kind.EXPORT:
        return _hand_out(request, by)
    _object(request, by)
    return None


@transaction.atomic
def request_refuse(*, request: PrivacyRequest, reason: str, by: Account | None = None) -> PrivacyRequest:
    """Close it without doing it. The audit log holds that it was refused, the row alone why: words may name people.

    Raises RequestError without a reason, and for one that is closed.
    """
    if not reason.strip():
        raise RequestError(_("Say why it is refused: the person may ask an authority about it."))
    request = _open(request)
    request.reason = reason.strip()[:500]
    _close(request, State.REFUSED)
    _audit("refuse a privacy request", request, request.subject_key, by)
    return request


@transaction.atomic
def person_hand_out(*, person: Person, came: str, by: Account | None = None) -> dict[str, Any]:
    """Everything that is held about the person, and the row that says that it was given. See `person_export`."""
    return _hand_out(request_enter(person=person, kind=Kind.EXPORT, came=came), by)


@transaction.atomic
def person_object(
    *, person: Person, purposes: Collection[str], came: str, version: str = WORDING, by: Account | None = None
) -> Person:
    """The person no longer wants this: it holds at once, for lists and for every training that begins from now on.

    One that is at work and has read the person publishes nothing: see recommender.jobs.snapshots.

    An answer that stands already is no new objection.
    """
    if [purpose for purpose in purposes if person.consents.get(purpose) is not False]:
        _object(request_enter(person=person, kind=Kind.OBJECT, came=came, purposes=purposes), by, version)
        person.refresh_from_db()
        return person
    return consents_give(person=person, answers=dict.fromkeys(purposes, False), version=version)


@transaction.atomic
def person_erase(*, person: Person, came: str = Came.OPERATOR, by: Account | None = None) -> PrivacyRequest | None:
    """The person, what they did and whom they know, gone for good; imports of older files leave them out.

    Returns the request that says so: one of theirs that was open, else a new one; None where they were gone already.
    With the last person of a visitor's account goes the account's e-mail address: nothing is left that needs it.
    """
    # A training that is being published waits here, or sees that they are gone: see recommender.jobs.snapshots.
    Storefront.objects.select_for_update(no_key=True).get(pk=person.storefront_id)
    held = Person.objects.select_for_update(of=("self",)).select_related("storefront").filter(pk=person.pk).first()
    if held is None:
        return None
    theirs = PrivacyRequest.objects.filter(person=held)
    request = theirs.filter(kind=Kind.ERASE, state=State.OPEN).order_by("pk").first()
    request = request or request_enter(person=held, kind=Kind.ERASE, came=came)
    receipts, pseudonym, account = receipts_of(held, request), held.subject_key, held.account_id
    tombstone = erasure_note(person=held)
    _nameless(theirs.exclude(pk=request.pk), tombstone.digest)
    request.person, request.subject_key, request.digest = None, None, tombstone.digest
    counts = _rows_erase(held)
    if account is not None and not Person.objects.filter(account=account).exists():
        Account.objects.filter(pk=account, is_staff=False).update(email="")
    _close(request, State.DONE, [kept(DATABASE, Receipt(Outcome.GONE, counts)), *receipts])
    _audit("erase a person", request, pseudonym, by)
    tombstones_keep([tombstone])
    return request


def _rows_erase(person: Person) -> dict[str, int]:
    """Label of a model → how many of its rows went, or lost a name."""
    ends = (Q(object_repr__startswith=f"{person.external_id} "), Q(object_repr__endswith=f" {person.external_id}"))
    about = Q(content_type=ContentType.objects.get_for_model(Person), object_id=str(person.pk))
    about |= Q(content_type=ContentType.objects.get_for_model(Relationship)) & (ends[0] | ends[1])
    named = LogEntry.objects.filter(about).update(object_repr=_("erased person"))
    _n, refused = refused_of(person).delete()
    _n, deleted = person.delete()
    return {label.lower(): n for label, n in {**deleted, **refused, LogEntry._meta.label: named}.items() if n}


def _nameless(theirs: QuerySet[PrivacyRequest], digest: str) -> None:
    """What else they asked leads to them no more, and what of it was open cannot be done any more."""
    theirs.filter(kind=Kind.ERASE, state=State.OPEN).update(state=State.DONE, done_at=timezone.now())
    over = _("The person was erased before it was carried out.")
    waiting = list(theirs.filter(state=State.OPEN).values_list("pk", flat=True))
    theirs.update(person=None, subject_key=None, digest=digest, reason="")
    PrivacyRequest.objects.filter(pk__in=waiting).update(state=State.REFUSED, done_at=timezone.now(), reason=over)


def _hand_out(request: PrivacyRequest, by: Account | None) -> dict[str, Any]:
    receipts = receipts_of(request.person, request)
    held = person_export(person=request.person)
    counts = {
        Person._meta.label_lower: 1,
        Behaviour._meta.label_lower: len(held["behaviours"]),
        Relationship._meta.label_lower: len(held["relationships"]),
        **{label: len(rows) for label, rows in held["other"].items()},
    }
    given = Receipt(Outcome.GIVEN, {label: n for label, n in counts.items() if n})
    _close(request, State.DONE, [kept(DATABASE, given), *receipts])
    _audit("export a person", request, request.subject_key, by)
    return held


def _object(request: PrivacyRequest, by: Account | None, version: str = WORDING) -> None:
    receipts = receipts_of(request.person, request)
    consents_give(person=request.person, answers=dict.fromkeys(request.purposes, False), version=version)
    written = Receipt(Outcome.HOLDS, {Consent._meta.label_lower: len(request.purposes)})
    _close(request, State.DONE, [kept(DATABASE, written), *receipts])
    _audit("carry out an objection", request, request.subject_key, by)


def _open(request: PrivacyRequest) -> PrivacyRequest:
    """The row, held. Two operators may press the same button."""
    rows = PrivacyRequest.objects.select_for_update(of=("self",)).select_related("storefront")
    held = rows.filter(pk=request.pk, state=State.OPEN).first()
    if held is None:
        raise RequestError(_("This request is closed already."))
    held.person = Person.objects.select_related("storefront").filter(pk=held.person_id).first()
    return held


def _close(request: PrivacyRequest, state: str, receipts: list[dict[str, Any]] | None = None) -> None:
    request.state, request.done_at, request.receipts = state, timezone.now(), receipts or []
    request.save()


def _audit(action: str, request: PrivacyRequest, pseudonym: Any, by: Account | None) -> None:
    about = {"kind": request.kind, "came": request.came, "subject_key": pseudonym}
    audit(Change(action, request, by, request.storefront, after=about))
