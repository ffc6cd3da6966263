"""Addresses name people: `/persons/ann`. What is logged does not, so that nothing in a log has to be erased."""

import logging
import re

_NAMED = (
    re.compile(r"(/persons/)(?!(?:import|export)(?:[\s?]|$))[^\s?]+"),
    re.compile(r"(/gorse/[^/\s]+/api/[^/\s?]+/)[^\s?]+"),
    re.compile(r"([?&](?:person|user|user-id|user_id|q|query|text)=)[^&\s]+"),
)


def redacted(text: str) -> str:
    """The text with ids of persons, and words that somebody searched for, taken out of addresses."""
    for named in _NAMED:
        text = named.sub(r"\1…", text)
    return text


class NobodyNamed(logging.Formatter):
    """The last hand on a line, its traceback included."""

    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))
