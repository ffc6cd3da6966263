"""What verticals are called. Whoever installs them stands above the catalogue, and tells it how to ask."""

from __future__ import annotations

from collections.abc import Callable

_ask: list[Callable[[str], str]] = []


def vertical_names_from(source: Callable[[str], str]) -> None:
    """`source(slug)` is the vertical's name in the reader's language, or the slug where there is no such vertical."""
    _ask[:] = [source]


def vertical_name(slug: str) -> str:
    return _ask[0](slug) if _ask else slug
