from __future__ import annotations

from django.core.management.base import CommandParser

from recommender.language.task import BUILT_IN
from recommender.management.language import LanguageCommand

TASKS = tuple(task for task in BUILT_IN if task not in ("pretrain", "distil"))


class Command(LanguageCommand):
    help = "Fine-tune a language model on what people did in a storefront."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--task",
            choices=TASKS,
            default="contrastive",
            help="contrastive: the text encoder (default); interest: the second stage; keywords: the keyword writer.",
        )

    def task_of(self, options) -> str:
        return options["task"]
