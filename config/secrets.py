"""Secrets that nobody set: made once, kept in the var folder, readable by this user only."""

import os
import secrets
from pathlib import Path


def secret(folder: Path, name: str) -> str:
    """The secret `name`. The first process to ask writes it; several may ask at the same time."""
    path = folder / name
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _wait_for(path)
    with os.fdopen(descriptor, "w") as file:
        file.write(value := secrets.token_urlsafe(48))
    return value


def _wait_for(path: Path) -> str:
    for _ in range(1000):  # the writer holds the file empty for microseconds
        if value := path.read_text():
            return value
    raise RuntimeError(f"{path} is empty: delete it, and a new secret is made.")
