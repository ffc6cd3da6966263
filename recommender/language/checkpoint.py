"""Where an interrupted training goes on: one file, written aside and renamed, that is whole or not there."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import uuid
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)

FILE = "training.pt"


def checkpoint_save(folder: Path, settings: str, state: Mapping[str, Any]) -> None:
    """Replace the checkpoint of `folder`, which is made when needed. `settings`: see `fingerprint`."""
    import torch

    folder.mkdir(parents=True, exist_ok=True)
    aside = folder / f".{FILE}.{uuid.uuid4().hex}"
    try:
        with aside.open("wb") as file:
            torch.save({"settings": settings, "state": dict(state)}, file)
            file.flush()
            os.fsync(file.fileno())
        aside.rename(folder / FILE)
    finally:
        aside.unlink(missing_ok=True)


def checkpoint_load(folder: Path, settings: str) -> dict[str, Any] | None:
    """What was saved last with the same settings; None where there is nothing, or nothing that can be read.

    Tensors and plain values only: a checkpoint runs no code.
    """
    import torch

    path = folder / FILE
    if not path.is_file():
        return None
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged archive raises what it likes
        logger.warning("The checkpoint %s cannot be read and is passed over: %s", path, error)
        return None
    if not isinstance(found, dict) or found.get("settings") != settings:
        logger.warning("The checkpoint %s belongs to other settings and is passed over.", path)
        return None
    return found["state"]


def fingerprint(*parts: Any) -> str:
    """A hash of settings and sizes: a checkpoint goes on only where all of them are the same."""
    plain = [asdict(part) if is_dataclass(part) and not isinstance(part, type) else part for part in parts]
    return hashlib.sha256(json.dumps(plain, sort_keys=True, default=str).encode()).hexdigest()[:16]
