"""Real workers on real brokers: a wish in the database becomes an artifact, whoever dies on the way."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager

import pytest
from django.conf import settings

from tests.conftest import require

SECONDS = 90

# A world of its own: a worker is another process and cannot see a test's database.
PREPARE = """
import django; django.setup()
from datetime import datetime, timedelta, UTC
from django.core.management import call_command
call_command("migrate", verbosity=0)
from behaviour.services import behaviours_record
from catalog.models import Item, Storefront
storefront = Storefront.objects.create(slug="cinema", name="Cinema", vertical="video")
Item.objects.bulk_create(Item(storefront=storefront, external_id=str(n), title=f"Film {n}") for n in range(12))
now = datetime.now(UTC)
behaviours_record(storefront=storefront, records=[
    {"event_id": f"{p}-{s}", "person": str(p), "item": str((p % 2) * 6 + (p // 2 + s) % 6), "kind": "view",
     "occurred_at": (now - timedelta(days=9 - s)).isoformat()} for p in range(12) for s in range(4)])
"""
ENQUEUE = """
import django; django.setup()
from catalog.models import Storefront
from recommender.services import training_run_create
print(training_run_create(storefront=Storefront.objects.get(), algorithm="popularity", activate=True).pk)
"""
ORPHAN = """
import django; django.setup()
from datetime import timedelta
from django.utils import timezone
from recommender.models import TrainingRun
TrainingRun.objects.update(status="running", heartbeat_at=timezone.now() - timedelta(minutes=5), attempt=1)
"""


class Site:
    """Processes that share one var folder and one broker."""

    def __init__(self, folder, **environment):
        self.folder = folder
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "VAR_DIR": str(folder),
            "DATABASE_URL": f"sqlite:///{folder}/kindred.sqlite3",
            "OMP_NUM_THREADS": "1",
            **environment,
        }

    def python(self, script: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", script],
            cwd=settings.BASE_DIR,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    @contextmanager
    def worker(self):
        command = [sys.executable, "-m", "celery", "--quiet", "-A", "config", "worker", "--concurrency", "1"]
        process = subprocess.Popen(
            command,
            cwd=settings.BASE_DIR,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)

    def wait_for(self, status: str) -> None:
        deadline = time.monotonic() + SECONDS
        found = []
        while time.monotonic() < deadline:
            with closing(sqlite3.connect(self.folder / "kindred.sqlite3")) as database:
                found = [status for (status,) in database.execute("SELECT status FROM recommender_trainingrun")]
            if found == [status]:
                return
            time.sleep(0.1)
        pytest.fail(f"Expected one {status} run, found {found} after {SECONDS} s.")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A migrated database with a little data, copied for every test."""
    folder = tmp_path_factory.mktemp("prepared")
    Site(folder).python(PREPARE)
    return folder


@pytest.fixture
def site(prepared, tmp_path):
    return Site(shutil.copytree(prepared, tmp_path / "var"), CELERY_BROKER_URL="filesystem://localhost")


@pytest.mark.slow
def test_a_run_that_was_wished_for_before_a_worker_came_is_done_by_it(site):
    site.python(ENQUEUE)
    with site.worker():
        site.wait_for("finished")


@pytest.mark.slow
def test_a_run_whose_message_was_lost_is_found_in_the_database(site):
    site.python(ENQUEUE)
    shutil.rmtree(site.folder / "broker")
    with site.worker():
        site.wait_for("finished")


@pytest.mark.slow
def test_a_run_that_a_dead_worker_left_behind_is_done_by_the_next(site):
    site.python(ENQUEUE)
    site.python(ORPHAN)
    with site.worker():
        site.wait_for("finished")


@pytest.mark.slow
@pytest.mark.redis
def test_a_worker_on_redis_does_the_same(prepared, tmp_path):
    require(shutil.which("redis-server") is not None, "redis-server")
    port = "6390"
    command = ["redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        folder = shutil.copytree(prepared, tmp_path / "var")
        site = Site(folder, CELERY_BROKER_URL=f"redis://127.0.0.1:{port}/0")
        with site.worker():
            site.python(ENQUEUE)
            site.wait_for("finished")
    finally:
        server.terminate()
        server.wait()
