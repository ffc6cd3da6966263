"""What can be done about people and what they do. Writes are functions named noun_verb that check what they get."""

from .behaviours import RecordReport, behaviour_retract, behaviours_import, behaviours_record
from .persons import (
    person_erase,
    person_export,
    person_get_or_create,
    person_patch,
    person_upsert,
    persons_import,
    persons_merge,
)
from .relationships import relationships_import
from .ties import TieError, relationship_end, relationship_make

__all__ = [
    "RecordReport",
    "TieError",
    "behaviour_retract",
    "behaviours_import",
    "behaviours_record",
    "person_erase",
    "person_export",
    "person_get_or_create",
    "person_patch",
    "person_upsert",
    "persons_import",
    "persons_merge",
    "relationship_end",
    "relationship_make",
    "relationships_import",
]
