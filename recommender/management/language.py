"""What the commands that teach language models have in common."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from typing import Any

from django.core.management.base import CommandError, CommandParser

from ..jobs import training_run_execute
from ..language.task import LanguageTask, language_task
from ..models import Artifact, TrainingRun
from ..services import ServiceError, language_run_create, training_run_resume
from .console import INTERRUPTED, USAGE, ConsoleCommand, progress_bar, storefront_named


class LanguageCommand(ConsoleCommand):
    """A command that runs one language task on a storefront. A subclass says which in `task_of`."""

    def task_of(self, options: Mapping[str, Any]) -> str:
        raise NotImplementedError

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("storefront")
        parser.add_argument(
            "--set",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help="A setting of the task, repeatable; loop.epochs=2 for one inside another.",
        )
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--activate", action="store_true", help="Put the result live.")
        parser.add_argument("--enqueue", action="store_true", help="Leave the work to a worker and return at once.")
        parser.add_argument("--resume", type=int, metavar="RUN", help="Go on with a run that was interrupted.")
        self.add_format(parser)

    def handle(self, *, storefront, set, seed, activate, enqueue, resume, format, **options) -> None:
        chosen = storefront_named(storefront)
        slug = self.task_of(options)
        try:
            if resume:
                run = TrainingRun.objects.filter(pk=resume, storefront=chosen, task=slug).first()
                if run is None:
                    raise ServiceError(f"{storefront} has no run {resume} of the task {slug}.")
                run = training_run_resume(run=run)
            else:
                config = settings_read(language_task(slug), set)
                run = language_run_create(
                    storefront=chosen, task=slug, config=config, seed=seed, activate=activate, enqueue=enqueue
                )
        except (ServiceError, ValueError, TypeError) as error:
            raise CommandError(str(error), returncode=USAGE) from None
        if enqueue:
            self.stdout.write(f"Run {run.pk} is queued. Follow it at /admin/recommender/trainingrun/{run.pk}/change/")
            return
        artifact = execute(run, slug)
        rows = figures_shown(artifact.manifest["figures"])
        self.print_rows(rows, format, title=f"{slug}, {storefront}: artifact {artifact.pk}")
        if format == "table":
            self.stdout.write(next_step(artifact, activate))


def next_step(artifact: Artifact, activated: bool) -> str:
    """What to do with what was made."""
    storefront = artifact.storefront.slug
    if artifact.product == Artifact.Product.ENCODER:
        if activated:
            return "A worker gives every item its new vector, then switches over."
        return f"Next: manage.py embed {storefront} --encoder {artifact.pk}"
    if artifact.product == Artifact.Product.LANGUAGE_MODEL:
        return f"Next: manage.py finetune {storefront} --set base={artifact.path}"
    return "It is live." if activated else f"Next: manage.py activate {artifact.pk}"


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
    raise CommandError(f"Run {run.pk} {run.get_status_display()}: {run.error}", returncode=1)


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


def settings_read(task: type[LanguageTask], pairs: Sequence[str]) -> dict[str, Any]:
    """`name=value` pairs as the settings of a task. Raises ValueError that lists the names there are."""
    known = {field.name for field in fields(task.Config)}
    found: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        outer, _, inner = name.partition(".")
        if not equals or outer not in known:
            raise ValueError(f"{pair!r} sets nothing; say NAME=VALUE with one of {', '.join(sorted(known))}.")
        try:
            value = json.loads(text)
        except ValueError:
            value = text
        if inner:
            default = getattr(task.Config(), outer)
            if not isinstance(default, Mapping):
                raise ValueError(f"{outer} has no parts; say {outer}=VALUE.")
            found[outer] = {**found.get(outer, default), inner: value}
        else:
            found[outer] = value
    task.configure(found)
    return found


def figures_shown(figures: Mapping[str, Any], start: str = "") -> list[dict[str, Any]]:
    """Numbers and words of the figures, one row each; curves and lists are for the manifest."""
    rows: list[dict[str, Any]] = []
    for name, value in figures.items():
        if isinstance(value, Mapping):
            rows += figures_shown(value, f"{start}{name}.")
        elif isinstance(value, (int, float, str)):
            rows.append({"figure": start + name, "value": value})
    return rows
