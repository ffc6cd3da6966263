from __future__ import annotations

import importlib.util
import os
import shutil
import tempfile
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from recommender import registry
from recommender.management.console import FAILED, USAGE, ConsoleCommand
from recommender.management.skeleton import algorithm_slug, files, name_error, package_name, project_name


class Command(ConsoleCommand):
    help = "Write a plugin to begin with: a package with a vertical, an algorithm, demo data and tests that pass."
    requires_system_checks = []  # it needs no database, and no plugin in order

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="Slug of the vertical, such as: books.")
        parser.add_argument(
            "--directory",
            type=Path,
            default=settings.BASE_DIR.parent,
            help="Where the folder kindred-NAME goes. Default: beside Kindred's own folder.",
        )
        parser.add_argument("--dry-run", action="store_true", help="Only print which files would be written.")

    def handle(self, *, name: str, directory: Path, dry_run: bool, **options) -> None:
        _refuse_taken(name)
        folder = _folder(directory, name)
        written = dict(files(name))
        if not dry_run:
            _write(folder, written)
        for path in written:
            self.stdout.write(str(folder / path))
        shown = os.path.relpath(folder) if folder.is_relative_to(Path.cwd().parent) else folder
        self.stderr.write("Nothing was written." if dry_run else f"Next: pip install --editable {shown}")


def _refuse_taken(name: str) -> None:
    if problem := name_error(name):
        raise CommandError(problem, returncode=USAGE)
    if name in registry.verticals():
        raise CommandError(f"A vertical named {name!r} is installed already. Choose another name.", returncode=USAGE)
    if algorithm_slug(name) in registry.algorithms() or importlib.util.find_spec(package_name(name)):
        raise CommandError(
            f"What the plugin would bring, {package_name(name)}, is installed already. Choose another name.",
            returncode=USAGE,
        )


def _folder(directory: Path, name: str) -> Path:
    directory = directory.resolve()
    if not directory.is_dir():
        raise CommandError(f"There is no folder {directory}. Make it first.", returncode=USAGE)
    folder = directory / project_name(name)
    if folder.is_relative_to(settings.BASE_DIR):
        raise CommandError(
            f"{folder} lies in Kindred's own folder. A plugin lives outside of it: choose another --directory.",
            returncode=USAGE,
        )
    if folder.exists():
        raise CommandError(
            f"{folder} is there already, and nothing in it was touched. Move it away, or choose another --directory.",
            returncode=USAGE,
        )
    return folder


def _write(folder: Path, written: dict[Path, str]) -> None:
    """All files or none: written aside, then renamed into place."""
    try:
        aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        try:
            aside.chmod(0o755)
            for path, text in written.items():
                (aside / path).parent.mkdir(parents=True, exist_ok=True)
                (aside / path).write_text(text, encoding="utf-8")
            aside.rename(folder)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    except OSError as error:
        raise CommandError(f"{folder} could not be written: {error.strerror}.", returncode=FAILED) from None
