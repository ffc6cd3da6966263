"""One run that teaches a language model, from the corpus to the artifact."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from .. import selectors
from ..artifacts import publish
from ..contracts import FitOptions
from ..language.corpus import Corpus
from ..language.task import LanguageTask, language_task
from ..models import Artifact, LiveEncoder, TrainingRun
from ..services.language import language_activate
from .evaluating import NotEnoughData
from .ledger import Ledger, Status


def language_train(run: TrainingRun, ledger: Ledger) -> Artifact | None:
    """Learn from the storefront's corpus and publish what was learned.

    A run that was interrupted, by a kill even, goes on from its last checkpoint. None for an encoder that is to go
    live: its change is a run of its own.
    """
    storefront = run.storefront
    ledger.stage("read", 0.0, 0.05)
    task = with_base(language_task(run.task), run)
    corpus = selectors.corpus_for(storefront)
    if not len(corpus.items) or not len(corpus):
        raise NotEnoughData(f"{storefront} has {len(corpus.items)} items and {len(corpus)} persons to learn from.")
    ledger.log(f"{len(corpus.items):,} texts, {len(corpus):,} histories, in {corpus.language}.")
    work = settings.VAR_DIR / "checkpoints" / str(run.pk)
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
    artifact = _publish(run, ledger, task, corpus, figures, product)
    shutil.rmtree(work, ignore_errors=True)
    return artifact


def with_base(task: type[LanguageTask], run: TrainingRun) -> LanguageTask:
    """The task with its settings; where they name no model to start from, it starts from the live encoder."""
    config = task.configure(run.config)
    names_base = "base" in (run.config or {})
    if task.product in ("encoder", "interest") and hasattr(config, "base") and not names_base:
        config = replace(config, base=encoder_name(LiveEncoder.objects.filter(storefront=run.storefront).first()))
    return task(config)


def encoder_name(live: LiveEncoder | None) -> str:
    """What `load_encoder` is to load for a storefront: the artifact that is live, else what the settings say."""
    return str(live.artifact.path) if live is not None and live.artifact is not None else settings.ENCODER_MODEL


def _publish(
    run: TrainingRun, ledger: Ledger, task: LanguageTask, corpus: Corpus, figures: dict[str, Any], product: Path
) -> Artifact:
    def write(folder: Path) -> None:
        shutil.copytree(product, folder, dirs_exist_ok=True)

    name = f"{run.storefront.slug}/{run.pk:06d}-{task.slug}-{ledger.token.hex[:8]}"
    manifest = {
        "task": task.slug,
        "product": task.product,
        "config": task.settings(),
        "seed": run.seed,
        "corpus": {
            "items": len(corpus.items),
            "persons": len(corpus),
            "events": sum(map(len, corpus.histories)),
            "language": corpus.language,
        },
        "figures": figures,
    }
    whole = publish(settings.VAR_DIR / "artifacts" / name, write, manifest)
    with transaction.atomic():
        artifact = Artifact.objects.create(
            storefront=run.storefront,
            run=run,
            product=task.product,
            algorithm=task.slug,
            folder=name,
            manifest=whole,
        )
        if run.activate:
            language_activate(
                artifact=artifact, by=run.created_by, reason=f"Run {run.pk}, as asked when it was started."
            )
        # Raises where the lease is lost: then no row names the folder, and nobody reads it.
        ledger.end(Status.FINISHED)
    return artifact
