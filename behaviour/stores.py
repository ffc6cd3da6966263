"""Where something of a person may lie, and what each of these places answers to a privacy request.

Apps above this one declare their stores when Django is ready; a request asks all of them, in the order of declaration.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

#: Of a person and their request, before it is done and in its transaction: the receipt, or None where the store has
#: nothing to do with what is asked.
Answer = Callable[[Any, Any], "Receipt | None"]
#: Of the request's row and the kept receipt: what holds today. Nothing of what it says is about the person.
Say = Callable[[Any, Mapping[str, Any]], "Said"]


class Outcome(StrEnum):
    GONE = "gone"  # something was held and is deleted
    RETIRED = "retired"  # nobody is served with it any more
    NOTHING = "nothing"  # it holds things of persons, but held none of this one
    NO_PERSON = "no-person"  # nothing in it is of any person
    GIVEN = "given"  # it is in the file that was handed out
    HOLDS = "holds"  # the person's word holds from now on
    TO_DO = "to-do"  # it will be done by a worker or an operator


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a store did. `counts`: rows by the label of their model; `facts`: what `say` needs later, of no person."""

    outcome: Outcome
    counts: Mapping[str, int] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Said:
    """How things stand, in words of today's language, and what is still to be done, if anything."""

    outcome: Outcome
    words: str = ""
    to_do: str = ""


@dataclass(frozen=True, slots=True)
class Store:
    """`slug` is what rows keep; `name` is read by people, in their language."""

    slug: str
    name: Any
    answer: Answer
    say: Say


_stores: dict[str, Store] = {}


def stores_register(*stores: Store) -> None:
    """Add places to those that every request asks. Raises ValueError for a slug that another store has."""
    for store in stores:
        if _stores.get(store.slug, store) != store:
            raise ValueError(f"Two stores are called {store.slug!r}. A privacy request needs to tell them apart.")
        _stores[store.slug] = store


def stores_known() -> list[Store]:
    return list(_stores.values())


def store_named(slug: str) -> Store | None:
    """None for a store whose plugin has gone since the receipt was written."""
    return _stores.get(slug)


def receipts_of(person: Any, request: Any) -> list[dict[str, Any]]:
    """What every store answers, as the row keeps it. Call it before the person goes, in the same transaction."""
    asked = ((store, store.answer(person, request)) for store in stores_known())
    return [kept(store.slug, receipt) for store, receipt in asked if receipt is not None]


def kept(slug: str, receipt: Receipt) -> dict[str, Any]:
    return {
        "store": slug,
        "outcome": receipt.outcome.value,
        "counts": dict(receipt.counts),
        "facts": dict(receipt.facts),
    }
