"""What the stores answered to a request, as rows of a table."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.utils.translation import gettext as _

from ..models import PrivacyRequest
from ..stores import Outcome, Said, store_named

#: Outcome → the tone of its word; the words are `outcome_words`.
TONES = {
    Outcome.GONE: "success",
    Outcome.RETIRED: "success",
    Outcome.GIVEN: "success",
    Outcome.HOLDS: "success",
    Outcome.NOTHING: "",
    Outcome.NO_PERSON: "",
    Outcome.TO_DO: "warning",
}


def receipts_shown(request: PrivacyRequest) -> list[dict[str, Any]]:
    """A row a store: its name, what came of it, in words, how many rows of which kind, and what is still to do."""
    shown = []
    for receipt in request.receipts:
        store = store_named(receipt["store"])
        said = store.say(request, receipt) if store else Said(Outcome(receipt["outcome"]))
        counts = sorted(receipt["counts"].items(), key=lambda entry: -entry[1])
        shown.append(
            {
                "store": store.name if store else receipt["store"],
                "apart": said.outcome == Outcome.NO_PERSON,
                "tone": TONES[said.outcome],
                "outcome": outcome_words(said.outcome),
                "words": said.words,
                "to_do": said.to_do,
                "counts": [(_name(label), n) for label, n in counts],
            }
        )
    # Where something was done or is to be done comes first.
    return sorted(shown, key=lambda row: row["apart"])


def outcome_words(outcome: Outcome) -> str:
    return {
        Outcome.GONE: _("erased"),
        Outcome.RETIRED: _("retired"),
        Outcome.GIVEN: _("handed out"),
        Outcome.HOLDS: _("holds"),
        Outcome.NOTHING: _("held nothing"),
        Outcome.NO_PERSON: _("holds no person"),
        Outcome.TO_DO: _("to be done"),
    }[outcome]


def _name(label: str) -> str:
    try:
        return str(apps.get_model(label)._meta.verbose_name_plural)
    except (LookupError, ValueError):  # its app is gone
        return label
