"""A third party's package in tests/plugin is found once it is installed, and used like what is built in."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLUGIN = ROOT / "tests" / "plugin"


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """A folder that holds nothing but the installed plugin. Built from a copy: building leaves files behind."""
    folder = tmp_path_factory.mktemp("plugin")
    source = shutil.copytree(PLUGIN, folder / "source", ignore=shutil.ignore_patterns("__pycache__"))
    options = ["--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "install", *options, "--target", str(folder / "site"), str(source)]
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    return folder / "site"


def run(script: str, *folders: Path, **variables: str):
    """What a fresh interpreter that finds `folders` prints as JSON."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT, *folders))), **variables}
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


FOUND = """
import json
from recommender import registry
print(json.dumps({
    "books": "books" in registry.verticals(),
    "algorithm": "books-together" in registry.algorithms(),
    "built in": "ecommerce" in registry.verticals(),
    "problems": registry.problems(),
}))
"""


def test_an_installed_plugin_is_found_beside_what_is_built_in(installed):
    assert run(FOUND, installed) == {"books": True, "algorithm": True, "built in": True, "problems": []}


def test_without_the_installation_it_is_not_there():
    assert run(FOUND) == {"books": False, "algorithm": False, "built in": True, "problems": []}


def test_the_catalogue_validates_by_the_schema_of_an_installed_plugin(installed):
    script = """
import json
from behaviour.kinds import kinds_for
from catalog.schema import schema_for
from recommender import registry
registry.push_down()
print(json.dumps([schema_for("books").clean({"pages": 312}), sorted(kinds_for("books"))]))
"""
    assert run(script, installed) == [
        {"pages": 312},
        [
            "hide",
            "hide_topic",
            "more",
            "rating",
            "read",
            "search",
            "view",
        ],
    ]


def test_an_installed_plugin_brings_its_demo_data(installed):
    script = """
import json
from recommender import registry
print(json.dumps(sorted(path.name for path in registry.vertical("books").demo.iterdir())))
"""
    assert run(script, installed) == ["items.jsonl", "personas.json"]


def test_an_algorithm_of_a_plugin_learns_from_the_simulated_readers_of_its_vertical(installed):
    script = """
import json
from datetime import UTC, datetime
import numpy as np
from recommender import registry
from recommender.data import Interactions, Items, Query
from recommender.simulation import simulate
books = registry.vertical("books")
items = [json.loads(line) for line in (books.demo / "items.jsonl").read_text("utf-8").splitlines()]
personas = json.loads((books.demo / "personas.json").read_text("utf-8"))
rows = {item["external_id"]: row for row, item in enumerate(items)}
records = simulate(items, personas, kinds=books.kinds, until=datetime(2026, 11, 1, tzinfo=UTC), persons=120)
read = [(int(record["person"][-4:]) - 1, rows[record["item"]]) for record in records if record["kind"] == "read"]
events = Interactions.build(*zip(*read), n_persons=120, n_items=len(items))
model = registry.algorithm("books-together")().fit(events, Items(ids=np.array(list(rows))))
past = rows["the-tide-tables"]
best = model.recommend(Query.of([past], exclude=np.array([past])), 3)
print(json.dumps([items[row]["tags"] for row in best.items]))
"""
    assert all("sea" in tags for tags in run(script, installed))


PLATFORM = """
import json
import django; django.setup()
from io import StringIO
from django.core.management import CommandError, call_command
from django.test import Client

def printed(*arguments):
    out = StringIO()
    try:
        call_command(*arguments, stdout=out, stderr=StringIO())
    except CommandError:
        pass  # doctor: no worker is running
    return out.getvalue()

call_command("migrate", verbosity=0)
from behaviour.models import Account
from catalog.models import Storefront
from recommender.management import demonstration
one = demonstration.bundled_of("books")
shop = demonstration.storefront_of(one.slug, one.name, one.vertical)
demonstration.synthetic_import(shop, one, lambda stage, fraction: None)
printed("train", "books", "--algorithm", "books-together", "--activate")
browser = Client(SERVER_NAME="localhost")
browser.force_login(Account.objects.create_superuser("operator", password="test"))
print(json.dumps({
    "doctor": [row["detail"] for row in json.loads(printed("doctor", "--format", "json")) if row["what"] == "plugins"],
    "recommended": [row["id"] for row in json.loads(printed("recommend", "books", "--format", "json"))],
    "new storefront": 'value="books"' in browser.get("/admin/catalog/storefront/add/").content.decode(),
    "live": list(shop.deployments.filter(active=True).values_list("artifact__algorithm", flat=True)),
    "home": browser.get("/s/books/").status_code,
}))
"""


@pytest.mark.slow
def test_an_installed_plugin_is_in_the_admin_in_doctor_and_in_a_demo_that_recommends_by_it(installed, tmp_path):
    found = run(
        PLATFORM,
        installed,
        DJANGO_SETTINGS_MODULE="config.settings",
        VAR_DIR=str(tmp_path),
        DATABASE_URL=f"sqlite:///{tmp_path}/kindred.sqlite3",
    )
    assert "books" in found["doctor"][0] and "books-together" in found["doctor"][0]
    assert len(found["recommended"]) >= 5
    assert found["new storefront"] is True
    assert found["live"] == ["books-together"]
    assert found["home"] == 200
