"""The scheduled work that is no training run: embedding, evaluating, cleaning up."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from datetime import timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.idempotency import KEPT
from catalog.models import Answer

from ..models import Alert, Schedule, ShadowList
from .embedding import items_embed
from .evaluating import BASELINE, evaluate_algorithms
from .heartbeat import Heartbeat
from .language import checkpoints_forget
from .media import media_embed
from .schedules import LEASE, algorithm_of, schedule_end

logger = logging.getLogger(__name__)

HEARTBEAT = 30.0  # seconds
OLD = timedelta(days=90)  # of alerts that are over and lists that shadows mirrored


def schedule_work(schedule_id: int, token: str) -> bool:
    """Do the work, once, and write down what came of it. False where another worker has it, or nobody wants it."""
    own = uuid.uuid4()
    now = timezone.now()
    free = models.Q(heartbeat_at=None) | models.Q(heartbeat_at__lt=now - LEASE)
    waiting = Schedule.objects.filter(free, pk=schedule_id, lease_token=uuid.UUID(token), state=Schedule.State.RUNNING)
    if not waiting.update(lease_token=own, heartbeat_at=now, attempts=models.F("attempts") + 1):
        return False
    schedule = Schedule.objects.select_related("storefront").get(pk=schedule_id)
    with Heartbeat(Schedule.objects.filter(pk=schedule_id, lease_token=own), HEARTBEAT, f"schedule-{schedule_id}"):
        try:
            state, said = Schedule.State.DONE, _WORK[schedule.what](schedule)
        # Whatever went wrong belongs into the row, where the operator looks; the worker goes on with the next.
        except Exception as error:
            logger.exception("Schedule %s failed.", schedule_id)
            state, said = Schedule.State.FAILED, str(error) or type(error).__name__
    return schedule_end(schedule_id=schedule_id, token=own, state=state, said=said)


def _embed(schedule: Schedule) -> str:
    items = items_embed(schedule.storefront_id)
    media_embed(schedule.storefront_id)
    return ngettext("%(items)s item was given a vector.", "%(items)s items were given a vector.", items) % {
        "items": f"{items:,}"
    }


def _evaluate(schedule: Schedule) -> str:
    """The algorithm beside popularity, on the behaviours as they are now, leaving the last of each person out."""
    algorithm = algorithm_of(schedule)
    reports = evaluate_algorithms(schedule.storefront, dict.fromkeys((algorithm, BASELINE)), protocol="leave-one-out")
    figures = ", ".join(f"{report.algorithm} {report.metrics['ndcg@10']:.4f}" for _seed, report in reports)
    return _("NDCG@10, leaving the last item of each person out: %(figures)s.") % {"figures": figures}


def _clean(schedule: Schedule) -> str:
    """What nobody goes on from, asks for again or looks at. What people did and what was served is not touched."""
    now, storefront = timezone.now(), schedule.storefront
    rows = (
        Answer.objects.filter(key__storefront=storefront, created_at__lt=now - KEPT),
        ShadowList.objects.filter(standby__storefront=storefront, standby__active=False, created_at__lt=now - OLD),
        Alert.objects.filter(storefront=storefront, closed_at__lt=now - OLD),
    )
    deleted = sum(_deleted(one) for one in rows)
    folders = len(checkpoints_forget())
    said = {"rows": f"{deleted:,}", "folders": folders}
    return _("%(rows)s old rows and %(folders)s folders of checkpoints were deleted.") % said


def _deleted(rows: models.QuerySet) -> int:
    """A batch at a time, so that nobody waits long for a lock."""
    deleted = 0
    while batch := list(rows.order_by("pk").values_list("pk", flat=True)[:500]):
        deleted += rows.model.objects.filter(pk__in=batch).delete()[0]
    return deleted


_WORK: dict[str, Callable[[Schedule], str]] = {
    Schedule.What.EMBED: _embed,
    Schedule.What.EVALUATE: _evaluate,
    Schedule.What.CLEAN: _clean,
}
