"""The API answers as its description says, whatever it is sent: schemathesis against a running server."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CONFIGURATION = Path(__file__).parent / "schemathesis.toml"
EXAMPLES = 2  # of each operation and phase, beside the boundaries that are always tried: some 2,000 requests
#: The entry point of the command line; the script's own folder may not be on the PATH.
SCHEMATHESIS = "from schemathesis.cli import schemathesis; schemathesis()"


@pytest.mark.slow
def test_no_answer_breaks_the_description_and_none_is_a_5xx(site, tmp_path):
    key = site.key("read,write,manage")
    # What the examples of the description speak of.
    for item in ("sku-1", "sku-2", "sku-1042"):
        site.ask(key, "POST", "items", {"id": item, "title": "Wool socks"})
    event = {"event_id": "1", "person": "u-512", "kind": "view", "item": "sku-1", "occurred_at": "2026-03-31T09:30:00Z"}
    site.ask(key, "POST", "behaviours", event)
    served = site.ask(key, "GET", "recommendations?person=u-512")
    command = [sys.executable, "-c", SCHEMATHESIS, "--config-file", CONFIGURATION]
    command += ["run", f"{site.url}/api/v1/schema", "--header", f"Authorization: Bearer {key}"]
    command += ["--max-examples", str(EXAMPLES), "--generation-database", "none", "--no-color", "--workers", "2"]
    command += ["--exclude-path-regex", "/import$"]  # it writes no JSON lines; tests/*/api try the imports
    ran = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=600,
        cwd=tmp_path,
        env={**os.environ, "RECOMMENDATION": served["id"]},
    )
    assert ran.returncode == 0, ran.stdout[-20_000:] + ran.stderr[-2_000:]
    assert "Traceback" not in site.log.read_text()
