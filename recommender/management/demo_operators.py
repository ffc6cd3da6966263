"""What operators of the demo have set up: segments, rules, schedules, alert rules, and a model that stands by."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from behaviour.models import Account, Consent, Membership, Person, PrivacyRequest
from behaviour.roles import Role
from behaviour.services import request_carry_out, request_enter, request_refuse
from catalog.models import Storefront

from ..jobs.alerts import alerts_check
from ..jobs.shadowing import mirror
from ..models import AlertRule, Artifact, OperatorRule, Recommendation, Schedule, Segment, Standby
from ..services.audit import audit_record, fields_said
from ..services.promoting import champion_of, standby_start
from ..services.rules import rule_create

REASON = "Set up by the demo, over simulated visitors."
#: The address is nobody's: without a mail server an alert says so, and with one nobody is bothered.
TOLD = {"channel": AlertRule.Channel.EMAIL, "target": "operator@example.com"}
SHADOW_SHARE = 0.1
MIRRORED = 12  # lists that were served already
#: Colleagues of the operator: (account, role on each of these storefronts).
MEMBERS = (("demo-merchandiser", Role.MERCHANDISER), ("demo-analyst", Role.ANALYST))
LOOKED_BACK = 6  # days that alert rules are asked of
Kind, What = OperatorRule.Kind, Schedule.What


@dataclass(frozen=True)
class SetUp:
    """Of one storefront. `segments`: slug, name, condition. `days`: from and until when a rule holds, from today."""

    segments: tuple[tuple[str, str, str], ...]
    rules: tuple[dict[str, Any], ...]
    schedules: tuple[dict[str, Any], ...]
    alerts: tuple[dict[str, Any], ...]
    standby: Standby.Role
    days: dict[str, tuple[int, int]] = field(default_factory=dict)


_CLEAN = {"what": What.CLEAN, "daily_at": time(3)}
_EVALUATE = {"what": What.EVALUATE, "every_hours": 24 * 7}
_LATE = {"kind": AlertRule.Kind.LAG, "threshold": 24 * 60, "cool_down_minutes": 24 * 60}
_FAILED = {"kind": AlertRule.Kind.FAILED, "threshold": 1}
_DISMISSED = {"kind": AlertRule.Kind.DRIFT, "figure": AlertRule.Figure.DISMISSALS, "threshold": 30}

SET_UP = {
    "shop": SetUp(
        segments=(
            ("gardeners", "Gardeners", 'liked_category = "Garden"'),
            ("tea-and-coffee", "Tea and coffee drinkers", 'liked_category = "Coffee & Tea"'),
            ("come-back", "Bought twice in a month", "purchase_30d >= 2"),
        ),
        rules=(
            {
                "name": "Garden weeks",
                "kind": Kind.BOOST,
                "condition": 'category = "Garden"',
                "placements": ["home"],
                "amount": 0.75,
            },
            {
                "name": "A tea on the third place for those who drink it",
                "kind": Kind.PIN,
                "condition": 'category = "Tea"',
                "placements": ["home"],
                "segment": "tea-and-coffee",
                "position": 3,
                "priority": 10,
            },
            {"name": "Not what is nearly sold out", "kind": Kind.FILTER, "condition": "stock < 4"},
        ),
        days={"Garden weeks": (-1, 30)},
        schedules=(_CLEAN, _EVALUATE, {"what": What.RETRAIN, "daily_at": time(4), "active": False}),
        alerts=(_DISMISSED, _LATE, _FAILED),
        standby=Standby.Role.SHADOW,
    ),
    "cinema": SetUp(
        segments=(
            ("drama", "Likes drama", 'liked_category = "Drama"'),
            ("comedy", "Likes comedy", 'liked_category = "Comedy"'),
            ("watches-much", "Watched five in a month", "watch_30d >= 5"),
        ),
        rules=(
            {
                "name": "Animation month",
                "kind": Kind.BOOST,
                "condition": 'category = "Animation"',
                "placements": ["home"],
                "amount": 0.75,
            },
            {
                "name": "Fewer thrillers for those who like comedy",
                "kind": Kind.BURY,
                "condition": 'category = "Thriller"',
                "segment": "comedy",
                "amount": 0.5,
            },
            {
                "name": "No horror on the front page",
                "kind": Kind.FILTER,
                "condition": 'category = "Horror"',
                "placements": ["home"],
            },
        ),
        days={"Animation month": (-1, 30)},
        schedules=(_CLEAN, _EVALUATE),
        alerts=(_DISMISSED, _LATE),
        standby=Standby.Role.CHALLENGER,
    ),
}


def operators_set_up(storefront: Storefront, now: datetime | None = None) -> None:
    """Write down what the storefront has none of yet; what is there stays, whoever wrote it."""
    now = now or timezone.now()
    wanted = SET_UP.get(storefront.slug)
    if wanted is None:
        return
    with transaction.atomic():
        if not _has(Segment, storefront):
            for slug, name, condition in wanted.segments:
                _write(Segment(storefront=storefront, slug=slug, name=name, condition=condition))
        if not _has(OperatorRule, storefront):
            known = set(Segment.objects.filter(storefront=storefront).values_list("slug", flat=True))
            for values in wanted.rules:
                if values.get("segment", "") in {"", *known}:
                    dates = _dates(wanted.days.get(values["name"]), now)
                    rule_create(storefront=storefront, values={**values, **dates}, reason=REASON)
        if not _has(Schedule, storefront):
            for values in wanted.schedules:
                schedule = Schedule(storefront=storefront, **values)
                # Cleaning up is due at once, so that it is seen what comes of a schedule.
                schedule.next_run_at = now if schedule.what == What.CLEAN else schedule.after(now)
                _write(schedule, *values)
    if not _has(Standby, storefront):
        _stand_by(storefront, wanted.standby)
    if not _has(PrivacyRequest, storefront):
        _privacy(storefront, now)
    for name, role in MEMBERS:
        # Nobody can sign in as them until somebody sets a password.
        account, made = Account.objects.get_or_create(username=name, defaults={"is_staff": True})
        if made:
            account.set_unusable_password()
            account.save()
        Membership.objects.get_or_create(storefront=storefront, account=account, defaults={"role": role})


def _privacy(storefront: Storefront, now: datetime) -> None:
    """What four people wrote letters about: one is answered, one refused, one is due in some days, one is new."""
    persons = iter(Person.objects.filter(storefront=storefront, anonymous=False, account=None).order_by("-pk")[:4])

    def letter(kind: str, days: int, *purposes: str) -> PrivacyRequest | None:
        came = {"came": PrivacyRequest.Came.LETTER, "received_at": now - timedelta(days=days)}
        person = next(persons, None)
        return request_enter(person=person, kind=kind, purposes=purposes, **came) if person else None

    if answered := letter(PrivacyRequest.Kind.EXPORT, 12):
        request_carry_out(request=answered)
    if refused := letter(PrivacyRequest.Kind.ERASE, 9):
        request_refuse(request=refused, reason="Somebody else had signed the letter; the person asked for nothing.")
    letter(PrivacyRequest.Kind.ERASE, 25)
    letter(PrivacyRequest.Kind.OBJECT, 2, Consent.Purpose.TRAINING)


def alerts_look_back(storefront: Storefront, now: datetime | None = None) -> None:
    """The alert rules, and what they would have found at the end of each of the last days; then what they find now.

    After the figures were counted: they are what is asked.
    """
    now = now or timezone.now()
    wanted = SET_UP.get(storefront.slug)
    if wanted is not None and not _has(AlertRule, storefront):
        with transaction.atomic():
            for values in wanted.alerts:
                _write(AlertRule(storefront=storefront, **values, **TOLD), *values, *TOLD)
            midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
            for back in range(LOOKED_BACK - 1, -1, -1):
                alerts_check(storefront_id=storefront.pk, now=midnight - timedelta(days=back))
    alerts_check(storefront_id=storefront.pk, now=now)


def _has(model: type[Model], storefront: Storefront) -> bool:
    return model._default_manager.filter(storefront=storefront).exists()


def _write(row: Model, *audited: str) -> None:
    """As the admin's form does: checked, and what is audited written down with it."""
    row.full_clean()
    row.save()
    if audited:
        after = fields_said(row, *audited)
        audit_record(action="create", subject=row, storefront=row.storefront, after=after, reason=REASON)


def _dates(days: tuple[int, int] | None, now: datetime) -> dict[str, datetime]:
    if days is None:
        return {}
    start, end = (now + timedelta(days=number) for number in days)
    return {"starts_at": start, "ends_at": end}


def _stand_by(storefront: Storefront, role: Standby.Role) -> None:
    """The model beside the live one; a shadow answers some of the lists that were served already."""
    artifact = Artifact.objects.filter(storefront=storefront, algorithm="ease").order_by("pk").last()
    champion = champion_of(storefront, "")
    if artifact is None or champion is None or champion.artifact_id == artifact.pk:
        return
    share = SHADOW_SHARE if role == Standby.Role.SHADOW else 0.0
    standby = standby_start(artifact=artifact, role=role, share=share, reason=REASON)
    if role == Standby.Role.SHADOW:
        served = Recommendation.objects.filter(storefront=storefront, deployment__isnull=False)
        for pk in served.order_by("-created_at").values_list("pk", flat=True)[:MIRRORED]:
            mirror(standby.pk, str(pk))
