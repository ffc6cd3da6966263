"""Opening alerts, closing them, and telling each once.

An alert is told by the worker whose UPDATE moved its next attempt into the future. A worker that dies between sending
and writing that down is the one way in which something is sent twice; the number that every attempt carries lets the
receiver see that.
"""

from __future__ import annotations

import json
import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import Storefront

from .. import registry
from ..models import Alert, AlertRule
from ..services.alerts import alert_text, alert_words, condition_ask, webhook_secret
from .posting import PostError, post, signature

logger = logging.getLogger(__name__)

Delivery = Alert.Delivery
#: The first wait after a failure; twice as long after each further one: the last attempt comes after some two hours.
FIRST_WAIT = timedelta(minutes=1)
MOST_ATTEMPTS = 8
#: How long a worker may be at sending before another takes it for dead.
CLAIM = timedelta(minutes=2)
_NO_MAIL = "django.core.mail.backends.dummy.EmailBackend"


def alerts_check(*, storefront_id: int, now: datetime | None = None) -> tuple[int, int]:
    """Ask every rule of a storefront. Returns how many alerts opened and how many closed."""
    now = now or timezone.now()
    storefront = Storefront.objects.get(pk=storefront_id)
    if storefront.vertical not in registry.verticals():
        return 0, 0
    opened = closed = 0
    # The alerts of a rule that was switched off have nobody left who would close them.
    closed += _close(Alert.objects.filter(storefront=storefront, rule__active=False), now)
    for rule in AlertRule.objects.filter(storefront=storefront, active=True).select_related("storefront"):
        try:
            found = condition_ask(rule=rule, now=now)
        except Exception:  # one rule must not silence the others
            logger.exception("Alert rule %s could not be asked.", rule.pk)
            continue
        if found is None:
            continue
        if not found.true:
            closed += _close(Alert.objects.filter(rule=rule), now)
        elif not Alert.objects.filter(rule=rule, closed_at=None).exists():
            opened += _open(rule, found.seen, found.since or now, now)
    return opened, closed


def alerts_deliver(*, now: datetime | None = None) -> int:
    """Tell every alert that is to be told by now. Returns how many were."""
    due = Alert.objects.filter(delivery=Delivery.WAITING, next_try_at__lte=now or timezone.now())
    # Each is claimed at its own time: after a row of slow receivers a claim as of the beginning would be over already.
    waiting = list(due.order_by("next_try_at").values_list("pk", flat=True))
    return sum(alert_deliver(alert_id=pk, now=now) for pk in waiting)


def alert_deliver(*, alert_id: int, now: datetime | None = None) -> bool:
    """One attempt. False where another worker has it, it is not due, or it did not arrive."""
    now = now or timezone.now()
    due = Alert.objects.filter(pk=alert_id, delivery=Delivery.WAITING, next_try_at__lte=now)
    alert = due.select_related("rule__storefront").first()
    if alert is None:
        return False
    if (quiet := alert.rule.quiet_end(now)) is not None:
        due.update(next_try_at=quiet)
        return False
    if not due.update(next_try_at=now + CLAIM, attempts=models.F("attempts") + 1):
        return False
    own = Alert.objects.filter(pk=alert_id, delivery=Delivery.WAITING, attempts=alert.attempts + 1)
    try:
        alert_send(alert, now)
    # A mail server's library raises whatever it likes; all of it means that it did not arrive.
    except Exception as error:
        _put_off(own, alert.attempts + 1, str(error) or type(error).__name__, now)
        return False
    own.update(delivery=Delivery.DELIVERED, delivered_at=now, error="")
    return True


def alert_send(alert: Alert, now: datetime) -> None:
    """By the rule's channel. Raises where it did not arrive."""
    if alert.rule.channel == AlertRule.Channel.WEBHOOK:
        _post(alert, now)
    else:
        _mail(alert)


def _open(rule: AlertRule, seen: dict, since: datetime, now: datetime) -> int:
    cool = now - timedelta(minutes=rule.cool_down_minutes)
    if Alert.objects.filter(rule=rule, closed_at__gt=cool).exists():
        return 0
    try:
        with transaction.atomic():
            Alert.objects.create(
                storefront=rule.storefront,
                rule=rule,
                opened_at=since,
                seen=seen,
                next_try_at=rule.quiet_end(now) or now,
            )
    except IntegrityError:  # another worker opened it meanwhile
        return 0
    return 1


def _close(alerts: models.QuerySet[Alert], now: datetime) -> int:
    """What is over before anybody was told of it needs no telling."""
    alerts = alerts.filter(closed_at=None)
    untold = alerts.filter(delivery=Delivery.WAITING, attempts=0)
    over = untold.update(closed_at=now, delivery=Delivery.NEEDLESS)
    return over + alerts.update(closed_at=now)


def _put_off(own: models.QuerySet[Alert], attempts: int, why: str, now: datetime) -> None:
    if attempts >= MOST_ATTEMPTS:
        own.update(delivery=Delivery.FAILED, error=why)
    else:
        own.update(next_try_at=now + FIRST_WAIT * 2 ** (attempts - 1), error=why)


def _mail(alert: Alert) -> None:
    if settings.EMAIL_BACKEND == _NO_MAIL:
        raise PostError(_("No mail server is set. Set EMAIL_URL and restart the worker."))
    message = EmailMessage(
        subject=f"[Kindred] {alert_words(alert)['what']}"[:200],
        body=alert_text(alert),
        to=[alert.rule.target],
        headers={"Message-ID": f"<kindred-alert-{alert.pk}-{alert.opened_at:%Y%m%d%H%M%S}@kindred>"},
    )
    if not message.send():
        raise PostError(_("The mail server took the message for nobody."))


def _post(alert: Alert, now: datetime) -> None:
    rule, stamp = alert.rule, str(int(now.timestamp()))
    words = alert_words(alert)
    body = json.dumps(
        {
            "alert": alert.pk,
            "rule": rule.pk,
            "kind": rule.kind,
            "storefront": rule.storefront.slug,
            "since": alert.opened_at.isoformat(),
            "what": words["what"],
            "do": words["do"],
            "seen": alert.seen,
        },
        ensure_ascii=False,
    ).encode()
    headers = {
        "Kindred-Delivery": f"alert-{alert.pk}",
        "Kindred-Timestamp": stamp,
        "Kindred-Signature": f"sha256={signature(webhook_secret(rule), stamp, body)}",
    }
    post(rule.target, body, headers, networks=settings.ALERT_NETWORKS)
