"""Sentences that the platform wrote into rows, in the language of whoever reads them: a worker has none of its own.

What operators wrote is theirs and stays as it is.
"""

from __future__ import annotations

import re

from django.utils.translation import gettext_noop, ngettext

from catalog.admin.sentences import sentence_shown

#: As they are stored; what varies is named.
SENTENCES = (
    gettext_noop("Another encoder was asked for."),
    gettext_noop("Its training run was deleted."),
    gettext_noop("NDCG@10, leaving the last item of each person out: %(figures)s."),
    gettext_noop("No mail server is set. Set EMAIL_URL and restart the worker."),
    gettext_noop("No model is live and the schedule names no algorithm. Name one, or put a model live."),
    gettext_noop("Revoked."),
    gettext_noop("Rolled back: %(reason)s"),
    gettext_noop("Rotated."),
    gettext_noop("Run %(run)s left no model."),
    gettext_noop("Run %(run)s made a model; it waits in the registry."),
    gettext_noop("Run %(run)s, as asked when it was started."),
    gettext_noop("Set up by the demo, over simulated visitors."),
    gettext_noop("Stopped on request."),
    gettext_noop("The demo puts the blend live."),
    gettext_noop("The mail server took the message for nobody."),
    gettext_noop("The worker fell silent %(times)s times."),
    gettext_noop("%(rows)s old rows and %(folders)s folders of checkpoints were deleted."),
    gettext_noop("Schedule %(schedule)s, through the gates."),
)
_VECTORS = re.compile(r"(?P<items>[\d,]+) items? (?:was|were) given a vector\.")


def stored_words(text: str) -> str:
    """The sentence in the reader's language, where it is one of the platform's; else as it was stored."""
    if found := _VECTORS.fullmatch(text):
        items = int(found["items"].replace(",", ""))
        words = ngettext("%(items)s item was given a vector.", "%(items)s items were given a vector.", items)
        return words % {"items": found["items"]}
    return sentence_shown(text, SENTENCES)
