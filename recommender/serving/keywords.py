"""The keyword writer's candidate source that is live for a storefront, loaded once for as long as it is."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from pathlib import Path

from ..artifacts import ArtifactError, verify
from ..language.keyword_ranking import KeywordSource
from ..models import Artifact, LanguageDeployment

logger = logging.getLogger(__name__)

KEPT = 8
PRODUCT = Artifact.Product.KEYWORDS

_sources: dict[tuple[Path, bool], KeywordSource | None] = {}
_lock = threading.Lock()


def keywords_folder_of(storefront_id: int) -> Path | None:
    """Where the live keyword writer lies; None where none was put live."""
    rows = LanguageDeployment.objects.filter(storefront_id=storefront_id, product=PRODUCT, active=True)
    live = rows.select_related("artifact").first()
    return live.folder if live is not None else None


def keywords_in(folder: Path | None, *, popularity: bool) -> KeywordSource | None:
    """The source of a folder; None, and a line in the log, where it cannot be loaded.

    Without `popularity`, how many people liked an item counts for nothing.
    """
    if folder is None:
        return None
    place = (folder, popularity)
    with _lock:
        if place not in _sources:
            while len(_sources) >= KEPT:
                _sources.pop(next(iter(_sources)))
            try:
                verify(folder)
                source = KeywordSource.load(folder)
            except (ArtifactError, OSError, ValueError, KeyError, TypeError):
                logger.exception("The keyword writer in %s cannot be loaded; lists go out without it.", folder)
                source = None
            if source is not None and not popularity:
                source = source.under(replace(source.match, likes=0.0))
            _sources[place] = source
        return _sources[place]
