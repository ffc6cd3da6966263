"""What can be done about people and what they do. Writes are functions named noun_verb that check what they get."""

from .accounts import AccountError, account_email_change, account_email_forget, account_erase, person_claim
from .attempts import attempt_count, attempts_forget
from .behaviours import (
    RecordReport,
    behaviour_retract,
    behaviours_forget,
    behaviours_import,
    behaviours_record,
    topic_unhide,
)
from .consents import ConsentError, consents_give, consents_note
from .erasures import erased_among
from .persons import (
    person_erase,
    person_export,
    person_get_or_create,
    person_patch,
    person_upsert,
    persons_import,
    persons_merge,
)
from .profiles import profile_tell
from .refusals import SENT_AGAIN, refusals_record
from .relationships import relationships_import
from .ties import TieError, relationship_end, relationship_make

__all__ = [
    "SENT_AGAIN",
    "AccountError",
    "ConsentError",
    "RecordReport",
    "TieError",
    "account_email_change",
    "account_email_forget",
    "account_erase",
    "attempt_count",
    "attempts_forget",
    "behaviour_retract",
    "behaviours_forget",
    "behaviours_import",
    "behaviours_record",
    "consents_give",
    "consents_note",
    "erased_among",
    "person_claim",
    "person_erase",
    "person_export",
    "person_get_or_create",
    "person_patch",
    "person_upsert",
    "persons_import",
    "persons_merge",
    "profile_tell",
    "refusals_record",
    "relationship_end",
    "relationship_make",
    "relationships_import",
    "topic_unhide",
]
