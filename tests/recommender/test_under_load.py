"""Promoting, mirroring and rolling back while people ask real server processes: no request fails, none is a mix."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from contextlib import closing, contextmanager

import pytest
from django.conf import settings

from tests.recommender.test_workers import PREPARE, Site

ASKING = 4  # threads
SETTLED = 1.6  # seconds: web processes look at the database once a second

TRAIN = """
import django; django.setup()
from catalog.keys import api_key_create
from catalog.models import Storefront
from recommender.jobs import training, training_run_execute
from recommender.services import training_run_create
training.items_embed = lambda storefront_id, progress=None: 0
storefront = Storefront.objects.get()
made = [training_run_execute(training_run_create(storefront=storefront, algorithm=name, activate=name == "popularity",
        enqueue=False).pk).pk for name in ("popularity", "graph")]
row, key = api_key_create(storefront=storefront, name="load", scopes=["read"], rate_limit=1_000_000)
print(*made, key)
"""
START = """
import django; django.setup()
from catalog.models import Storefront
from recommender.models import Artifact
from recommender.services.promoting import artifact_promote, standby_start
from recommender.services import deployment_rollback
storefront = Storefront.objects.get()
artifact = Artifact.objects.get(pk={artifact})
"""
STEPS = {
    "shadow": "standby_start(artifact=artifact, role='shadow', share=0.5)",
    "promote": "artifact_promote(artifact=artifact, reason='Better', force=True)",
    "roll back": "deployment_rollback(storefront=storefront, reason='Complaints')",
}


@contextmanager
def web(site: Site):
    """Two processes of two threads each."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "config.wsgi", "--workers", "2", "--threads", "2"]
    process = subprocess.Popen(
        [*command, "--bind", f"127.0.0.1:{port}", "--log-level", "warning"],
        cwd=settings.BASE_DIR,
        env={**site.environment, "DEBUG": "0", "ALLOWED_HOSTS": "127.0.0.1", "SECRET_KEY": "s" * 50},
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 180
        while time.monotonic() < deadline:
            with closing(socket.socket()) as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/api/v1/storefronts/cinema/recommendations"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


class Crowd:
    """Threads that ask without a pause and keep every answer: (when, status, body)."""

    def __init__(self, url: str, key: str):
        self.url, self.key = url, key
        self.answers: list[tuple[float, int, dict]] = []
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self._ask, args=(number,)) for number in range(ASKING)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *error):
        self.over.set()
        for thread in self.threads:
            thread.join(timeout=30)

    def _ask(self, number: int) -> None:
        turn = number
        while not self.over.is_set():
            turn += ASKING
            address = f"{self.url}?person={turn % 12}&count=4"
            request = urllib.request.Request(address, headers={"Authorization": f"Bearer {self.key}"})
            asked = time.monotonic()
            try:
                with urllib.request.urlopen(request, timeout=30) as response:
                    self.answers.append((asked, response.status, json.load(response)))
            except urllib.error.HTTPError as error:
                self.answers.append((asked, error.code, {"detail": error.read().decode()[:500]}))
            except OSError as error:
                self.answers.append((asked, 0, {"detail": str(error)}))


@pytest.mark.slow
def test_promoting_mirroring_and_rolling_back_fail_no_request_and_every_answer_names_its_model(tmp_path):
    site = Site(tmp_path, CELERY_BROKER_URL="filesystem://localhost")
    site.python(PREPARE)
    first, second, key = site.python(TRAIN).split()
    moments = {}
    with web(site) as url, Crowd(url, key) as crowd:
        time.sleep(SETTLED)
        for name, step in STEPS.items():
            site.python(START.format(artifact=second) + step)
            moments[name] = time.monotonic()
            time.sleep(SETTLED + 1)
    assert {status for _at, status, _body in crowd.answers} == {200}, [
        body for _at, status, body in crowd.answers if status != 200
    ][:3]
    assert len(crowd.answers) > 100

    with closing(sqlite3.connect(tmp_path / "kindred.sqlite3")) as database:
        recorded = dict(
            database.execute(
                "SELECT r.id, d.artifact_id FROM recommender_recommendation r "
                "JOIN recommender_deployment d ON d.id = r.deployment_id"
            )
        )
    algorithms = {first: "popularity", second: "graph"}
    for _at, _status, body in crowd.answers:
        assert body["data"]
        assert algorithms[body["artifact"]] == body["algorithm"]
        assert str(recorded[body["id"].replace("-", "")]) == body["artifact"], "what was written down made it"

    def made_between(start: float, end: float) -> set[str]:
        return {body["artifact"] for at, _status, body in crowd.answers if start < at < end}

    assert made_between(0, moments["shadow"]) == {first}
    assert made_between(moments["promote"] + SETTLED, moments["promote"] + SETTLED + 1) == {second}
    assert made_between(moments["roll back"] + SETTLED, moments["roll back"] + SETTLED + 1) == {first}
