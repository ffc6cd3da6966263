"""An artifact is a folder: a manifest and the files it names, each with its sha256. Never a pickle.

It is written aside, flushed to disk and renamed into place, so that no reader ever sees half of one.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

MANIFEST = "manifest.json"
ALLOWED = {".json", ".npz", ".safetensors", ".onnx", ".data", ".txt"}


class ArtifactError(Exception):
    """The folder is not what its manifest says; the message names the file."""


def publish(folder: Path, write: Callable[[Path], None], manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Create `folder` with whatever `write` puts there, and return the manifest with the files' hashes.

    Raises ArtifactError when the folder exists or a file is of a kind that artifacts do not hold.
    """
    if folder.exists():
        raise ArtifactError(f"{folder} exists already; an artifact is never overwritten.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = folder.parent / f".{folder.name}.{uuid.uuid4().hex}"
    aside.mkdir()
    try:
        write(aside)
        files = {path.relative_to(aside).as_posix(): path for path in sorted(aside.rglob("*")) if path.is_file()}
        for name, path in files.items():
            if path.suffix not in ALLOWED:
                raise ArtifactError(f"{name}: artifacts hold {', '.join(sorted(ALLOWED))} files only.")
        whole = {**manifest, "files": {name: _sha256(path) for name, path in files.items()}}
        (aside / MANIFEST).write_text(json.dumps(whole, indent=2, sort_keys=True, ensure_ascii=False) + "\n")
        for path in [*files.values(), aside / MANIFEST, aside]:
            _flush(path)
        aside.rename(folder)
        _flush(folder.parent)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return whole


def verify(folder: Path) -> dict[str, Any]:
    """The manifest of a folder whose files are all there and unchanged. Raises ArtifactError otherwise."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
        files = manifest["files"]
    except (OSError, ValueError, KeyError) as error:
        raise ArtifactError(f"{folder} has no readable {MANIFEST}: {error}") from None
    for name, expected in files.items():
        path = folder / name
        if path.is_symlink() or not path.resolve().is_relative_to(folder.resolve()):
            raise ArtifactError(f"{name} points outside of the artifact.")
        if not path.is_file():
            raise ArtifactError(f"{name} is missing from {folder}.")
        if _sha256(path) != expected:
            raise ArtifactError(f"{name} in {folder} was changed after it was written (sha256 differs).")
    return manifest


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
