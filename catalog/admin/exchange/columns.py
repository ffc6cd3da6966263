"""Columns of a file: how a value is written into a cell, and read from one again without loss.

An empty cell is an empty field. What cannot be read stays the text that it is: the service that stores the row says
what is wrong with it.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _
from import_export.fields import Field
from import_export.widgets import Widget

from ...schema import Schema
from .cells import as_meant, harmless

#: Between the name of a row's attributes and the name of one of them, in the head of a column.
DOT = "."


class CellError(ValueError):
    """A cell that cannot be read; the message says what to write instead."""


class TextCell(Widget):
    def render(self, value: Any, obj: Any = None, **options: Any) -> str:
        return harmless("" if value is None else str(value))

    def clean(self, value: str, row: Any = None, **options: Any) -> Any:
        return as_meant(value) or None


class NumberCell(Widget):
    def render(self, value: Any, obj: Any = None, **options: Any) -> str:
        return "" if value is None else repr(value) if isinstance(value, (int, float)) else harmless(str(value))

    def clean(self, value: str, row: Any = None, **options: Any) -> Any:
        for kind in (int, float):
            try:
                return kind(value.strip())
            except ValueError:
                continue
        return value.strip() or None


class BooleanCell(Widget):
    WORDS = {"true": True, "false": False, "": None}

    def render(self, value: Any, obj: Any = None, **options: Any) -> str:
        return "" if value is None else json.dumps(value) if isinstance(value, bool) else harmless(str(value))

    def clean(self, value: str, row: Any = None, **options: Any) -> Any:
        return self.WORDS.get(value.strip().lower(), value)


class MomentCell(Widget):
    """RFC 3339, to the microsecond: what is imported again has to be equal."""

    def render(self, value: datetime | None, obj: Any = None, **options: Any) -> str:
        return "" if value is None else value.isoformat()

    def clean(self, value: str, row: Any = None, **options: Any) -> Any:
        return value.strip() or None


class LinesCell(Widget):
    """A list of texts, one on each line, as the forms of the admin have it; as JSON where that would not be exact."""

    def __init__(self, *, empty: str = ""):
        super().__init__()
        self.empty = empty  # how an empty list is told from none

    def render(self, value: list[str] | None, obj: Any = None, **options: Any) -> str:
        if not value:
            return "" if value is None else self.empty
        plain = all(entry and entry == entry.strip() and len(entry.splitlines()) == 1 for entry in value)
        return harmless("\n".join(value) if plain and value[0][0] != "[" else json.dumps(value, ensure_ascii=False))

    def clean(self, value: str, row: Any = None, **options: Any) -> Any:
        value = as_meant(value).strip()
        if value.startswith("["):
            try:
                return json.loads(value)
            except ValueError:
                pass  # a single entry that begins like that
        return [line.strip() for line in value.splitlines() if line.strip()] or None


class StructureCell(Widget):
    """An object as JSON."""

    def render(self, value: dict | None, obj: Any = None, **options: Any) -> str:
        return json.dumps(value, ensure_ascii=False) if value else ""

    def clean(self, value: str, row: Any = None, **options: Any) -> Any:
        if not value.strip():
            return None
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            raise CellError(_('This is not JSON. Write an object such as {"name": true}, or nothing.')) from None


class AttributeField(Field):
    def __init__(self, name: str, cell: Widget):
        super().__init__(attribute="attributes", column_name=f"attributes{DOT}{name}", widget=cell)
        self.name = name

    def get_value(self, instance: Model) -> Any:
        return instance.attributes.get(self.name)


def text(*names: str) -> list[Field]:
    return [_column(name, TextCell()) for name in names]


def number(*names: str) -> list[Field]:
    return [_column(name, NumberCell()) for name in names]


def boolean(*names: str) -> list[Field]:
    return [_column(name, BooleanCell()) for name in names]


def moment(*names: str) -> list[Field]:
    return [_column(name, MomentCell()) for name in names]


def lines(*names: str) -> list[Field]:
    return [_column(name, LinesCell()) for name in names]


def structure(*names: str) -> list[Field]:
    return [_column(name, StructureCell()) for name in names]


def attribute_columns(schema: Schema, hidden: frozenset[str] = frozenset()) -> list[Field]:
    """A column for each attribute of a vertical."""
    cells = {"integer": NumberCell, "number": NumberCell, "boolean": BooleanCell}
    return [
        AttributeField(field.name, LinesCell(empty="[]") if field.type == "list" else cells.get(field.type, TextCell)())
        for field in schema
        if field.name not in hidden
    ]


def _column(name: str, cell: Widget) -> Field:
    return Field(attribute=name, column_name=name, widget=cell)
