"""How fast behaviours come in, against a bare `executemany` of the same rows into the same table.

    python -m tests.benchmarks.ingest [--rows 100000]

Prints one JSON object. Speeds are medians of three interleaved runs, each on an SQLite file of its own with the
project's settings and constraints. Memory is the peak of a process that does nothing but one import.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

RUNS = 3
ITEMS = 2_000
REQUIRED_RATIO = 1 / 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--memory", type=int, metavar="ROWS", help="only import so many rows and print the peak in MB")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ingest-") as folder:
        if arguments.memory:
            django_on(Path(folder))
            print(peak_memory(Path(folder), arguments.memory))
            return
        # Memory first: a process starts with the peak of the one that started it, so this one must still be small.
        peaks = memory(arguments.rows)
        django_on(Path(folder))
        print(json.dumps(speeds(Path(folder), arguments.rows) | peaks))


def django_on(folder: Path) -> None:
    """The project as it is, with a database of its own."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    os.environ["VAR_DIR"] = str(folder)
    os.environ["DATABASE_URL"] = f"sqlite:///{folder / 'ingest.sqlite3'}"
    import django

    django.setup()


def fresh_storefront(folder: Path):
    """A database with every migration, a storefront and its items, and nothing else."""
    from django.core.management import call_command
    from django.db import connection

    from catalog.models import Storefront
    from catalog.services import items_import

    database, template = folder / "ingest.sqlite3", folder / "template.sqlite3"
    connection.close()
    if template.exists():
        shutil.copy(template, database)
        return Storefront.objects.get()
    call_command("migrate", verbosity=0, skip_checks=True)
    storefront = Storefront.objects.create(slug="shop", name="Shop", vertical="ecommerce")
    items_import(
        storefront=storefront, records=({"external_id": f"item-{n}", "title": f"Item {n}"} for n in range(ITEMS))
    )
    connection.close()  # the last to leave writes the journal into the file
    shutil.copy(database, template)
    return storefront


def write_lines(path: Path, rows: int) -> None:
    """Events as a client would send them: one in twenty by a person not seen before."""
    with path.open("w") as file:
        for n in range(rows):
            event = {
                "event_id": f"event-{n:09}",
                "person": f"person-{n * 7919 % (rows // 20)}",
                "item": f"item-{n * 104_729 % ITEMS}",
                "kind": "view",
                "occurred_at": f"2026-01-{n % 28 + 1:02}T{n % 24:02}:{n % 60:02}:{n // 60 % 60:02}Z",
                "context": {"device": "phone", "locale": "en-GB"},
            }
            file.write(json.dumps(event) + "\n")


def import_file(storefront, path: Path) -> None:
    from behaviour.datasets.jsonl import json_records
    from behaviour.services import behaviours_import

    report = behaviours_import(storefront=storefront, records=json_records(path))
    assert report.kept and not report.rejected, report


def speeds(folder: Path, rows: int) -> dict[str, float]:
    from django.db import connection, transaction

    path = folder / "behaviours.jsonl"
    write_lines(path, rows)
    with_services, bare = [], []
    for _ in range(RUNS):
        storefront = fresh_storefront(folder)
        started = time.perf_counter()
        import_file(storefront, path)
        with_services.append(rows / (time.perf_counter() - started))
        with connection.cursor() as cursor:
            cursor.execute("SELECT external_id, subject_key, created_at FROM behaviour_person ORDER BY id")
            persons = cursor.fetchall()
            cursor.execute("SELECT * FROM behaviour_behaviour ORDER BY id")
            columns = ", ".join(column[0] for column in cursor.description)
            stored = cursor.fetchall()
        assert len(stored) == rows

        # The same rows into a table as fresh as the first one: the persons are there, and nothing is checked.
        storefront = fresh_storefront(folder)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO behaviour_person (storefront_id, external_id, subject_key, created_at, attributes, "
                "consents, anonymous) VALUES (1, %s, %s, %s, '{}', '{}', 0)",
                persons,
            )
        started = time.perf_counter()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO behaviour_behaviour ({columns}) VALUES ({', '.join(['%s'] * len(stored[0]))})", stored
            )
        bare.append(rows / (time.perf_counter() - started))
    ratio = median(with_services) / median(bare)
    return {
        "rows": rows,
        "ratio": round(ratio, 3),
        "required_ratio": round(REQUIRED_RATIO, 3),
        "events_per_s": round(median(with_services)),
        "bare_events_per_s": round(median(bare)),
    }


def peak_memory(folder: Path, rows: int) -> float:
    path = folder / "behaviours.jsonl"
    write_lines(path, rows)
    import_file(fresh_storefront(folder), path)
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def memory(rows: int) -> dict[str, float]:
    """Peaks of processes that import so many rows, and ten times as many."""

    def measured(count: int) -> float:
        command = [sys.executable, "-m", "tests.benchmarks.ingest", "--memory", str(count)]
        return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    return {"peak_mb": measured(rows), f"peak_mb_{_short(10 * rows)}": measured(10 * rows)}


def _short(rows: int) -> str:
    return f"{rows // 1_000_000}m" if rows % 1_000_000 == 0 else str(rows)


if __name__ == "__main__":
    main()
