"""What an item is, in words: its categories, tags and facets as somebody reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from ..models import Item
from ..schema import Field, Schema, say

#: Label → what the item has of it.
Facets = Mapping[str, Sequence[str]]


def facets_of(item: Item, schema: Schema) -> Facets:
    """Nothing that is sensitive, and nothing that the item lacks."""
    found: dict[str, list[str]] = {}
    if item.categories:
        found[_("Category")] = list(map(str, item.categories))
    if item.tags:
        found[_("Tags")] = list(map(str, item.tags))
    for field in schema:
        value = item.attributes.get(field.name)
        if field.facet and not field.sensitive and value not in (None, "", []):
            label = say(field.label or field.name, get_language() or "en")
            found[label] = [_said(one, field) for one in (value if isinstance(value, list) else [value])]
    return found


def facets_shared(one: Facets, other: Facets) -> list[tuple[str, str]]:
    """(label, what both have of it), in the order of the first."""
    shared = []
    for label, values in one.items():
        there = set(other.get(label, ()))
        if both := [value for value in values if value in there]:
            shared.append((label, listed(both)))
    return shared


def listed(values: Sequence[str]) -> str:
    return pgettext("between entries", ", ").join(values)


def _said(value: object, field: Field) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if field.type == "choice":
        return field.choice_label(str(value), get_language() or "en")
    return str(value)
