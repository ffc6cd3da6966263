"""One training run, from the claim to the artifact."""

from __future__ import annotations

import logging
import time
import traceback
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.db import models
from django.utils import timezone

from .. import registry, selectors
from ..artifacts import publish
from ..contracts import Algorithm, Cancelled, FitOptions
from ..evaluation import Report, Split
from ..evaluation.latency import score_milliseconds
from ..evaluation.values import values_save
from ..models import Artifact, LiveEncoder, TrainingRun
from ..services.promoting import GateError, artifact_promote
from .embedding import items_embed
from .encoder_change import encoder_change
from .evaluating import BASELINE, data_for, fit_and_test, split_for
from .keywords import keywords_write
from .language import language_train
from .ledger import Ledger, LostLease
from .snapshots import Snapshot

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
MOST_ATTEMPTS = 3

Status = TrainingRun.Status


def training_run_execute(run_id: int, *, echo=None) -> Artifact | None:
    """Claim the run, train, evaluate, publish. Returns None when the run is not to be had or did not finish.

    A message that comes twice finds the run claimed and does nothing. `echo(stage, fraction)` follows the
    progress in a terminal.
    """
    token = uuid.uuid4()
    if not _claim(run_id, token):
        return None
    run = TrainingRun.objects.select_related("storefront").get(pk=run_id)
    ledger = Ledger(run, token, echo)
    with ledger:
        try:
            artifact = _JOBS.get(run.task, language_train)(run, ledger)
        except Cancelled:
            ledger.end(Status.CANCELLED, "Stopped on request.")
        except LostLease:
            logger.warning("Run %s was taken over by another worker.", run_id)
        # Whatever went wrong belongs into the run, where the operator looks; the worker goes on with the next.
        except Exception as error:
            logger.exception("Run %s failed.", run_id)
            ledger.log(traceback.format_exc(limit=-5))
            ledger.end(Status.FAILED, f"{type(error).__name__}: {error}" if not str(error) else str(error))
        else:
            return artifact
    return None


def runs_recover() -> list[int]:
    """Those to start: runs whose worker fell silent, and queued ones, whose message may be lost."""
    runs_requeue()
    return list(TrainingRun.objects.filter(status=Status.QUEUED).order_by("pk").values_list("pk", flat=True))


def runs_requeue() -> list[int]:
    """Runs whose worker fell silent go back into the queue, or fail after MOST_ATTEMPTS. Returns those in the queue."""
    silent = TrainingRun.objects.filter(status=Status.RUNNING, heartbeat_at__lt=timezone.now() - LEASE)
    silent.filter(attempt__gte=MOST_ATTEMPTS).update(
        status=Status.FAILED, finished_at=timezone.now(), error=f"The worker fell silent {MOST_ATTEMPTS} times."
    )
    return [
        run_id
        for run_id in silent.filter(attempt__lt=MOST_ATTEMPTS).order_by("pk").values_list("pk", flat=True)
        # Two workers may look at once; the one whose UPDATE finds the row sends the message.
        if silent.filter(pk=run_id).update(status=Status.QUEUED, lease_token=None, stage="")
    ]


def _claim(run_id: int, token: uuid.UUID) -> bool:
    """One UPDATE decides who gets the run."""
    now = timezone.now()
    return bool(
        TrainingRun.objects.filter(pk=run_id, status=Status.QUEUED).update(
            status=Status.RUNNING,
            lease_token=token,
            heartbeat_at=now,
            started_at=now,
            attempt=models.F("attempt") + 1,
            progress=0,
            error="",
        )
    )


