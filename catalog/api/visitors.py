"""For whom a browser may ask."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rest_framework.request import Request

from catalog.visitors import Visitor

from .problems import Fault, Problem, invalid

_UUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE | re.ASCII)


def speak_for_visitor(visitor: Visitor, query: dict[str, Any], names: frozenset[str], request: Request) -> None:
    """Put the visitor's person where none is named. Raises a Problem where anybody else is.

    `names`: the fields of the operation's body.
    """
    if "person" in query:
        query["person"] = _theirs(visitor, query["person"])
    if "person" not in names:
        return
    for number, record in enumerate(request.data if isinstance(request.data, list) else [request.data]):
        if isinstance(record, dict):
            if (person := _theirs(visitor, record.get("person"))) is not None:
                record["person"] = person
            _check_event_id(record, f"/{number}" if isinstance(request.data, list) else "", names)


def _theirs(visitor: Visitor, person: Any) -> Any:
    if person is None:
        return visitor.person or None
    if isinstance(person, str) and not visitor.speaks_for(person):
        whom = (
            "its own person" if visitor.person else "anonymous visitors, whose ids are anon- and 20 random characters"
        )
        raise Problem("forbidden", f"This browser may speak for {whom} only.")
    return person


def _check_event_id(record: Mapping[str, Any], place: str, names: frozenset[str]) -> None:
    """A browser must not take an id that a server will want, such as that of an order."""
    event_id = record.get("event_id")
    if "event_id" in names and isinstance(event_id, str) and not _UUID.fullmatch(event_id):
        say = "From a browser, an event's id is a random UUID: crypto.randomUUID()."
        raise invalid([Fault(f"{place}/event_id", "format", say)])
