"""What Celery runs: ids in, one call of a job out. The database row is the truth, the task only a hint."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial

from celery import shared_task
from celery.signals import worker_ready
from django.db import DatabaseError, connection

logger = logging.getLogger(__name__)

SWEEP_EVERY = 30.0  # seconds


@shared_task
def train(run_id: int) -> None:
    from .jobs import training_run_execute

    training_run_execute(run_id)


@shared_task
def embed(storefront_id: int) -> None:
    """Embed the items of a storefront whose text or media have no vector yet."""
    from .jobs import items_embed, media_embed

    items_embed(storefront_id)
    media_embed(storefront_id)


@shared_task
def quote() -> None:
    """Take what people wrote about items into the items' texts, and have those read again that it changed."""
    from .jobs.quoting import quotes_refresh

    def refreshed(storefront_id: int) -> None:
        if quotes_refresh(storefront_id):
            embed.delay(storefront_id)

    _on_each_storefront(refreshed)


@shared_task
def embed_shards(run_id: int) -> None:
    """Help with the change of an encoder: take shards until none is left."""
    from .jobs import shards_work

    shards_work(run_id)


@shared_task
def measure_experiments(storefront_id: int | None = None) -> None:
    """Bring the tables of running experiments and exploration slots up to date, and move the bandits."""
    from .jobs.experiments import experiments_measure

    experiments_measure(storefront_id=storefront_id)


@shared_task
def measure(days: int | None = None) -> None:
    """Bring the figures of every storefront up to date."""
    from .jobs.measuring import measures_update

    _on_each_storefront(partial(measures_update, days=days))


@shared_task
def lint() -> None:
    """Look for what is wrong with the data of every storefront."""
    from .jobs.linting import storefront_lint

    _on_each_storefront(storefront_lint)


@shared_task
def count_segments() -> None:
    """Find out again who belongs to each segment."""
    from .jobs.segments import segments_count

    _on_each_storefront(segments_count)


@shared_task
def run_schedules() -> None:
    """Start what is due, and write down what came of what was started."""
    from .jobs.schedules import schedules_run

    schedules_run()


@shared_task
def work_on_schedule(schedule_id: int, token: str) -> None:
    from .jobs.scheduled_work import schedule_work

    schedule_work(schedule_id, token)


@shared_task
def watch() -> None:
    """Open and close the alerts of every storefront, and tell those that are to be told."""
    from .jobs.alerts import alerts_check, alerts_deliver

    _on_each_storefront(alerts_check)
    alerts_deliver()


@shared_task
def mail_new_password(account_ids: list[int], storefront_id: int, language: str, site: str) -> None:
    """Write to those who forgot their password; nobody where the address is unknown."""
    from .jobs.letters import new_password_mail

    new_password_mail(account_ids=account_ids, storefront_id=storefront_id, language=language, site=site)


@shared_task
def clean() -> None:
    """Remove what nobody looks at any more."""
    from .jobs.cleaning import rests_clean, shadow_lists_clean

    shadow_lists_clean()
    rests_clean()


@shared_task
def erase_again() -> None:
    """After a backup was restored: erase whoever had been erased since it was made."""
    from behaviour.services import erasures_repeat

    erasures_repeat()


@shared_task
def train_without_erased() -> None:
    """Queue trainings of live models that learned from somebody who was erased since."""
    from .services.retraining import retrainings_queue

    _on_each_storefront(retrainings_queue)


@shared_task
def forget_answers() -> None:
    """Remove the answers to requests that nobody can ask for again: they may name persons."""
    from catalog.idempotency import answers_expire

    answers_expire()


def _on_each_storefront(work: Callable[..., object]) -> None:
    """What goes wrong on one must not keep the others waiting; it is told by the log, and tried again by the clock."""
    from catalog.models import Storefront

    for storefront_id in list(Storefront.objects.filter(active=True).values_list("pk", flat=True)):
        try:
            work(storefront_id=storefront_id)
        except Exception:
            logger.exception("The clock's work on storefront %s failed.", storefront_id)


@shared_task
def mirror(standby_id: int, recommendation_id: str) -> None:
    """Answer a served list again, by its model and by the shadow beside it."""
    from .jobs.shadowing import mirror as answer_twice

    answer_twice(standby_id, recommendation_id)


def items_changed(storefront_id: int, item_ids: Sequence[int]) -> None:
    """Listener of catalog.changes: new words want a vector as soon as they are committed."""
    embed.delay_on_commit(storefront_id)


@worker_ready.connect
def recover(**kwargs) -> None:
    """A worker that starts looks for runs that another one left behind, or whose message was lost."""
    from .jobs import checkpoints_forget, runs_recover

    for run_id in runs_recover():
        train.delay(run_id)
    checkpoints_forget()
    threading.Thread(target=_sweep_for_ever, daemon=True, name="run-sweep").start()


def sweep() -> None:
    """Start again what a process that died meanwhile had in hand, from its last checkpoint."""
    from .jobs import runs_requeue

    for run_id in runs_requeue():
        train.delay(run_id)


def _sweep_for_ever() -> None:
    while True:
        time.sleep(SWEEP_EVERY)
        try:
            sweep()
        except DatabaseError:  # a database that restarts must not end the watch
            logger.warning("The sweep for silent runs failed; it is tried again.", exc_info=True)
        finally:
            connection.close()  # this thread's own
