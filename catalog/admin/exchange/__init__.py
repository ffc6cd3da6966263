"""Files in and out of the lists of the admin: rows of one storefront, checked and shown before they are kept."""

from .columns import attribute_columns, boolean, lines, moment, number, structure, text
from .pages import ExchangeMixin
from .resource import FileResource

__all__ = [
    "ExchangeMixin",
    "FileResource",
    "attribute_columns",
    "boolean",
    "lines",
    "moment",
    "number",
    "structure",
    "text",
]
