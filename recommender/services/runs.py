"""Training is wished for here and done by a worker; what it made is put live, and taken back, here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from celery import current_app
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from behaviour.models import Account
from catalog.models import Storefront

from .. import registry
from ..artifacts import ArtifactError, verify
from ..models import Artifact, Deployment, TrainingRun
from .answers import ServiceError, installed_vertical
from .audit import audit_record
from .rivals import one_place

#: A worker that gave no sign of life for so long is gone; it gives one every 10 seconds.
SILENT = timedelta(seconds=30)
PROTOCOLS = ("leave-one-out", "global-time", "random")


def training_run_create(
    *,
    storefront: Storefront,
    algorithm: str,
    config: Mapping[str, Any] | None = None,
    protocol: str = "leave-one-out",
    seed: int = 0,
    activate: bool = False,
    created_by: Account | None = None,
    enqueue: bool = True,
) -> TrainingRun:
    """Write the wish down and tell a worker. Without `config`, settings are found on validation.

    Raises ServiceError for an unknown algorithm, protocol or setting.
    """
    installed_vertical(storefront)
    if protocol not in PROTOCOLS:
        raise ServiceError(f"No protocol named {protocol!r}; there are: {', '.join(PROTOCOLS)}.")
    try:
        registry.algorithm(algorithm).configure(config or {})
    except (LookupError, ValueError, TypeError) as error:
        raise ServiceError(str(error)) from None
    run = TrainingRun.objects.create(
        storefront=storefront,
        algorithm=algorithm,
        config=dict(config or {}),
        protocol=protocol,
        seed=seed,
        activate=activate,
        created_by=created_by,
    )
    if enqueue:
        # By name: tasks stand above services. The row is committed before the worker hears of it.
        transaction.on_commit(lambda: current_app.signature("recommender.tasks.train", args=[run.pk]).delay())
    return run


def training_run_cancel(*, run: TrainingRun) -> TrainingRun:
    """A queued run stops at once, a running one at its next step. Raises ServiceError when it has ended."""
    Status = TrainingRun.Status
    stopped = TrainingRun.objects.filter(pk=run.pk, status=Status.QUEUED).update(
        status=Status.CANCELLED, finished_at=timezone.now(), cancel_requested=True
    )
    if not stopped:
        asked = TrainingRun.objects.filter(pk=run.pk, status=Status.RUNNING).update(cancel_requested=True)
        if not asked:
            raise ServiceError(f"Run {run.pk} has ended already.")
    run.refresh_from_db()
    return run


def training_run_resume(*, run: TrainingRun, enqueue: bool = False) -> TrainingRun:
    """Queue a run again that was stopped, failed, or whose worker fell silent; it goes on from its last checkpoint.

    Raises ServiceError for one that is finished or at work.
    """
    Status = TrainingRun.Status
    silent = Q(status=Status.RUNNING, heartbeat_at__lt=timezone.now() - SILENT)
    over = Q(status__in=(Status.CANCELLED, Status.FAILED, Status.QUEUED))
    queued = TrainingRun.objects.filter(silent | over, pk=run.pk).update(
        status=Status.QUEUED, lease_token=None, cancel_requested=False, finished_at=None, error="", attempt=0
    )
    run.refresh_from_db()
    if not queued and run.status == Status.RUNNING:
        raise ServiceError(
            f"Run {run.pk} is at work, or was less than {SILENT.seconds} seconds ago. If its process is gone, try "
            "again then."
        )
    if not queued:
        raise ServiceError(f"Run {run.pk} is {run.get_status_display()}; there is nothing to resume.")
    if enqueue:
        transaction.on_commit(lambda: current_app.signature("recommender.tasks.train", args=[run.pk]).delay())
    return run


def artifact_activate(
    *, artifact: Artifact, placement: str = "", by: Account | None = None, reason: str = ""
) -> Deployment:
    """Put an artifact live on a placement, or on every placement without one of its own.

    Raises ServiceError for an unknown placement, a folder that is not what its manifest says, or when somebody else
    puts one live there at the same moment.
    """
    vertical = installed_vertical(artifact.storefront)
    if artifact.product != Artifact.Product.RANKING:
        raise ServiceError(f"{artifact} ranks nothing; it is a {artifact.get_product_display()}.")
    if placement and placement not in {known.slug for known in vertical.placements}:
        raise ServiceError(f"{vertical.slug} has no placement {placement!r}.")
    try:
        verify(artifact.path)
    except ArtifactError as error:
        raise ServiceError(f"This artifact cannot go live: {error}") from None
    with transaction.atomic():
        previous = _live(artifact.storefront, placement)
        if previous is not None:
            if previous.artifact_id == artifact.pk:
                return previous
            Deployment.objects.filter(pk=previous.pk).update(active=False)
        with one_place():
            deployment = Deployment.objects.create(
                storefront=artifact.storefront,
                placement=placement,
                artifact=artifact,
                previous=previous,
                activated_by=by,
                reason=reason,
            )
        _write_down("promote", deployment, previous, by, reason)
        return deployment


def deployment_rollback(
    *, storefront: Storefront, placement: str = "", by: Account | None = None, reason: str = ""
) -> Deployment:
    """Put the artifact before the live one back. Raises ServiceError when there is none."""
    with transaction.atomic():
        current = _live(storefront, placement)
        if current is None or current.previous is None:
            raise ServiceError("Nothing was live here before; there is nothing to go back to.")
        before = current.previous
        Deployment.objects.filter(pk=current.pk).update(active=False)
        deployment = Deployment.objects.create(
            storefront=storefront,
            placement=placement,
            artifact=before.artifact,
            # Going back twice goes further back, not to and fro.
            previous=before.previous,
            activated_by=by,
            reason=reason,
        )
        _write_down("roll back", deployment, current, by, reason)
        return deployment


def _write_down(
    action: str, deployment: Deployment, previous: Deployment | None, by: Account | None, reason: str
) -> None:
    said = {"placement": deployment.placement}
    audit_record(
        action=action,
        subject=deployment,
        storefront=deployment.storefront,
        actor=by,
        before={**said, "artifact": previous.artifact_id} if previous else None,
        after={**said, "artifact": deployment.artifact_id},
        reason=reason,
    )


def _live(storefront: Storefront, placement: str) -> Deployment | None:
    return (
        Deployment.objects.select_for_update()
        .filter(storefront=storefront, placement=placement, active=True)
        .order_by()
        .first()
    )
