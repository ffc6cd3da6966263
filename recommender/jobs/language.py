"""One run that teaches a language model, from the corpus to the artifact."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from .. import selectors
from ..contracts import FitOptions
from ..language.corpus import Corpus
from ..language.model_folder import ModelFolder, resolve
from ..language.task import LanguageTask, language_task
from ..models import Artifact, LiveEncoder, TrainingRun
from ..services import ServiceError, language_activate
from .evaluating import NotEnoughData
from .ledger import Ledger, Status
from .publishing import published
from .snapshots import Snapshot

SCRATCH = "scratch"  # what tasks call a base that is made from a config


def language_train(run: TrainingRun, ledger: Ledger) -> Artifact:
    """Learn from the storefront's corpus and publish what was learned.

    A run that was interrupted, by a kill even, goes on from its last checkpoint. An encoder that is to go live does
    so by a run of its own: every item needs a new vector first.
    """
    storefront = run.storefront
    ledger.stage("read", 0.0, 0.05)
    task = with_base(language_task(run.task), run)
    _without_bars()
    read_at = timezone.now()
    corpus = selectors.corpus_for(storefront)
    snapshot = Snapshot(storefront, read_at, subjects=corpus.subjects)
    if not len(corpus.items) or not len(corpus):
        raise NotEnoughData(f"{storefront} has {len(corpus.items)} items and {len(corpus)} persons to learn from.")
    base = base_of(task.config)
    ledger.log(f"{len(corpus.items):,} texts, {len(corpus):,} histories, in {corpus.language}.")
    work = settings.VAR_DIR / "checkpoints" / str(run.pk)
    snapshot.keep_beside(work)
    product = work / "product"
    shutil.rmtree(product, ignore_errors=True)  # half of what a killed run wrote
    product.mkdir(parents=True)
    options = FitOptions(
        seed=run.seed,
        device=settings.DEVICE or "cpu",
        progress=ledger.progress,
        cancelled=ledger.cancelled,
        checkpoint=work,
    )
    ledger.stage("learn", 0.05, 0.95)
    figures = task.run(corpus, product, options)
    ledger.stage("publish", 0.95, 1.0)
    facts = {"base": base, "corpus": corpus_facts(corpus)}
    artifact = _publish(run, ledger, task, facts, figures, product, snapshot)
    shutil.rmtree(work, ignore_errors=True)
    return artifact


def with_base(task: type[LanguageTask], run: TrainingRun) -> LanguageTask:
    """The task with its settings; where they name no model to start from, it starts from the live encoder."""
    config = task.configure(run.config)
    names_base = "base" in (run.config or {})
    if task.product in ("encoder", "interest") and hasattr(config, "base") and not names_base:
        config = replace(config, base=encoder_name(LiveEncoder.objects.filter(storefront=run.storefront).first()))
    return task(config)


def _without_bars() -> None:
    """Libraries draw bars of their own for every file that they write; a run has its own progress."""
    if "transformers" in sys.modules:
        sys.modules["transformers"].utils.logging.disable_progress_bar()


def encoder_name(live: LiveEncoder | None) -> str:
    """What `load_encoder` is to load for a storefront: the artifact that is live, else what the settings say."""
    return str(live.artifact.path) if live is not None and live.artifact is not None else settings.ENCODER_MODEL


def base_of(config: Any) -> dict[str, str] | None:
    """What the training began with: the model's name and the sha256 of its weights. None where it began from nothing.

    Raises EncoderError where there is no such model.
    """
    name = getattr(config, "base", "")
    if not name or name == SCRATCH:
        return None
    found = resolve(name)
    return {"name": name, "sha256": ModelFolder(found.fetch()).weights_hash}


def corpus_facts(corpus: Corpus) -> dict[str, Any]:
    """How much was read, and from when."""
    times = [event.time for events in corpus.histories for event in (events[0], events[-1])]
    span = {
        name: datetime.fromtimestamp(at, tz=UTC).isoformat()
        for name, at in (("from", min(times)), ("until", max(times)))
    }
    counts = {"items": len(corpus.items), "persons": len(corpus), "events": sum(map(len, corpus.histories))}
    return {**counts, "language": corpus.language, **span}


def checkpoints_forget(days: int = 14) -> list[str]:
    """Remove the checkpoints that nobody goes on from: of runs that finished, are gone, or ended so long ago.

    Returns the names of their folders.
    """
    folder = settings.VAR_DIR / "checkpoints"
    found = {path.name: path for path in folder.iterdir() if path.name.isdecimal()} if folder.is_dir() else {}
    runs = TrainingRun.objects.filter(pk__in=[int(name) for name in found]).exclude(status=Status.FINISHED)
    needed = runs.exclude(finished_at__lt=timezone.now() - timedelta(days=days)).values_list("pk", flat=True)
    old = sorted(found.keys() - {str(pk) for pk in needed})
    for name in old:
        shutil.rmtree(found[name], ignore_errors=True)
    return old


def _publish(
    run: TrainingRun,
    ledger: Ledger,
    task: LanguageTask,
    facts: dict[str, Any],
    figures: dict[str, Any],
    product: Path,
    snapshot: Snapshot,
) -> Artifact:
    def write(folder: Path) -> None:
        shutil.copytree(product, folder, dirs_exist_ok=True)

    manifest = {"config": task.settings(), **facts, "figures": figures}
    artifact = published(run, ledger, task.product, manifest, write)
    # A checkpoint of somebody who was erased must not be gone on from either: started again, the run begins anew.
    with snapshot.publishing(artifact.path, product.parent):
        artifact.save()
        if run.activate:
            reason = f"Run {run.pk}, as asked when it was started."
            try:
                language_activate(artifact=artifact, by=run.created_by, reason=reason)
            except ServiceError as error:  # what was learned in hours is kept all the same
                ledger.log(f"It is not live: {error}")
        # Raises where the lease is lost: then no row names the folder, and nobody reads it.
        ledger.end(Status.FINISHED)
    return artifact
