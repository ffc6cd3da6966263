"""Clients generated from the description of a running server run the quickstart against it."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import require

from . import generating

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def description(site, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("generated") / "openapi.yaml"
    generating.fetch(f"{site.url}/api/v1/schema", path)
    return path


def said(command: list[str], **environment: str) -> dict:
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, env={**os.environ, **environment})
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return json.loads(ran.stdout)


def judged(result: dict, site, person: str) -> None:
    """The answers are true: the server holds what the client says that it sent."""
    assert result["recorded"] == result["clicked"] == 1
    assert len(result["served"]) == 2
    assert result["explained"] == result["served"][0]
    assert result["missing"] == 404
    events = site.ask(site.key("read"), "GET", f"behaviours?person={person}")["data"]
    assert [(event["kind"], event["item"]) for event in events] == [
        ("click", result["served"][0]),
        ("view", f"{person.removesuffix('-u')}-1"),
    ]
    assert events[0]["recommendation_id"]


@pytest.mark.slow
def test_the_python_client_runs_the_quickstart(site, description):
    require(importlib.util.find_spec("openapi_python_client") is not None, "openapi-python-client")
    folder = generating.python(description, description.parent / "python")
    script = [sys.executable, str(HERE / "quickstart_python.py"), site.url, site.key()]
    judged(said(script, PYTHONPATH=str(folder)), site, "py-u")


@pytest.mark.slow
def test_the_typescript_client_is_type_checked_and_runs_the_quickstart(site, description):
    try:
        folder = generating.typescript(description, description.parent / "typescript")
    except generating.NotInstalled as missing:
        require(False, str(missing))
    shutil.copy(HERE / "quickstart_typescript.ts", folder)
    compiler = [str(folder / "node_modules/.bin/tsc"), "--strict", "--noUncheckedIndexedAccess", "--skipLibCheck"]
    compiler += ["--target", "es2022", "--module", "nodenext", "--types", "node", "quickstart_typescript.ts"]
    compiled = subprocess.run(compiler, cwd=folder, capture_output=True, text=True, timeout=120)
    assert compiled.returncode == 0, compiled.stdout
    judged(said(["node", str(folder / "quickstart_typescript.js"), site.url, site.key()]), site, "ts-u")
