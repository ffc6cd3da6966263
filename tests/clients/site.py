"""The platform as a client meets it: `manage.py serve` in a process of its own, on a database of its own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from django.conf import settings

START_SECONDS = 180  # on a busy machine

SHOP = """
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from catalog.models import Storefront
Storefront.objects.create(slug="shop", name="Shop", vertical="ecommerce")
"""


class Site:
    """`with Site(folder) as site`: a storefront called shop, served at `site.url`."""

    def __init__(self, folder: Path, **environment: str):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "serve.log"
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "VAR_DIR": str(folder / "var"),
            "DATABASE_URL": f"sqlite:///{folder / 'kindred.sqlite3'}",
            "OMP_NUM_THREADS": "1",
            **environment,
        }

    def __enter__(self) -> Site:
        self.python("-c", SHOP)
        command = [sys.executable, "manage.py", "serve", "--no-worker", "--port", str(self.port)]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command, cwd=settings.BASE_DIR, env=self.environment, stdout=log, stderr=subprocess.STDOUT
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.process.terminate()
                self.process.wait(timeout=30)
                raise RuntimeError(f"The server did not start:\n{self.log.read_text()[-3000:]}")
            time.sleep(0.2)
        return self

    def __exit__(self, *exception) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)

    def python(self, *arguments: str) -> str:
        """What a Python process in the site's environment prints."""
        command = [sys.executable, *arguments]
        done = subprocess.run(
            command, cwd=settings.BASE_DIR, env=self.environment, capture_output=True, text=True, timeout=300
        )
        if done.returncode:
            raise RuntimeError(done.stderr)
        return done.stdout.strip()

    def key(self, scopes: str = "read,write") -> str:
        return self.python("manage.py", "create_api_key", "shop", "--name", "test", "--scopes", scopes)

    def ask(self, key: str, method: str, path: str, body=None):
        """The JSON that the shop's API answers with. Raises HTTPError when it refuses."""
        request = urllib.request.Request(
            f"{self.url}/api/v1/storefronts/shop/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.load(response)

    def _answers(self) -> bool:
        try:
            urllib.request.urlopen(f"{self.url}/api/v1/problems/invalid", timeout=5).close()
        except (urllib.error.URLError, OSError):
            return False
        return True
