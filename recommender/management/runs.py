"""What the commands have in common that do a run: begin it or go on with it, do it here or leave it to a worker."""

from __future__ import annotations

import signal
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.core.management.base import CommandError, CommandParser

from catalog.models import Storefront

from ..jobs import training_run_execute
from ..models import Artifact, TrainingRun
from ..services import ServiceError, training_run_resume
from .console import FAILED, INTERRUPTED, USAGE, ConsoleCommand, progress_bar, storefront_named


class RunCommand(ConsoleCommand, ABC):
    """A subclass says which task it does, begins a run of it, and says what comes next."""

    @abstractmethod
    def task_of(self, options: Mapping[str, Any]) -> str:
        """What the run's `task` is."""

    @abstractmethod
    def begin(self, storefront: Storefront, enqueue: bool, options: Mapping[str, Any]) -> TrainingRun:
        """A new run. Raises ServiceError or ValueError for what was wrongly asked."""

    @abstractmethod
    def next_step(self, artifact: Artifact, run: TrainingRun) -> str:
        """What to do with what the run left."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("storefront")
        parser.add_argument("--enqueue", action="store_true", help="Leave the work to a worker and return at once.")
        parser.add_argument("--resume", type=int, metavar="RUN", help="Go on with a run that was interrupted.")
        self.add_format(parser)

    def handle(self, *, storefront, enqueue, resume, format, **options) -> None:
        chosen, task = storefront_named(storefront), self.task_of(options)
        try:
            if resume is None:
                run = self.begin(chosen, enqueue, options)
            else:
                run = TrainingRun.objects.filter(pk=resume, storefront=chosen, task=task).first()
                if run is None:
                    raise ServiceError(f"{storefront} has no run {resume} of the task {task}.")
                run = training_run_resume(run=run, enqueue=enqueue)
        except (ServiceError, ValueError, TypeError) as error:
            raise CommandError(str(error), returncode=USAGE) from None
        if enqueue:
            self.stdout.write(f"Run {run.pk} is queued. Follow it at /admin/recommender/trainingrun/{run.pk}/change/")
            return
        artifact = execute(run, task)
        rows = [{"figure": name, "value": value} for name, value in artifact.figures.items()]
        self.print_rows(rows, format, title=f"{task}, {storefront}: artifact {artifact.pk}")
        if format == "table":
            self.stdout.write(self.next_step(artifact, run))


def execute(run: TrainingRun, title: str) -> Artifact:
    """Do the run here and now. Ctrl-C stops it after a checkpoint, and the error says how to go on."""
    with _stopping(run), progress_bar(title.capitalize()) as show:
        artifact = training_run_execute(run.pk, echo=show)
    run.refresh_from_db()
    if artifact is not None:
        return artifact
    if run.status == TrainingRun.Status.CANCELLED:
        raise CommandError(
            f"Run {run.pk} was stopped and can go on: repeat the command with --resume {run.pk}",
            returncode=INTERRUPTED,
        )
    raise CommandError(f"Run {run.pk} {run.get_status_display()}: {run.error}", returncode=FAILED)


@contextmanager
def _stopping(run: TrainingRun) -> Iterator[None]:
    """The first Ctrl-C asks the run to stop at its next step, a second one ends the process."""
    before = signal.getsignal(signal.SIGINT)

    def ask(number, frame) -> None:
        signal.signal(signal.SIGINT, before)
        TrainingRun.objects.filter(pk=run.pk).update(cancel_requested=True)

    try:
        signal.signal(signal.SIGINT, ask)
    except ValueError:  # not the main thread: nobody presses Ctrl-C here
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
