"""How runs that are not about ranking leave what they made: a folder first, then the row that names it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings

from ..artifacts import publish
from ..models import Artifact, TrainingRun
from .ledger import Ledger

FIGURES = "figures.json"


def published(
    run: TrainingRun, ledger: Ledger, product: str, manifest: Mapping[str, Any], write: Callable[[Path], None]
) -> Artifact:
    """The folder is whole on disk; the row is for the caller to save, in the transaction that ends the run.

    Where that transaction fails, no row names the folder, and nobody reads it.
    """
    name = f"{run.storefront.slug}/{run.pk:06d}-{run.task}-{ledger.token.hex[:8]}"
    facts = {"task": run.task, "product": product, "seed": run.seed, **manifest}
    whole = publish(settings.VAR_DIR / "artifacts" / name, write, facts)
    return Artifact(
        storefront=run.storefront, run=run, product=product, algorithm=run.task, folder=name, manifest=whole
    )


def report_published(run: TrainingRun, ledger: Ledger, figures: Mapping[str, Any], **facts: Any) -> Artifact:
    """The same for a run whose work lies in the database: what is kept of it are figures, of nobody in particular."""

    def write(folder: Path) -> None:
        (folder / FIGURES).write_text(json.dumps(figures, indent=2, sort_keys=True) + "\n")

    return published(run, ledger, Artifact.Product.REPORT, {"config": run.config, **facts, "figures": figures}, write)
