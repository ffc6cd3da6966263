"""The quickstart of docs/api.md is run as it is printed: in curl, in Python and in JavaScript."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from tests.conftest import require

DOCUMENT = (settings.BASE_DIR / "docs" / "api.md").read_text(encoding="utf-8")
IN_SHELL = ("Ten minutes with curl", "What was seen, and what was opened", "Relationships", "Whole tables")
HERE = "http://127.0.0.1:8000"  # what the document calls the server


def section(heading: str, language: str) -> str:
    """Every block of the language under the heading, one after the other."""
    (text,) = re.findall(rf"^## {re.escape(heading)}\n(.*?)(?=^## )", DOCUMENT, re.MULTILINE | re.DOTALL)
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert blocks, f"There is no {language} under {heading!r}."
    return "".join(blocks)


def in_shell() -> str:
    return "".join(section(heading, "sh") for heading in IN_SHELL)


@pytest.fixture(scope="module")
def shell(site, tmp_path_factory):
    """(what the curl blocks printed, the environment that they leave behind)."""
    require(shutil.which("curl") is not None, "curl")
    folder = tmp_path_factory.mktemp("shell")
    manage = f"{settings.BASE_DIR}/manage.py"
    script = in_shell().replace(HERE, site.url).replace(" manage.py", f" {manage}")
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script + '\necho; echo "$KINDRED $KEY"'],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=folder,
        env={**site.environment, "PATH": path},
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    printed, _, left = ran.stdout.strip().rpartition("\n")
    address, key = left.split()
    return printed, {**os.environ, "KINDRED": address, "KEY": key}


def printed_by(command: list[str], environment: dict[str, str]) -> list[str]:
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.splitlines()


@pytest.mark.slow
def test_in_curl_each_command_prints_what_stands_below_it(shell):
    printed, _ = shell
    said = re.findall(r"^# (\{.*\})$", in_shell(), re.MULTILINE)
    promised = [line for line in said if "created_at" not in line]  # the time is another one each day
    assert len(promised) >= 7
    place = 0
    for line in promised:
        place = printed.find(line, place) + len(line)
        assert place >= len(line), f"{line} was not printed, or not in its turn:\n{printed}"
    assert '"position":0' in printed and '"sentence":' in printed


@pytest.mark.slow
def test_in_python(shell, site, tmp_path):
    (tmp_path / "quickstart.py").write_text(section("The same in Python", "python"), encoding="utf-8")
    lines = printed_by([sys.executable, str(tmp_path / "quickstart.py")], shell[1])
    assert lines[0] == lines[-1] == "{'accepted': 1, 'duplicates': 0}"
    assert len(lines) >= 4
    events = site.ask(shell[1]["KEY"], "GET", "behaviours?person=u-513")["data"]
    assert [event["kind"] for event in events] == ["click", "view"]
    assert events[0]["recommendation_id"]


@pytest.mark.slow
def test_in_javascript(shell, site, tmp_path):
    require(shutil.which("node") is not None, "node")
    (tmp_path / "quickstart.mjs").write_text(section("The same in JavaScript", "js"), encoding="utf-8")
    lines = printed_by(["node", str(tmp_path / "quickstart.mjs")], shell[1])
    assert lines[0] == lines[-1] == "{ accepted: 1, duplicates: 0 }"
    events = site.ask(shell[1]["KEY"], "GET", "behaviours?person=u-514")["data"]
    assert [event["kind"] for event in events] == ["click", "view"]
