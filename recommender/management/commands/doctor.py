from __future__ import annotations

import os
import platform
import tempfile
from collections.abc import Callable

from celery import current_app
from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from catalog.models import Storefront
from recommender import registry, selectors
from recommender.artifacts import ArtifactError, verify
from recommender.language.encoder import resolve
from recommender.language.model_folder import EncoderError
from recommender.management.console import DEPENDENCY_MISSING, ConsoleCommand

WORKER_SECONDS = 2.0


class Problem(Exception):
    """What is missing, and what to do about it. A `minor` one does not keep the site from serving."""

    def __init__(self, message: str, *, minor: bool = False):
        self.minor = minor
        super().__init__(message)


class Command(ConsoleCommand):
    help = "Look at everything the platform depends on and say what is missing."

    def add_arguments(self, parser: CommandParser) -> None:
        self.add_format(parser)

    def handle(self, *, format, **options) -> None:
        rows = [_examined(name, check) for name, check in CHECKS.items()]
        if any(row["state"] != "missing" for row in rows if row["what"] == "database"):
            rows += [_examined(f"storefront {one.slug}", lambda one=one: _storefront(one)) for one in _storefronts()]
        self.print_rows(rows, format)
        missing = [row["what"] for row in rows if row["state"] == "missing"]
        if missing:
            raise CommandError(f"Missing: {', '.join(missing)}.", returncode=DEPENDENCY_MISSING)


def _examined(what: str, check: Callable[[], str]) -> dict[str, str]:
    try:
        return {"what": what, "state": "ok", "detail": check()}
    except Problem as problem:
        return {"what": what, "state": "note" if problem.minor else "missing", "detail": str(problem)}


def _python() -> str:
    return platform.python_version()


def _folder() -> str:
    try:
        with tempfile.TemporaryFile(dir=settings.VAR_DIR):
            return str(settings.VAR_DIR)
    except OSError as error:
        raise Problem(f"{settings.VAR_DIR} cannot be written: {error}. Set VAR_DIR to a folder that can.") from None


def _database() -> str:
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    # The driver's own errors differ from database to database; each says what the operator needs to know.
    except Exception as error:
        raise Problem(f"The database does not answer: {error}. Check DATABASE_URL.") from None
    if waiting:
        raise Problem(f"{len(waiting)} migrations are waiting. Run: manage.py migrate")
    return f"{connection.vendor}, migrated"


def _broker() -> str:
    try:
        with current_app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, timeout=WORKER_SECONDS)
            return broker.as_uri()
    except Exception as error:
        raise Problem(f"The broker does not answer: {error}. Check CELERY_BROKER_URL.") from None


def _worker() -> str:
    answers = current_app.control.ping(timeout=WORKER_SECONDS)
    if not answers:
        raise Problem("No worker answers: nothing trains or embeds. Start one: manage.py serve", minor=True)
    return f"{len(answers)} answering"


def _encoder() -> str:
    try:
        return str(resolve(settings.ENCODER_MODEL).name)
    except EncoderError as error:
        raise Problem(str(error)) from None


def _plugins() -> str:
    if problems := registry.problems():
        raise Problem(" ".join(problems), minor=True)
    return f"{', '.join(registry.verticals())}; {', '.join(registry.algorithms())}"


def _memory() -> str:
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    if gigabytes < 2:
        raise Problem(f"{gigabytes:.1f} GB of memory; training wants 2 or more.", minor=True)
    return f"{gigabytes:.0f} GB"


def _storefronts() -> list[Storefront]:
    return list(Storefront.objects.filter(active=True))


def _storefront(storefront: Storefront) -> str:
    try:
        registry.vertical(storefront.vertical)
    except LookupError as error:
        raise Problem(str(error)) from None
    live = selectors.deployments_live(storefront)
    if not live:
        raise Problem(f"Nothing is live; popular items are shown. Run: manage.py train {storefront.slug}", minor=True)
    for deployment in live:
        try:
            verify(deployment.artifact.path)
        except ArtifactError as error:
            raise Problem(f"{deployment.artifact} is damaged: {error} Activate another one.") from None
    return ", ".join(str(deployment) for deployment in live)


CHECKS: dict[str, Callable[[], str]] = {
    "python": _python,
    "memory": _memory,
    "var folder": _folder,
    "database": _database,
    "broker": _broker,
    "worker": _worker,
    "encoder": _encoder,
    "plugins": _plugins,
}
