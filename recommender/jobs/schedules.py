"""Starting what operators want done by the clock, once each, and writing down what came of it.

Each step is one conditional UPDATE, so two workers that look at once do not both act, and one that dies between two
steps leaves a row from which the next look goes on.
"""

from __future__ import annotations

import logging
import uuid
from datetime import datetime, timedelta

from celery import current_app
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from .. import registry
from ..models import Schedule, TrainingRun
from ..services import ServiceError, training_run_create
from ..services.promoting import GateError, artifact_promote, champion_of

logger = logging.getLogger(__name__)

State, What = Schedule.State, Schedule.What
#: Work whose worker gave no sign for so long is given to another, at most so often.
LEASE = timedelta(minutes=5)
MOST_ATTEMPTS = 3


def schedules_run(*, now: datetime | None = None) -> int:
    """Settle what has ended, take up again what was left lying, start what is due. Returns how many were started."""
    now = now or timezone.now()
    running = Schedule.objects.filter(state=State.RUNNING).select_related("run", "storefront")
    for schedule in running.filter(what=What.RETRAIN):
        if schedule.run is None or schedule.run.ended:
            _settle(schedule, now)
    silent = models.Q(heartbeat_at__lt=now - LEASE) | models.Q(heartbeat_at=None, last_run_at__lt=now - LEASE)
    for schedule in running.exclude(what=What.RETRAIN).filter(silent):
        _take_up(schedule, now)
    due = Schedule.objects.filter(active=True, next_run_at__lte=now, storefront__active=True)
    due = due.filter(storefront__vertical__in=list(registry.verticals())).exclude(state=State.RUNNING)
    return sum(schedule_start(schedule=schedule, now=now) for schedule in due.select_related("storefront"))


def schedule_start(*, schedule: Schedule, now: datetime | None = None) -> bool:
    """Claim and begin it. False where another worker did so meanwhile, or it runs already."""
    now = now or timezone.now()
    token = uuid.uuid4()
    with transaction.atomic():
        free = Schedule.objects.filter(pk=schedule.pk, next_run_at=schedule.next_run_at).exclude(state=State.RUNNING)
        claimed = free.update(
            state=State.RUNNING,
            said="",
            run=None,
            lease_token=token,
            attempts=0,
            heartbeat_at=None,
            last_run_at=now,
            ended_at=None,
            next_run_at=schedule.after(now),
        )
        if not claimed:
            return False
        if schedule.what == What.RETRAIN:
            _train(schedule, now)
        else:
            _send(schedule.pk, token)
    return True


def schedule_end(*, schedule_id: int, token: uuid.UUID, state: str, said: str, now: datetime | None = None) -> bool:
    """Write down the outcome, unless another worker holds the work by now."""
    held = Schedule.objects.filter(pk=schedule_id, lease_token=token, state=State.RUNNING)
    return bool(held.update(state=state, said=said, ended_at=now or timezone.now(), lease_token=None))


def algorithm_of(schedule: Schedule) -> str:
    """The one named, else that of the live model. Raises ServiceError where there is neither."""
    if schedule.algorithm:
        return schedule.algorithm
    champion = champion_of(schedule.storefront, "")
    if champion is None:
        raise ServiceError(_("No model is live and the schedule names no algorithm. Name one, or put a model live."))
    return champion.artifact.algorithm


def _train(schedule: Schedule, now: datetime) -> None:
    """The run's row is written with the claim: a crash leaves both or neither."""
    row = Schedule.objects.filter(pk=schedule.pk)
    try:
        with transaction.atomic():
            run = training_run_create(
                storefront=schedule.storefront, algorithm=algorithm_of(schedule), created_by=schedule.created_by
            )
    except ServiceError as error:
        row.update(state=State.FAILED, said=str(error), ended_at=now)
    else:
        row.update(run=run)


def _send(schedule_id: int, token: uuid.UUID) -> None:
    """A message that nobody took is dropped when the next one is sent; the token lets one worker in."""
    task = current_app.signature("recommender.tasks.work_on_schedule", args=[schedule_id, str(token)])
    transaction.on_commit(lambda: task.apply_async(expires=LEASE.total_seconds()))


def _take_up(schedule: Schedule, now: datetime) -> None:
    """Work that no worker began is asked for again; work that was begun and left, with a new token."""
    held = Schedule.objects.filter(
        pk=schedule.pk, state=State.RUNNING, lease_token=schedule.lease_token, heartbeat_at=schedule.heartbeat_at
    )
    if schedule.attempts >= MOST_ATTEMPTS:
        said = _("The worker fell silent %(times)s times.") % {"times": schedule.attempts}
        held.update(state=State.FAILED, said=said, ended_at=now, lease_token=None)
        return
    token = uuid.uuid4()
    with transaction.atomic():
        if held.update(lease_token=token, heartbeat_at=None, last_run_at=now):
            _send(schedule.pk, token)


def _settle(schedule: Schedule, now: datetime) -> None:
    """What became of its training run; and, where that is wished for, through the gates with what it made."""
    try:
        with transaction.atomic():
            rows = Schedule.objects.select_for_update(of=("self",)).filter(pk=schedule.pk, state=State.RUNNING)
            if rows.filter(run=schedule.run).first() is not None:  # locked now, and as it was
                state, said = _outcome(schedule)
                rows.update(state=state, said=said, ended_at=now, lease_token=None)
    except Exception as error:  # one that cannot be settled must not keep the others waiting
        logger.exception("Schedule %s could not be settled.", schedule.pk)
        Schedule.objects.filter(pk=schedule.pk, state=State.RUNNING).update(
            state=State.FAILED, said=f"{type(error).__name__}: {error}", ended_at=now, lease_token=None
        )


def _outcome(schedule: Schedule) -> tuple[str, str]:
    run = schedule.run
    if run is None:
        return State.FAILED, _("Its training run was deleted.")
    if run.status != TrainingRun.Status.FINISHED:
        why = run.error or run.get_status_display()
        return State.FAILED, _("Run %(run)s: %(why)s") % {"run": run.pk, "why": why}
    said = {"run": run.pk}
    artifact = getattr(run, "artifact", None)
    if artifact is None:
        return State.FAILED, _("Run %(run)s left no model.") % said
    if not schedule.promote:
        return State.DONE, _("Run %(run)s made a model; it waits in the registry.") % said
    reason = _("Schedule %(schedule)s, through the gates.") % {"schedule": schedule.pk}
    try:
        with transaction.atomic():
            artifact_promote(artifact=artifact, by=schedule.created_by, reason=reason)
    except GateError as error:
        return State.HELD, str(error)
    except ServiceError as error:
        return State.FAILED, str(error)
    return State.DONE, _("Run %(run)s made a model; it passed the gates and is live.") % said
