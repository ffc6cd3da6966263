"""A server for api.py to measure, and what is sent to it: batches of events, and clients who do different things."""

from __future__ import annotations

import http.client
import json
import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import psutil

ROOT = Path(__file__).resolve().parents[2]
BATCH = 1000
#: What one client in a hundred does next.
MIX = {"recommend": 70, "record": 20, "search": 10}
WORDS = ("light wool", "steel kitchen", "winter travel", "oak paper", "small blue garden")


class Served:
    """`manage.py serve` without a worker: gunicorn as operators run it, on a free port of the loopback interface."""

    def __init__(self, workers: int, key: str, database: psutil.Process | None):
        self.key = key
        self._workers = workers
        self._database = database

    def __enter__(self) -> Served:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = [sys.executable, "manage.py", "serve", "--no-worker", "--port", str(self.port)]
        command += ["--web-workers", str(self._workers)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 120
        while True:
            try:
                self.connect().ask("GET", "items?limit=1")
                return self
            except OSError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit("The server did not start.") from None
                time.sleep(0.2)

    def __exit__(self, *exception) -> None:
        self._process.terminate()
        self._process.wait(timeout=30)

    def connect(self) -> Connection:
        return Connection(self.port, self.key)

    def cpu_seconds(self) -> dict[str, float]:
        """CPU that was used so far, by the web server and by the database where that is a process of its own."""
        used = {"web": _tree_seconds(psutil.Process(self._process.pid))}
        if self._database is not None:
            used["database"] = _tree_seconds(self._database)
        return used


class Connection:
    """One client's connection, kept open while the server keeps it."""

    def __init__(self, port: int, key: str):
        self._port = port
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self._connection: http.client.HTTPConnection | None = None

    def ask(self, method: str, path: str, body: bytes | None = None) -> dict:
        for again in (False, True):
            kept = self._connection is not None
            self._connection = self._connection or http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
            try:
                self._connection.request(method, f"/api/v1/storefronts/bench/{path}", body, self._headers)
                response = self._connection.getresponse()
                said = response.read()
                break
            except (http.client.HTTPException, OSError):
                self._connection.close()
                self._connection = None
                if again or not kept:  # an idle connection that the server closed is opened again, once
                    raise
        if response.status not in (200, 201):
            raise SystemExit(f"{method} {path} answered {response.status}: {said[:500]!r}")
        return json.loads(said)


def events(first: int, count: int, *, persons: int, items: int) -> list[dict]:
    """Events as a site sends them; one in twenty of a person who was not seen before."""
    now = datetime.now(UTC).isoformat()
    return [
        {
            "event_id": f"e-{number}",
            "person": f"u-{number * 7919 % persons}" if number % 20 else f"new-{number}",
            "item": f"sku-{number * 104_729 % items:06}",
            "kind": "view",
            "occurred_at": now,
            "context": {"device": "phone", "locale": "en-GB"},
        }
        for number in range(first, first + count)
    ]


def send_batches(server: Served, bodies: list[bytes], senders: int) -> float:
    """Seconds until every batch is acknowledged, with so many senders at once."""
    connections = threading.local()

    def send(body: bytes) -> None:
        if not hasattr(connections, "own"):
            connections.own = server.connect()
        answer = connections.own.ask("POST", "behaviours/batch", body)
        if answer != {"accepted": BATCH, "duplicates": 0}:
            raise SystemExit(f"Not the answer to measure: {answer}")

    started = time.perf_counter()
    with ThreadPoolExecutor(senders) as pool:
        list(pool.map(send, bodies))
    return time.perf_counter() - started


def actions(persons: int, items: int) -> dict[str, Callable[[Connection, random.Random], None]]:
    """What a client may do, by name."""

    def recommend(connection: Connection, rng: random.Random) -> None:
        answer = connection.ask("GET", f"recommendations?person=u-{rng.randrange(persons)}&count=20")
        if len(answer["data"]) != 20 or answer["fallback"]:
            raise SystemExit(f"Not the answer to measure: {json.dumps(answer)[:500]}")

    def record(connection: Connection, rng: random.Random) -> None:
        event = events(1, 1, persons=persons, items=items)[0]
        event |= {"event_id": f"one-{rng.getrandbits(60)}", "item": f"sku-{rng.randrange(items):06}"}
        connection.ask("POST", "behaviours", json.dumps(event).encode())

    def search(connection: Connection, rng: random.Random) -> None:
        connection.ask("GET", f"search?q={quote(rng.choice(WORDS))}&count=20")

    return {"recommend": recommend, "record": record, "search": search}


def mixed_load(
    server: Served, known: dict[str, Callable], *, clients: int, seconds: float, think: float, seed: int
) -> dict[str, list[float]]:
    """Latencies in seconds by action. Each client waits `think` seconds on average between an answer and a request."""
    latencies: dict[str, list[float]] = defaultdict(list)
    lock = threading.Lock()
    until = time.monotonic() + seconds

    def client(number: int) -> None:
        rng = random.Random(f"{seed}-{number}")
        connection, own = server.connect(), []
        time.sleep(rng.random() * think)
        while time.monotonic() < until:
            (name,) = rng.choices(list(MIX), MIX.values())
            started = time.perf_counter()
            known[name](connection, rng)
            own.append((name, time.perf_counter() - started))
            time.sleep(rng.expovariate(1 / think) if think else 0)
        with lock:
            for name, latency in own:
                latencies[name].append(latency)

    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(client, range(clients)))
    return latencies


def own_cpu_seconds() -> float:
    times = os.times()
    return times.user + times.system


def _tree_seconds(root: psutil.Process) -> float:
    """Of a process, of what it started, and of what has ended since."""
    total = 0.0
    for process in (root, *root.children(recursive=True)):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total
