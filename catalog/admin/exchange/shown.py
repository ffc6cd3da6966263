"""What an import would do, in words for its page: what is refused first, then what changes, then what is new."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from import_export.results import RowResult

from ..sentences import problem_words
from .resource import FileResult, Outcome

MOST_SHOWN = 100  # rows of each kind
LONGEST = 160  # characters of a value


def result_shown(result: FileResult) -> dict[str, Any]:
    groups = {
        "refused": result.of(RowResult.IMPORT_TYPE_INVALID),
        "changed": result.of(RowResult.IMPORT_TYPE_UPDATE),
        "new": result.of(RowResult.IMPORT_TYPE_NEW),
    }
    counts = {f"{name}_count": len(rows) for name, rows in groups.items()}
    more = {f"{name}_more": max(0, len(rows) - MOST_SHOWN) for name, rows in groups.items()}
    shown = {name: [_row(row) for row in rows[:MOST_SHOWN]] for name, rows in groups.items()}
    return {
        "total": result.total_rows,
        "wanted": result.wanted,
        "unchanged_count": result.totals[RowResult.IMPORT_TYPE_SKIP],
        **counts,
        **more,
        **shown,
    }


def _row(row: Outcome) -> dict[str, Any]:
    return {
        "place": row.place,
        "name": row.name,
        "problems": [(problem.field, _encodable(problem_words(problem.message))) for problem in row.problems],
        "changes": [(field, value_words(before), value_words(after)) for field, before, after in row.changes],
    }


def value_words(value: Any) -> str:
    """Empty for what is nothing."""
    if value is None or value in ("", [], {}):
        return ""
    if isinstance(value, list) and all(isinstance(entry, str) for entry in value):
        said = " · ".join(value)
    elif isinstance(value, datetime):
        said = value.strftime("%Y-%m-%d %H:%M:%S %Z")
    elif isinstance(value, str):
        said = value
    else:
        said = json.dumps(value, ensure_ascii=False, cls=DjangoJSONEncoder)
    return _encodable(said if len(said) <= LONGEST else f"{said[: LONGEST - 1]}…")


def _encodable(said: str) -> str:
    """Without halves of characters, which no answer can hold."""
    return said.encode("utf-8", "backslashreplace").decode()
