from __future__ import annotations

import json

from django.core.management.base import CommandParser

from recommender.jobs.task_settings import settings_of
from recommender.language.task import BUILT_IN, language_task
from recommender.management.console import ConsoleCommand
from recommender.services.task_settings import TABLE


class Command(ConsoleCommand):
    help = "List what can be set for the language tasks: with --set here, on the start page in the admin."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--task", choices=tuple(BUILT_IN), help="Only this one.")
        parser.add_argument(
            "--write", action="store_true", help="Write the table that the admin reads, for developers."
        )
        self.add_format(parser)

    def handle(self, *, task, write, format, **options) -> None:
        rows = [
            {
                "task": slug,
                "setting": setting.name,
                "kind": setting.kind,
                "default": setting.default if write or format == "json" else json.dumps(setting.default),
                "choices": ", ".join(setting.choices),
            }
            for slug in ([task] if task and not write else BUILT_IN)
            for setting in settings_of(language_task(slug))
        ]
        if write:
            lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
            TABLE.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
            self.stdout.write(f"Wrote {TABLE}.")
        else:
            self.print_rows(rows, format)
