"""Another text encoder for a storefront: every item gets a new vector beside the old one, then one row is flipped.

The items are divided into shards. Whoever has time takes one: the worker that runs the change, and any other that is
told of it. A shard whose worker fell silent is taken again; what it wrote is kept. Vectors of both encoders lie side
by side, each under its encoder's fingerprint, so that nothing is ever compared across them.
"""

from __future__ import annotations

import time
import uuid
from datetime import timedelta

from celery import current_app
from django.db import models, transaction
from django.utils import timezone

from catalog.models import Item

from .. import selectors
from ..artifacts import verify
from ..models import Artifact, EmbeddingShard, ItemVector, LiveEncoder, TrainingRun
from .embedding import batch_embed, encoder_prepare, items_embed, labels_read, model_name
from .encoder_figures import NOTE, change_figures
from .ledger import Ledger, Status
from .publishing import report_published

LEASE = timedelta(seconds=60)
WAIT = 0.5  # seconds between looks at shards that others work on
KEPT = 2  # encoders whose vectors stay: the live one, and the one before for going back


def encoder_change(run: TrainingRun, ledger: Ledger) -> Artifact:
    """Do a run of the task CHANGE_ENCODER. The flip is one transaction; until then the old encoder serves.

    To the encoder that is live already, it is what gives new and changed items their vectors.
    """
    storefront = run.storefront
    artifact = _artifact(run)
    ledger.stage("prepare", 0.0, 0.1)
    encoder = encoder_prepare(model_name(artifact))
    if reason := run.config.get("reason"):
        ledger.log(reason)
    ledger.log(f"{artifact or model_name(None)}: {encoder.dimensions} dimensions, fingerprint {encoder.fingerprint}.")
    ledger.stage("embed", 0.1, 0.9)
    shards_make(run, int(run.config.get("shards", 1)))
    for _ in range(run.shards.filter(finished_at=None).count() - 1):
        current_app.signature("recommender.tasks.embed_shards", args=[run.pk]).delay()
    while shards_work(run.pk, progress=lambda: _report(run, ledger)) or run.shards.filter(finished_at=None).exists():
        _report(run, ledger)
        time.sleep(WAIT)
    # What came in or changed while the shards were read.
    while waiting := list(selectors.items_without_vector(storefront, encoder.fingerprint)[:256]):
        if not batch_embed(storefront, encoder, waiting):
            break  # none of them can be read; they are listed
    ledger.stage("measure", 0.9, 0.95)
    before = LiveEncoder.objects.filter(storefront=storefront).first()
    figures = change_figures(run, encoder, before)
    ledger.log(f"{figures['read']:,} of {figures['items']:,} items read, {figures['failed']:,} could not be.")
    ledger.stage("switch", 0.95, 1.0)
    labels_read(storefront, encoder)
    base = {"name": model_name(artifact), "sha256": encoder.weights_hash}
    report = report_published(run, ledger, figures, base=base, encoder=encoder.fingerprint, note=NOTE)
    is_new = before is None or before.fingerprint != encoder.fingerprint
    with transaction.atomic():
        values = {
            "artifact": artifact,
            "fingerprint": encoder.fingerprint,
            "model": str(artifact) if artifact else model_name(None),
            "dimensions": encoder.dimensions,
            **({"switched_at": timezone.now()} if is_new else {}),
        }
        LiveEncoder.objects.update_or_create(storefront=storefront, defaults=values)
        report.save()
        ledger.end(Status.FINISHED)
    items_embed(storefront.pk)  # whatever came in just before the switch
    if is_new:
        vectors_forget(storefront.pk, keep={encoder.fingerprint, *([before.fingerprint] if before else [])})
    return report


def shards_make(run: TrainingRun, count: int) -> None:
    """Divide the storefront's items, unless an interrupted run has done so before."""
    if run.shards.exists():
        return
    pks = list(Item.objects.filter(storefront=run.storefront).order_by("pk").values_list("pk", flat=True))
    size = max(1, -(-len(pks) // count))
    EmbeddingShard.objects.bulk_create(
        EmbeddingShard(run=run, number=number, first_pk=part[0], last_pk=part[-1], total=len(part))
        for number, part in enumerate(pks[start : start + size] for start in range(0, len(pks), size))
    )


def shards_work(run_id: int, progress=lambda: None) -> int:
    """Take and finish shards of a change until none is to be had. Returns how many this worker finished."""
    run = TrainingRun.objects.select_related("storefront").get(pk=run_id)
    finished = 0
    while run_is_on(run_id) and (shard := _claim(run_id)):
        encoder = encoder_prepare(model_name(_artifact(run)))
        waiting = selectors.items_without_vector(run.storefront, encoder.fingerprint)
        last = shard.first_pk - 1
        while batch := list(waiting.filter(pk__gt=last, pk__lte=shard.last_pk)[:256]):
            batch_embed(run.storefront, encoder, batch)
            last = batch[-1].pk
            own = EmbeddingShard.objects.filter(pk=shard.pk, lease_token=shard.lease_token)
            if not own.update(done=models.F("done") + len(batch), heartbeat_at=timezone.now()):
                break  # another worker took it over
            progress()
        else:
            rows = EmbeddingShard.objects.filter(pk=shard.pk, lease_token=shard.lease_token)
            finished += rows.update(finished_at=timezone.now(), done=models.F("total"))
    return finished


def run_is_on(run_id: int) -> bool:
    return TrainingRun.objects.filter(pk=run_id, status=Status.RUNNING).exists()


def vectors_forget(storefront_id: int, keep: set[str]) -> None:
    """Delete the vectors of encoders that are neither live nor the one before, a batch at a time."""
    rows = ItemVector.objects.filter(storefront_id=storefront_id).exclude(encoder__in=keep)
    while batch := list(rows.values_list("pk", flat=True)[:500]):
        ItemVector.objects.filter(pk__in=batch).delete()


def _claim(run_id: int) -> EmbeddingShard | None:
    """One UPDATE decides who gets a shard: one that nobody has, or whose worker fell silent."""
    now = timezone.now()
    free = models.Q(heartbeat_at=None) | models.Q(heartbeat_at__lt=now - LEASE)
    for shard in EmbeddingShard.objects.filter(free, run=run_id, finished_at=None).order_by("number"):
        token = uuid.uuid4()
        rows = EmbeddingShard.objects.filter(free, pk=shard.pk, finished_at=None)
        if rows.update(lease_token=token, heartbeat_at=now, done=0):
            shard.lease_token = token
            return shard
    return None


def _report(run: TrainingRun, ledger: Ledger) -> None:
    sums = run.shards.aggregate(done=models.Sum("done"), total=models.Sum("total"))
    ledger.progress("embed", (sums["done"] or 0) / max(sums["total"] or 0, 1), {})


def _artifact(run: TrainingRun) -> Artifact | None:
    """Raises ArtifactError where the folder is not what its manifest says."""
    if run.config.get("artifact") is None:
        return None
    artifact = Artifact.objects.get(pk=run.config["artifact"], storefront=run.storefront)
    verify(artifact.path)
    return artifact
