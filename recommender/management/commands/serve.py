from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from recommender.management.console import FAILED, ConsoleCommand

STOP_SECONDS = 10


class Command(ConsoleCommand):
    help = "Run the web server and one worker side by side until Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
        parser.add_argument("--web-workers", type=int, default=2, help="Default: 2.")
        parser.add_argument("--no-worker", action="store_true", help="The web server alone.")

    def handle(self, *, host, port, web_workers, no_worker, **options) -> None:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            raise CommandError("The database is not up to date. Run: manage.py migrate", returncode=FAILED)
        connection.close()
        commands = {"web": _web(host, port, web_workers)}
        if not no_worker:
            commands["worker"] = _worker()
        self.stderr.write(f"Kindred is at http://{host}:{port}/ (admin: /admin/, API: /api/v1/docs). Ctrl-C stops it.")
        code = _run_until_stopped(commands)
        if code:
            raise CommandError("A process ended by itself; what it said stands above.", returncode=FAILED)


def _web(host: str, port: int, workers: int) -> list[str]:
    return [
        *(sys.executable, "-m", "gunicorn", "config.wsgi"),
        *("--config", "python:config.gunicorn"),
        *("--bind", f"{host}:{port}", "--workers", str(workers)),
        *("--worker-class", "gthread", "--threads", "4"),
        # The longest that gunicorn takes: two hundred ids of items fit into an address.
        *("--limit-request-line", "8190"),
        # A worker that leaks or grows is replaced before anybody notices; the jitter keeps them from going together.
        *("--max-requests", "20000", "--max-requests-jitter", "2000", "--log-level", "warning"),
    ]


def _worker() -> list[str]:
    # Two children: a new item is embedded while a training goes on.
    return [
        *(sys.executable, "-m", "celery", "--quiet", "-A", "config", "worker"),
        *("--hostname", "kindred@%h", "--concurrency", "2", "--loglevel", "WARNING"),
        # The clock runs inside this one worker; where there are several, it is a process of its own.
        "--beat",
    ]


def _run_until_stopped(commands: dict[str, list[str]]) -> int:
    """0 when somebody stopped us, 1 when one of the processes ended by itself."""
    # One BLAS thread a process: more only get in each other's way on a busy site.
    environment = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", **os.environ}
    # Sessions of their own, so that Ctrl-C reaches us alone and we stop them in order.
    processes = [
        subprocess.Popen(command, env=environment, cwd=settings.BASE_DIR, start_new_session=True)
        for command in commands.values()
    ]
    stopped = False

    def stop(*_) -> None:
        nonlocal stopped
        stopped = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    while not stopped and all(process.poll() is None for process in processes):
        time.sleep(0.1)
    for process in processes:
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for process in processes:
        try:
            process.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    return 0 if stopped else 1
