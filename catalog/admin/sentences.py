"""Sentences that were made in English, by a worker or for a program, in the language of whoever reads them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from django.utils.translation import gettext as in_their_language
from django.utils.translation import gettext_noop

#: What is wrong with a row of a file, as the API says it too; what varies is named.
PROBLEMS = (
    gettext_noop("%(value)s is above the maximum of %(limit)s."),
    gettext_noop("%(value)s is below the minimum of %(limit)s."),
    gettext_noop("%(value)s is not one of %(choices)s."),
    gettext_noop("A currency is three capital letters, such as EUR."),
    gettext_noop("A language is a code such as en or zh-hans."),
    gettext_noop("A price is a whole number of minor units: 1999 for 19.99."),
    gettext_noop("A price lies between 0 and 2^63 - 1 minor units."),
    gettext_noop("A price needs its currency, such as EUR."),
    gettext_noop("An id has at most %(limit)s characters; this one has %(n)s."),
    gettext_noop("An id must not be empty."),
    gettext_noop("An id must not begin or end with a space."),
    gettext_noop("At most %(limit)s characters are kept; these are %(n)s."),
    gettext_noop("At most %(limit)s entries are kept; these are %(n)s."),
    gettext_noop("Expected a number, got %(got)s."),
    gettext_noop("Expected a time such as 2026-03-31T12:00:00Z, got %(got)s."),
    gettext_noop("Expected an address that starts with https:// or http:// and names a host."),
    gettext_noop("Expected text, got %(got)s. Numbers need quotes around them."),
    gettext_noop("The number is too large."),
    gettext_noop("The number must be finite."),
    gettext_noop("There is no such field. There are: %(known)s."),
    gettext_noop("This attribute is required."),
    gettext_noop("This field is required."),
    gettext_noop("This must be later than available_from."),
    gettext_noop("This must not be empty."),
    gettext_noop("Unknown attribute. This vertical has: %(known)s."),
)
_NAMED = re.compile(r"%\\\((\w+)\\\)s")


def problem_words(text: str) -> str:
    """What is wrong with a row, in the reader's language."""
    return sentence_shown(text, PROBLEMS)


def sentence_shown(text: str, sentences: Iterable[str]) -> str:
    """The sentence in the reader's language, where it is one of these; else as it is."""
    for sentence in sentences:
        if found := _pattern(sentence).fullmatch(text):
            shown = in_their_language(sentence)
            return shown % found.groupdict() if found.groupdict() else shown
    return text


@cache
def _pattern(sentence: str) -> re.Pattern[str]:
    return re.compile(_NAMED.sub(r"(?P<\1>.+)", re.escape(sentence)), re.DOTALL)
