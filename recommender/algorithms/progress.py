"""Progress of parts as progress of the whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..contracts import FitOptions


def between(options: FitOptions, start: float, end: float) -> FitOptions:
    """Options whose progress from 0 to 1 is shown as progress from `start` to `end`."""

    def progress(stage: str, fraction: float, metrics: Mapping[str, float]) -> None:
        options.progress(stage, start + (end - start) * fraction, metrics)

    return replace(options, progress=progress)
