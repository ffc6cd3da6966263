"""Clients made from the API's description: `python -m tests.clients.generating FOLDER [--schema ADDRESS]`.

FOLDER/python is an installable package, kindred_client; FOLDER/typescript a folder for node with schema.d.ts for
openapi-fetch. Without an address the description is written by this checkout. Needs npm for TypeScript.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[2]
NPM_PACKAGES = ("openapi-typescript@7.13.0", "openapi-fetch@0.17.0", "typescript@5.9.3", "@types/node@20.19.25")
CONFIGURATION = """\
project_name_override: kindred-client
package_name_override: kindred_client
content_type_overrides:
  application/x-ndjson: application/octet-stream
"""


class NotInstalled(Exception):
    """A tool that is needed is missing; the message names it."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--schema", help="Address of a running server's description, such as …/api/v1/schema.")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    description = options.folder.resolve() / "openapi.yaml"
    if options.schema:
        fetch(options.schema, description)
    else:
        _run(sys.executable, "manage.py", "spectacular", "--validate", "--fail-on-warn", "--file", str(description))
    try:
        print(python(description, options.folder.resolve() / "python"))
        print(typescript(description, options.folder.resolve() / "typescript"))
    except NotInstalled as error:
        print(error, file=sys.stderr)
        return 5
    return 0


def fetch(address: str, description: Path) -> None:
    with urllib.request.urlopen(address, timeout=60) as response:
        description.write_bytes(response.read())


def python(description: Path, folder: Path) -> Path:
    """An installable project whose package is kindred_client. Replaces what was in `folder`."""
    configuration = description.with_name("python.yaml")
    configuration.write_text(CONFIGURATION)
    options = ["--path", str(description), "--config", str(configuration), "--output-path", str(folder)]
    _run(
        *(sys.executable, "-m", "openapi_python_client", "generate"),
        *(*options, "--meta", "setup", "--overwrite", "--fail-on-warning"),
    )
    return folder


def typescript(description: Path, folder: Path) -> Path:
    """schema.d.ts, with openapi-fetch and the compiler beside it. Raises NotInstalled without npm or its registry."""
    if shutil.which("npm") is None:
        raise NotInstalled("npm is missing, which the TypeScript client needs. Install it: apt-get install npm")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text('{"name": "kindred-client", "private": true, "type": "module"}\n')
    try:
        _run("npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), *NPM_PACKAGES)
    except subprocess.CalledProcessError as error:
        raise NotInstalled(f"npm could not install {', '.join(NPM_PACKAGES)}: {error.stderr[-300:]}") from None
    _run(str(folder / "node_modules/.bin/openapi-typescript"), str(description), "-o", str(folder / "schema.d.ts"))
    return folder


def _run(*command: str) -> None:
    """Raises CalledProcessError with what the command printed."""
    # The tools that a tool calls, ruff for one, are found beside this Python.
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    subprocess.run(
        command, cwd=ROOT, env={**os.environ, "PATH": path}, check=True, capture_output=True, text=True, timeout=300
    )


if __name__ == "__main__":
    raise SystemExit(main())