def _train(run: TrainingRun, ledger: Ledger) -> Artifact:
    """Fit a ranking algorithm."""
    storefront = run.storefront
    algorithm = registry.algorithm(run.algorithm)
    ledger.stage("embed", 0.0, 0.1)
    items_embed(storefront.pk, progress=lambda done, total: ledger.progress("embed", done / total, {}))
    ledger.stage("read", 0.1, 0.15)
    read_at = timezone.now()
    data = data_for(storefront)
    snapshot = Snapshot(storefront, read_at, persons=data.persons)
    split = split_for(data, run.protocol, run.seed)
    ledger.log(
        f"{len(data.interactions):,} interactions of {len(data.persons):,} persons with {len(data.items):,} items; "
        f"{len(split.test):,} test questions ({run.protocol}, split {split.hash[:8]})."
    )
    ledger.stage("baseline", 0.15, 0.2)
    shared = {"seed": run.seed, "progress": ledger.progress, "cancelled": ledger.cancelled}
    baseline = fit_and_test(registry.algorithm(BASELINE), None, data, split, **shared).report
    ledger.stage("fit", 0.2, 0.7)
    started = time.monotonic()
    outcome = fit_and_test(algorithm, run.config, data, split, **shared)
    ledger.log(f"NDCG@10 {outcome.report.metrics['ndcg@10']:.4f}, {BASELINE} {baseline.metrics['ndcg@10']:.4f}.")
    ledger.stage("refit", 0.7, 0.95)
    options = FitOptions(seed=run.seed, progress=ledger.progress, cancelled=ledger.cancelled)
    final = algorithm(outcome.algorithm.config).fit(data.interactions, data.items, options)
    cost = {"seconds": round(time.monotonic() - started, 3), "device": options.device}
    ledger.stage("publish", 0.95, 1.0)
    return _publish(run, ledger, final, data, snapshot, split, outcome.report, baseline, cost)


def _publish(
    run: TrainingRun,
    ledger: Ledger,
    algorithm: Algorithm,
    data: selectors.TrainingData,
    snapshot: Snapshot,
    split: Split,
    report: Report,
    baseline: Report,
    cost: dict[str, Any],
) -> Artifact:
    def write(folder: Path) -> None:
        algorithm.save(folder)
        np.savez(folder / "items.npz", item_ids=data.items.ids)
        values_save(folder, report)

    first, last = data.span
    encoder = LiveEncoder.objects.filter(storefront=run.storefront).first()
    difference = report.difference(baseline, seed=run.seed)
    name = f"{run.storefront.slug}/{run.pk:06d}-{algorithm.slug}-{ledger.token.hex[:8]}"
    manifest: dict[str, Any] = {
        "algorithm": algorithm.slug,
        "config": algorithm.settings(),
        "seed": run.seed,
        "data": {
            "interactions": len(data.interactions),
            "persons": len(data.persons),
            "items": len(data.items),
            "from": first and first.isoformat(),
            "until": last and last.isoformat(),
        },
        "encoder": encoder.fingerprint if encoder else None,
        "evaluation": {
            "protocol": split.protocol,
            "split": split.hash,
            "report": report.to_json(with_values=False),
            "baseline": baseline.to_json(with_values=False),
            "difference": {"ndcg@10": difference.mean, "low": difference.low, "high": difference.high},
        },
        "serving": score_milliseconds(algorithm, split.test),
        "cost": cost,
        "note": "Metrics are of a fit on the training part; this artifact was refitted on all interactions.",
    }
    whole = publish(settings.VAR_DIR / "artifacts" / name, write, manifest)
    with snapshot.publishing(settings.VAR_DIR / "artifacts" / name):
        artifact = Artifact.objects.create(
            storefront=run.storefront, run=run, algorithm=algorithm.slug, folder=name, manifest=whole
        )
        if run.activate:
            reason = f"Run {run.pk}, as asked when it was started."
            try:
                artifact_promote(artifact=artifact, by=run.created_by, reason=reason)
            except GateError as error:  # it waits in the registry; what is live stays
                ledger.log(f"It is not live: {error}")
        # Raises where the lease is lost: then no row names the folder, and nobody reads it.
        ledger.end(Status.FINISHED)
    return artifact


#: How runs of a task are done; every other task teaches a language model.
_JOBS = {
    TrainingRun.RANKING: _train,
    TrainingRun.CHANGE_ENCODER: encoder_change,
    TrainingRun.WRITE_KEYWORDS: keywords_write,
}
