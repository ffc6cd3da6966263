"""Language models are taught by workers; what they made is put live, and taken back, here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from celery import current_app
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from behaviour.models import Account
from catalog.models import Storefront

from ..artifacts import ArtifactError, verify
from ..language.task import BUILT_IN
from ..models import Artifact, EmbeddingFailure, LanguageDeployment, LiveEncoder, TrainingRun
from .answers import ServiceError, installed_vertical
from .audit import audit_record
from .bases import base_check
from .rivals import one_place
from .runs import SILENT

#: What is put live at once; an encoder's change takes the vectors of every item first.
DEPLOYED = (Artifact.Product.INTEREST, Artifact.Product.KEYWORDS)


def language_run_create(
    *,
    storefront: Storefront,
    task: str,
    config: Mapping[str, Any] | None = None,
    seed: int = 0,
    activate: bool = False,
    created_by: Account | None = None,
    enqueue: bool = True,
    visible: QuerySet[Artifact] | None = None,
    any_base: bool = False,
) -> TrainingRun:
    """Write the wish down and tell a worker. What is wrong with `config` is the worker's to say, in the run.

    Raises ServiceError for an unknown task, and for a base that only the server's own commands may name: `visible`
    are the artifacts that whoever asks may look at, `any_base` is for those commands. See `base_check`.
    """
    installed_vertical(storefront)
    if task not in BUILT_IN:
        raise ServiceError(f"No language task named {task!r}; there are: {', '.join(BUILT_IN)}.")
    if not any_base:
        base_check(storefront=storefront, base=(config or {}).get("base", ""), visible=visible)
    return _run(storefront, task, dict(config or {}), seed, activate, created_by, enqueue)


def encoder_change_request(
    *,
    storefront: Storefront,
    artifact: Artifact | None = None,
    shards: int = 4,
    reason: str = "",
    created_by: Account | None = None,
    enqueue: bool = True,
) -> TrainingRun:
    """Ask for another text encoder: an artifact's, or with none the one that the settings name.

    Items get their new vectors in the background; search and recommendations go on with the old ones until all are
    there. Going back is asking for the encoder before: its vectors are kept. Raises ServiceError for an artifact that
    is none of this storefront's encoders, or is damaged, and while another change is under way.
    """
    if not 1 <= shards <= 64:
        raise ServiceError(f"shards must be between 1 and 64, got {shards}.")
    if artifact is not None:
        if artifact.storefront_id != storefront.pk or artifact.product != Artifact.Product.ENCODER:
            raise ServiceError(f"Artifact {artifact.pk} is no text encoder of {storefront}.")
        _verified(artifact)
    chosen = artifact and artifact.pk
    config = {"artifact": chosen, "shards": shards, **({"reason": reason} if reason else {})}
    with transaction.atomic():
        # Two wishes at once: the second waits here (on SQLite for the write lock) and finds the first one's run.
        storefront = Storefront.objects.select_for_update().get(pk=storefront.pk)
        under_way = _change_under_way(storefront)
        if under_way is not None:
            if under_way.status == TrainingRun.Status.QUEUED and under_way.config.get("artifact") == chosen:
                return under_way
            raise ServiceError(
                f"Run {under_way.pk} gives the items of {storefront.slug} their vectors already. Wait for it, stop it, "
                f"or do it here: manage.py embed {storefront.slug} --resume {under_way.pk}"
            )
        run = _run(storefront, TrainingRun.CHANGE_ENCODER, config, 0, False, created_by, enqueue)
        live = LiveEncoder.objects.filter(storefront=storefront).first()
        audit_record(
            action="exchange encoder",
            subject=run,
            storefront=storefront,
            actor=created_by,
            before={"artifact": live.artifact_id} if live else None,
            after={"artifact": chosen},
            reason=reason,
        )
        return run


def _change_under_way(storefront: Storefront) -> TrainingRun | None:
    """One change at a time: each deletes vectors that nobody needs, and the last one to end says which encoder is live.

    One whose worker fell silent is given up: it must not be taken up again and switch back.
    """
    Status = TrainingRun.Status
    changes = TrainingRun.objects.filter(storefront=storefront, task=TrainingRun.CHANGE_ENCODER)
    changes.filter(status=Status.RUNNING, heartbeat_at__lt=timezone.now() - SILENT).update(
        status=Status.CANCELLED, lease_token=None, finished_at=timezone.now(), error="Another encoder was asked for."
    )
    return changes.filter(status__in=(Status.QUEUED, Status.RUNNING)).order_by("pk").first()


def keywords_request(
    *,
    storefront: Storefront,
    artifact: Artifact | None = None,
    created_by: Account | None = None,
    enqueue: bool = True,
) -> TrainingRun:
    """Ask for the keywords of everybody who did something since they were written last, by the live keyword writer.

    Raises ServiceError where there is none, or `artifact` is none of this storefront's.
    """
    if artifact is None:
        live = LanguageDeployment.objects.filter(
            storefront=storefront, product=Artifact.Product.KEYWORDS, active=True
        ).first()
        if live is None:
            raise ServiceError(
                f"No keyword writer is live on {storefront.slug}. Train one first: "
                f"manage.py finetune {storefront.slug} --task keywords --activate"
            )
        artifact = live.artifact
    if artifact.storefront_id != storefront.pk or artifact.product != Artifact.Product.KEYWORDS:
        raise ServiceError(f"Artifact {artifact.pk} is no keyword writer of {storefront}.")
    _verified(artifact)
    config = {"artifact": artifact.pk}
    return _run(storefront, TrainingRun.WRITE_KEYWORDS, config, 0, False, created_by, enqueue)


def language_activate(*, artifact: Artifact, by: Account | None = None, reason: str = "") -> None:
    """Put a language model live: an interest model or keyword writer at once, an encoder by asking for its change.

    Raises ServiceError for a product that is not served, a folder that is not what its manifest says, or when
    somebody else puts one live at the same moment.
    """
    if artifact.product == Artifact.Product.ENCODER:
        encoder_change_request(storefront=artifact.storefront, artifact=artifact, reason=reason, created_by=by)
        return
    if artifact.product not in DEPLOYED:
        raise ServiceError(
            f"{artifact} is a {artifact.get_product_display()}: others start from it, nothing serves it."
        )
    _verified(artifact)
    with transaction.atomic():
        live = _live(artifact.storefront, artifact.product)
        if live is not None:
            if live.artifact_id == artifact.pk:
                return
            LanguageDeployment.objects.filter(pk=live.pk).update(active=False)
        with one_place():
            deployment = LanguageDeployment.objects.create(
                storefront=artifact.storefront,
                product=artifact.product,
                artifact=artifact,
                previous=live,
                activated_by=by,
                reason=reason,
            )
        _write_down("promote", live, deployment, by, reason)


def language_rollback(*, storefront: Storefront, product: str, by: Account | None = None, reason: str = "") -> None:
    """Put the model before the live one back; none, where it was the first. Raises ServiceError where none is live."""
    with transaction.atomic():
        live = _live(storefront, product)
        if live is None:
            raise ServiceError("No such model is live here; there is nothing to go back from.")
        LanguageDeployment.objects.filter(pk=live.pk).update(active=False)
        back = None
        if live.previous is not None:
            back = LanguageDeployment.objects.create(
                storefront=storefront,
                product=product,
                artifact=live.previous.artifact,
                # Going back twice goes further back, not to and fro.
                previous=live.previous.previous,
                activated_by=by,
                reason=reason,
            )
        _write_down("roll back", live, back, by, reason)


def failures_retry(*, failures: QuerySet[EmbeddingFailure]) -> int:
    """Let workers read these items again now, however often they failed. Returns how many there are."""
    storefronts = set(failures.order_by().values_list("storefront", flat=True))
    count = failures.update(attempts=0, next_try_at=timezone.now())
    for storefront in storefronts:
        task = current_app.signature("recommender.tasks.embed", args=[storefront])
        transaction.on_commit(task.delay)
    return count


def _run(storefront, task, config, seed, activate, created_by, enqueue) -> TrainingRun:
    run = TrainingRun.objects.create(
        storefront=storefront, task=task, config=config, seed=seed, activate=activate, created_by=created_by
    )
    if enqueue:
        # By name: tasks stand above services. The row is committed before the worker hears of it.
        transaction.on_commit(lambda: current_app.signature("recommender.tasks.train", args=[run.pk]).delay())
    return run


def _write_down(
    action: str,
    before: LanguageDeployment | None,
    after: LanguageDeployment | None,
    by: Account | None,
    reason: str,
) -> None:
    """One of the two is there; where nothing is live afterwards, the entry is about what was."""
    subject = after or before
    audit_record(
        action=action,
        subject=subject,
        storefront=subject.storefront,
        actor=by,
        before={"product": before.product, "artifact": before.artifact_id} if before else None,
        after={"product": after.product, "artifact": after.artifact_id} if after else None,
        reason=reason,
    )


def _verified(artifact: Artifact) -> None:
    try:
        verify(artifact.path)
    except ArtifactError as error:
        raise ServiceError(f"This artifact cannot go live: {error}") from None


def _live(storefront: Storefront, product: str) -> LanguageDeployment | None:
    rows = LanguageDeployment.objects.select_for_update().filter(storefront=storefront, product=product, active=True)
    return rows.order_by().first()
