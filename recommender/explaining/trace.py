"""What an explanation may speak of: the recommended item, what the person did, and what is true of both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from catalog.schema import Schema

#: The name under which categories are facets, beside the fields of a vertical's schema.
CATEGORY = "category"

#: A field and one of its values, as stored.
Facet = tuple[str, str]


@dataclass(frozen=True)
class Thing:
    """An item by its title, with the facets that are true of it; sensitive ones are not among them."""

    title: str
    facets: frozenset[Facet] = frozenset()


@dataclass(frozen=True)
class Deed(Thing):
    """An item that the person did something with that speaks for it, and the kinds of what they did.

    `mark`: the value of the act, where it has one.
    """

    kinds: frozenset[str] = frozenset()
    mark: float | None = None


@dataclass(frozen=True)
class Trace:
    """Everything that a sentence about one recommendation may say.

    `deeds`: those that contributed enough to be named. `needed`: titles without all of which the item would not
    be in the list; empty where nobody worked that out.
    """

    item: Thing
    deeds: tuple[Deed, ...] = ()
    needed: tuple[str, ...] = ()


def facets_of(
    schema: Schema, categories: Iterable[str], attributes: Mapping[str, Any], sensitive: Iterable[str] = ()
) -> frozenset[Facet]:
    """Categories and facet attributes in words. Sensitive fields and the categories `sensitive` are left out.

    Numbers and dates are left out too, and fields that tell nothing: that two films are of the same year, or two
    things of one colour, explains neither.
    """
    hidden = set(sensitive)
    found = {(CATEGORY, category) for category in categories if category not in hidden}
    for field in schema:
        value = attributes.get(field.name)
        if field.facet and field.telling and not field.sensitive and field.type in ("text", "choice", "list") and value:
            found.update((field.name, str(one)) for one in (value if isinstance(value, list) else [value]))
    return frozenset(found)
