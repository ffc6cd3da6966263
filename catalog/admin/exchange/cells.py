"""Cells that no spreadsheet runs."""

from __future__ import annotations

from typing import Any

#: What a text must not begin with: spreadsheets take it for a formula. Full-width signs count in some languages.
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
QUOTE = "'"


def harmless(cell: Any) -> Any:
    """A text that a spreadsheet might run, with a quote before it; anything else as it is."""
    return f"{QUOTE}{cell}" if isinstance(cell, str) and cell.startswith((*FORMULAS, QUOTE)) else cell


def as_meant(cell: str) -> str:
    """The text that `harmless` made this cell of. What others wrote may begin with a quote that is meant."""
    return cell[1:] if cell.startswith(QUOTE) and cell[1:].startswith((*FORMULAS, QUOTE)) else cell
