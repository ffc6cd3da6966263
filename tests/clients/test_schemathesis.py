"""The API answers as its description says, whatever it is sent: schemathesis against a running server."""

import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

import pytest
import yaml
from django.conf import settings

from . import generating

CONFIGURATION = Path(__file__).parent / "schemathesis.toml"
EXAMPLES = 1  # of each operation and phase, beside the boundaries that are always tried: some 3,600 requests
SPENT = 60  # items, persons and ties that are there to be withdrawn, erased and ended
#: The entry point of the command line; the script's own folder may not be on the PATH.
SCHEMATHESIS = "from schemathesis.cli import schemathesis; schemathesis()"


def there(site, key) -> dict:
    """What the examples of the description and the hooks of `every_request` speak of."""
    gone = [f"gone-{number}" for number in range(SPENT)]
    items = [{"id": one, "title": "Wool socks"} for one in ("sku-1", "sku-2", "sku-1042", *gone)]
    site.ask(key, "POST", "items/batch", items)
    for person in ("u-7", "u-512", *gone):
        site.ask(key, "PUT", f"persons/{person}", {})
    for other in gone:
        site.ask(key, "PUT", "relationships", {"source": "u-512", "target": other, "kind": "follows"})
    event = {"event_id": "1", "person": "u-512", "kind": "view", "item": "sku-1", "occurred_at": "2026-03-31T09:30:00Z"}
    site.ask(key, "POST", "behaviours", event)
    runs = [site.ask(key, "POST", "training_runs", {"algorithm": "popularity"})["id"] for _ in range(6)]
    return {
        "person": "u-512",
        "item": "sku-1",
        "gone": gone,
        "run": runs[0],
        "cancelled": runs[1:],
        "recommendation": site.ask(key, "GET", "recommendations?person=u-512")["id"],
    }


@pytest.fixture(scope="module")
def met(site, tmp_path_factory) -> dict[str, Counter]:
    """Operation → how often it gave each status. Fails where an answer is not as the description says."""
    key, folder = site.key("read,write,manage"), tmp_path_factory.mktemp("schemathesis")
    known = there(site, key)
    command = [sys.executable, "-c", SCHEMATHESIS, "--config-file", CONFIGURATION]
    command += ["run", f"{site.url}/api/v1/schema", "--header", f"Authorization: Bearer {key}"]
    command += ["--max-examples", str(EXAMPLES), "--generation-database", "none", "--no-color", "--workers", "2"]
    command += ["--exclude-path-regex", "/import$"]  # it writes no JSON lines; tests/*/api try the imports
    ran = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=1200,
        cwd=folder,
        env={
            **os.environ,
            "RECOMMENDATION": known["recommendation"],
            "THERE": json.dumps(known),
            "ANSWERS": str(folder / "answers"),
            "SCHEMATHESIS_HOOKS": "tests.clients.every_request",
            "PYTHONPATH": str(settings.BASE_DIR),
        },
    )
    assert ran.returncode == 0, ran.stdout[-20_000:] + ran.stderr[-2_000:]
    counts: dict[str, Counter] = defaultdict(Counter)
    for line in (folder / "answers").read_text().splitlines():
        name, status = line.split()
        counts[name][int(status)] += 1
    for name, statuses in sorted(counts.items()):
        print(f"{name:24}", *(f"{status}: {count:,}" for status, count in sorted(statuses.items())), sep="  ")
    return counts


@pytest.mark.slow
def test_no_answer_breaks_the_description_and_none_is_a_5xx(site, met):
    assert {status for statuses in met.values() for status in statuses if status >= 500} == set()
    assert "Traceback" not in site.log.read_text()


@pytest.mark.slow
def test_every_operation_succeeds_at_least_once(site, met, tmp_path):
    generating.fetch(f"{site.url}/api/v1/schema", tmp_path / "openapi.yaml")
    paths = yaml.safe_load((tmp_path / "openapi.yaml").read_text())["paths"]
    operations = [one for path, methods in paths.items() if not path.endswith("/import") for one in methods.values()]
    never = [
        one["operationId"]
        for one in operations
        if not any(str(status) in one["responses"] and status < 300 for status in met[one["operationId"]])
    ]
    assert never == []


@pytest.mark.slow
def test_bodies_are_read_and_not_refused_for_their_key(met):
    statuses = sum(met.values(), Counter())
    assert statuses[422] <= statuses.total() / 100
