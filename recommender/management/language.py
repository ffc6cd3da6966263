"""What the commands that teach language models have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.management.base import CommandParser

from catalog.models import Storefront

from ..jobs.task_settings import settings_of
from ..language.task import LanguageTask, language_task
from ..models import Artifact, TrainingRun
from ..services import language_run_create
from ..services.task_settings import config_of
from .runs import RunCommand


class LanguageCommand(RunCommand):
    """A command that runs one language task on a storefront. A subclass says which in `task_of`."""

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--set",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help="A setting of the task, repeatable. `manage.py task_settings` lists them.",
        )
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--activate", action="store_true", help="Put the result live.")

    def begin(self, storefront: Storefront, enqueue: bool, options: Mapping[str, Any]) -> TrainingRun:
        slug = self.task_of(options)
        return language_run_create(
            storefront=storefront,
            task=slug,
            config=settings_read(language_task(slug), options["set"]),
            seed=options["seed"],
            activate=options["activate"],
            enqueue=enqueue,
            any_base=True,  # whoever has a shell here reads every folder anyway
        )

    def next_step(self, artifact: Artifact, run: TrainingRun) -> str:
        return next_step(artifact, run.activate)


def next_step(artifact: Artifact, activated: bool) -> str:
    """What to do with what was made."""
    storefront = artifact.storefront.slug
    match artifact.product:
        case Artifact.Product.ENCODER if activated:
            return "A worker gives every item its new vector, then switches over."
        case Artifact.Product.ENCODER:
            return f"Next: manage.py embed {storefront} --encoder {artifact.pk}"
        case Artifact.Product.LANGUAGE_MODEL if artifact.manifest["config"].get("objective") == "causal":
            return f"Next: manage.py finetune {storefront} --task interest --set base={artifact.path}"
        case Artifact.Product.LANGUAGE_MODEL:
            return f"Next: manage.py finetune {storefront} --set base={artifact.path}"
        case Artifact.Product.KEYWORDS if activated:
            return f"It is live. Next: manage.py generate_keywords {storefront}"
    return "It is live." if activated else f"Next: manage.py activate {artifact.pk}"


def settings_read(task: type[LanguageTask], pairs: Sequence[str]) -> dict[str, Any]:
    """`name=value` pairs as the config of a task. Raises ValueError that lists the names there are."""
    known = {setting.name: setting for setting in settings_of(task)}
    values: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or name not in known:
            raise ValueError(f"{pair!r} sets nothing; say NAME=VALUE with one of {', '.join(sorted(known))}.")
        values[name] = known[name].read(text)
    config = config_of(known.values(), values)
    task.configure(config)
    return config
