"""What a recommendation costs beside a bare view: `python -m tests.benchmarks.serving --items 12000`.

A synthetic shop in a temporary folder, a blend trained by the product's own job, one real gunicorn worker
over loopback. Blocks of requests for recommendations (20 items, recorded) alternate with blocks for the
bare view, so that whatever else the machine does falls on both. Prints one JSON line.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
BLOCK = 25
WARM_UP = 100


def main() -> int:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="kindred-serving-") as folder:
        os.environ.update(VAR_DIR=folder, DJANGO_SETTINGS_MODULE="tests.benchmarks.bare_settings")
        os.environ.pop("DATABASE_URL", None)
        os.environ["CELERY_TASK_ALWAYS_EAGER"] = "true"
        prepared = _prepare(options.items, options.persons, options.algorithm)
        with Server() as server:
            result = measure(server, prepared.pop("key"), options.requests, options.persons)
    print(json.dumps({"items": options.items, "persons": options.persons, **prepared, **result}))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=12_000)
    parser.add_argument("--persons", type=int, default=3_000, help="with 30 events each")
    parser.add_argument("--algorithm", default="blend")
    parser.add_argument("--requests", type=int, default=600, help="of each kind, after the warm-up")
    return parser.parse_args()


def _prepare(items: int, persons: int, algorithm: str) -> dict:
    """The database, the shop, the trained algorithm and a key."""
    import django

    django.setup()
    from django.core.management import call_command

    from catalog.keys import api_key_create

    from .serving_data import storefront_build, train_and_activate

    call_command("migrate", verbosity=0)
    _say(f"Making a shop of {items:,} items and {persons:,} persons …")
    shop = storefront_build(items=items, persons=persons)
    _say(f"Training {algorithm} …")
    started = time.monotonic()
    run = train_and_activate(shop, algorithm)
    _, key = api_key_create(storefront=shop, name="benchmark", scopes=["read"])
    return {
        "key": key,
        "algorithm": run.algorithm,
        "config": run.config or "found on validation",
        "vectors": "random around topics, not the encoder's",
        "training_seconds": round(time.monotonic() - started, 1),
    }


class Server:
    """One gunicorn worker on a free port of the loopback interface."""

    def __enter__(self) -> Server:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = [sys.executable, "-m", "gunicorn", "config.wsgi:application", "--workers", "1"]
        command += ["--worker-class", "gthread", "--threads", "4"]  # as `manage.py serve` does
        command += ["--bind", f"127.0.0.1:{self.port}", "--log-level", "warning"]
        one_thread = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        self.process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **one_thread})
        deadline = time.monotonic() + 30
        while True:
            try:
                self.get("/bare/items")
                break
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit("gunicorn did not start; its log is above.") from None
                time.sleep(0.1)
        (self.worker,) = psutil.Process(self.process.pid).children()
        return self

    def __exit__(self, *exception) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)

    def get(self, address: str, key: str = "") -> dict | list:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", address, headers={"Authorization": f"Bearer {key}"} if key else {})
        response = connection.getresponse()
        body = response.read()
        connection.close()
        if response.status != 200:
            raise SystemExit(f"GET {address} answered {response.status}: {body[:500]!r}")
        return json.loads(body)

    def cpu_seconds(self) -> float:
        times = self.worker.cpu_times()
        return times.user + times.system


def measure(server: Server, key: str, requests: int, persons: int) -> dict:
    asked = 0

    def recommend() -> None:
        nonlocal asked
        asked += 1
        person = f"u-{asked * 37 % persons}"
        answer = server.get(f"/api/v1/storefronts/bench/recommendations?person={person}&count=20", key)
        if len(answer["data"]) != 20 or answer["fallback"] or not answer["id"]:
            raise SystemExit(f"Not the answer to measure: {json.dumps(answer)[:500]}")

    def bare() -> None:
        if len(server.get("/bare/items")) != 20:
            raise SystemExit("The bare view must answer 20 rows.")

    for _ in range(WARM_UP):
        recommend()
        bare()
    cpu = {recommend: 0.0, bare: 0.0}
    latencies: dict = {recommend: [], bare: []}
    done = 0
    while done < requests:
        block = min(BLOCK, requests - done)
        for request in (recommend, bare):
            before = server.cpu_seconds()
            for _ in range(block):
                started = time.perf_counter()
                request()
                latencies[request].append(time.perf_counter() - started)
            cpu[request] += server.cpu_seconds() - before
        done += block
    p50, p99 = _percentiles(latencies[recommend])
    bare_p50, bare_p99 = _percentiles(latencies[bare])
    return {
        "requests": requests,
        "ratio": round(cpu[recommend] / cpu[bare], 3),
        "cpu_ms": round(1000 * cpu[recommend] / requests, 3),
        "bare_cpu_ms": round(1000 * cpu[bare] / requests, 3),
        "p50_ms": p50,
        "p99_ms": p99,
        "bare_p50_ms": bare_p50,
        "bare_p99_ms": bare_p99,
        "rss_mb": round(server.worker.memory_info().rss / 2**20, 1),
    }


def _percentiles(seconds: list[float]) -> tuple[float, float]:
    """p50 and p99 in ms; the rank is rounded up, so that p99 is a latency that was seen."""
    ordered = sorted(seconds)
    return tuple(round(1000 * ordered[-(-len(ordered) * share // 100) - 1], 2) for share in (50, 99))


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
