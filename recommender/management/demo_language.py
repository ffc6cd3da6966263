"""What a language model was taught in the demo: one run that failed, one that was stopped, one that serves."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from catalog.models import Storefront

from ..jobs import training_run_execute
from ..models import TrainingRun
from ..services import keywords_request, language_run_create, training_run_cancel
from .demonstration import SEED, Show

#: Where it happens: items with many tags, and few enough people that reading them all takes seconds.
TAUGHT = "shop"
TASK = "keywords"
#: Nobody shares five hundred items' words here, and the run says so.
TOO_MUCH = {"least": 500}
#: A writer that learns in half a minute on one processor. Tags name these things better than their descriptions do.
SMALL = {
    "phrases": False,
    "width": 64,
    "layers": 1,
    "tokens": 2000,
    "most": 2000,
    "epochs": 4,
    "batch_size": 16,
    "max_tokens": 48,
    "answers": 4,
    "echo": 1.0,
    "learning_rate": 4e-3,
}
STOPPED_AT = 0.1  # of a run by the defaults


def language_set_up(storefront: Storefront, show: Show) -> None:
    """Teach the keyword writer and let it read everybody, unless somebody taught one here before.

    Raises ValueError where the run that is to serve fails.
    """
    if storefront.slug != TAUGHT or TrainingRun.objects.filter(storefront=storefront, task=TASK).exists():
        return
    with _few_threads():
        _failed(storefront)
        _stopped(storefront, show)
        run = language_run_create(
            storefront=storefront, task=TASK, config=SMALL, seed=SEED, activate=True, enqueue=False
        )
        _done(run, show)
        _done(keywords_request(storefront=storefront, enqueue=False), show)


def _done(run: TrainingRun, show: Show) -> None:
    if training_run_execute(run.pk, echo=show) is None:
        run.refresh_from_db()
        raise ValueError(f"{run} did not end well: {run.error}")


def _failed(storefront: Storefront) -> None:
    run = language_run_create(storefront=storefront, task=TASK, config=TOO_MUCH, seed=SEED, enqueue=False)
    # The reason is kept in the run. A traceback in the terminal would look as if the demo had failed.
    logger = logging.getLogger("recommender.jobs.training")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        training_run_execute(run.pk)
    finally:
        logger.setLevel(level)


def _stopped(storefront: Storefront, show: Show) -> None:
    run = language_run_create(storefront=storefront, task=TASK, seed=SEED, enqueue=False)

    def stop(stage: str, fraction: float) -> None:
        show(stage, fraction)
        if fraction >= STOPPED_AT and not run.cancel_requested:
            training_run_cancel(run=run)

    training_run_execute(run.pk, echo=stop)


@contextmanager
def _few_threads() -> Iterator[None]:
    """A model so small learns no faster on two threads, and several times slower where something else runs beside."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
