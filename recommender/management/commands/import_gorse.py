from __future__ import annotations

from pathlib import Path

from django.core.management.base import CommandError, CommandParser

from catalog.api.problems import Problem
from recommender.gorse.importing import WHAT, dump_import, types_map, types_of
from recommender.management.console import DATA_INVALID, USAGE, ConsoleCommand, storefront_named


class Command(ConsoleCommand):
    help = "Bring a Gorse server's users, items and feedback (its JSON-lines dumps) into a storefront."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("storefront")
        parser.add_argument("--config", type=Path, help="Gorse's config.toml: what its feedback types mean.")
        for what in WHAT:
            parser.add_argument(f"--{what}", type=Path, help=f"{what}.jsonl, as GET /api/bulk/{what} writes it.")

    def handle(self, *, storefront, config, **options) -> None:
        chosen = storefront_named(storefront)
        files = {what: options[what] for what in WHAT if options[what]}
        if not files and not config:
            raise CommandError("Name a dump: --users, --items or --feedback; or --config.", returncode=USAGE)
        for path in map(Path, [*files.values(), *([config] if config else [])]):
            if not path.is_file():
                raise CommandError(f"There is no file {path}.", returncode=USAGE)
        if config:
            try:
                types = types_of(Path(config))
            except ValueError as error:
                raise CommandError(str(error), returncode=DATA_INVALID) from None
            for name, kind in types_map(chosen, types).items():
                self.stdout.write(f"Feedback type {name} is a {kind} here.")
        for what, path in files.items():
            try:
                taken, erased = dump_import(
                    chosen, what, Path(path), lambda done, what=what: self.stderr.write(f"{what}: {done:,}")
                )
            except Problem as problem:
                raise CommandError(f"{path}{problem.detail}", returncode=DATA_INVALID) from None
            self.stdout.write(f"{taken:,} {what} imported from {Path(path).name}.")
            if erased:
                self.stdout.write(f"{erased:,} rows were left out, for they tell of users who were erased here.")
        self.stdout.write(f"Next: manage.py train {chosen.slug} --activate")

    def _say(self, what: str, done: int) -> None:
        self.stderr.write(f"{what}: {done:,}")
