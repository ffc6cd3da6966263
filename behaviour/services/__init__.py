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
from .erasures import erased_among, erased_digest
from .persons import (
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
from .requests import (
    PURPOSES,
    RequestError,
    person_erase,
    person_hand_out,
    person_object,
    request_carry_out,
    request_enter,
    request_refuse,
)
from .ties import TieError, relationship_end, relationship_make
from .tombstones import erasures_repeat

__all__ = [
    "PURPOSES",
    "SENT_AGAIN",
    "AccountError",
    "ConsentError",
    "RecordReport",
    "RequestError",
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
    "erased_digest",
    "erasures_repeat",
    "person_claim",
    "person_erase",
    "person_export",
    "person_get_or_create",
    "person_hand_out",
    "person_object",
    "person_patch",
    "person_upsert",
    "persons_import",
    "persons_merge",
    "profile_tell",
    "refusals_record",
    "relationship_end",
    "relationship_make",
    "relationships_import",
    "request_carry_out",
    "request_enter",
    "request_refuse",
    "topic_unhide",
]
