"""Conditions over persons, in the language of `catalog.expressions`: who they are, and what they did lately.

Beside the attributes of the vertical's person schema there are, for every kind of behaviour, how often somebody did it
in the last days (`purchase_30d >= 2`), and a few words about everything that they did.
"""

from __future__ import annotations

from catalog.expressions import Expression, parse
from catalog.schema import Field, Schema

from .kinds import kinds_for, person_schema_for

#: Days that are counted back, by how a field's name ends.
WINDOWS = {"1d": 1, "7d": 7, "30d": 30, "90d": 90, "365d": 365}
LONGEST = max(WINDOWS.values())
#: Any kind of behaviour.
ANYTHING = "events"
#: Days of behaviour from which the categories come that somebody likes.
LIKED_DAYS = 90

_ABOUT = (
    Field("known", "boolean", {"en": "Has an id of yours, not only a cookie", "zh-hans": "有您系统中的编号"}),
    Field("since", "date", {"en": "First seen", "zh-hans": "首次出现"}),
    Field("idle_days", "number", {"en": "Days since the last act", "zh-hans": "距上次行为天数"}),
    Field("liked_category", "list", {"en": "Category of something liked, 90 days", "zh-hans": "90 天内喜欢的类别"}),
)


def fields_for(vertical: str) -> Schema:
    """What conditions may ask beside the attributes. Raises LookupError for a vertical that is not installed."""
    taken = {field.name for field in person_schema_for(vertical)}
    counts = [
        Field(f"{name}_{window}", "integer", label)
        for name, label in ((ANYTHING, {"en": "Anything", "zh-hans": "任何行为"}), *_kinds(vertical))
        for window in WINDOWS
    ]
    return Schema(tuple(field for field in (*_ABOUT, *counts) if field.name not in taken))


def condition_read(text: str, vertical: str) -> Expression:
    """Raises ExpressionError that points at what is wrong, LookupError for a vertical that is not installed."""
    return parse(text, person_schema_for(vertical), fields_for(vertical))


def count_of(field: str) -> tuple[str, str] | None:
    """The kind (or ANYTHING) and the window that a field counts, or None for other fields."""
    name, _, window = field.rpartition("_")
    return (name, window) if name and window in WINDOWS else None


def _kinds(vertical: str):
    return ((kind.name, kind.label) for kind in kinds_for(vertical).values())
