"""The interest model that is live for a storefront, loaded once for as long as it is."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from ..artifacts import ArtifactError, verify
from ..language.interest_onnx import OnnxInterest
from ..language.model_folder import EncoderError
from ..models import Artifact, LanguageDeployment

logger = logging.getLogger(__name__)

KEPT = 8
PRODUCT = Artifact.Product.INTEREST

_models: dict[Path, OnnxInterest | None] = {}
_lock = threading.Lock()


def folder_of(storefront_id: int) -> Path | None:
    """Where the live interest model lies; None where none was put live."""
    rows = LanguageDeployment.objects.filter(storefront_id=storefront_id, product=PRODUCT, active=True)
    live = rows.select_related("artifact").first()
    return live.folder if live is not None else None


def interest_in(folder: Path | None) -> OnnxInterest | None:
    """The model of a folder; None, and a line in the log, where it cannot be loaded."""
    if folder is None:
        return None
    with _lock:
        if folder not in _models:
            while len(_models) >= KEPT:
                _models.pop(next(iter(_models)))
            try:
                verify(folder)
                _models[folder] = OnnxInterest(folder)
            except (ArtifactError, EncoderError, OSError, ValueError, KeyError):
                logger.exception("The interest model in %s cannot be loaded; lists go out without it.", folder)
                _models[folder] = None
        return _models[folder]
