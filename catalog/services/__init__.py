"""What can be done to a catalogue. Writes are functions named noun_verb; each validates what it is given."""

from catalog.schema import FieldError

from .items import item_clean, item_delete, item_record, item_upsert, item_withdraw, items_import
from .records import ImportReport, Record, RecordError, Rejection

__all__ = [
    "FieldError",
    "ImportReport",
    "Record",
    "RecordError",
    "Rejection",
    "item_clean",
    "item_delete",
    "item_record",
    "item_upsert",
    "item_withdraw",
    "items_import",
]
