"""A third party's package in tests/plugin keeps the contract, and is found once it is installed."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from recommender.testing import AlgorithmContract, VerticalContract

ROOT = Path(__file__).parents[2]
PLUGIN = ROOT / "tests" / "plugin"
sys.path.insert(0, str(PLUGIN))

from kindred_books.co_visit import CoVisit  # noqa: E402  (from the folder that the line above adds)
from kindred_books.vertical import VERTICAL  # noqa: E402


class TestCoVisit(AlgorithmContract):
    algorithm_class = CoVisit


class TestBooks(VerticalContract):
    vertical = VERTICAL
    demo_size = 12


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """A folder that holds nothing but the installed plugin. Built from a copy: building leaves files behind."""
    folder = tmp_path_factory.mktemp("plugin")
    source = shutil.copytree(PLUGIN, folder / "source", ignore=shutil.ignore_patterns("__pycache__"))
    options = ["--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "install", *options, "--target", str(folder / "site"), str(source)]
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    return folder / "site"


def run(script: str, *folders: Path):
    """What a fresh interpreter that finds `folders` prints as JSON."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT, *folders)))}
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


FOUND = """
import json
from recommender import registry
print(json.dumps({
    "books": "books" in registry.verticals(),
    "co-visit": "co-visit" in registry.algorithms(),
    "built in": "ecommerce" in registry.verticals(),
    "problems": registry.problems(),
}))
"""


def test_an_installed_plugin_is_found_beside_what_is_built_in(installed):
    assert run(FOUND, installed) == {"books": True, "co-visit": True, "built in": True, "problems": []}


def test_without_the_installation_it_is_not_there():
    assert run(FOUND) == {"books": False, "co-visit": False, "built in": True, "problems": []}


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
model = registry.algorithm("co-visit")().fit(events, Items(ids=np.array(list(rows))))
past = rows["the-tide-tables"]
best = model.recommend(Query.of([past], exclude=np.array([past])), 3)
print(json.dumps([items[row]["tags"] for row in best.items]))
"""
    assert all("sea" in tags for tags in run(script, installed))
