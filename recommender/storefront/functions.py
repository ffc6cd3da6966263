"""What a vertical's pages have beyond the shelves: each function is there where the vertical declares what it needs.

A cart where things are put in one, people where items have authors, going on where it is known how far somebody came.
So a plugin gets them by declaring kinds and fields, and its templates place them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import Http404

from catalog.models import Item

from .. import registry
from ..services.carts import has_cart
from ..services.facts import circle_of
from .cards import Card
from .cart import cart_functions
from .circle import author_of, suggested
from .groups import has_groups, joined
from .newsroom import is_newsroom, story_functions, topic_shares
from .shelves import Shelf
from .tallies import shelves_tallied, tallied
from .visitor import Visitor
from .watching import watching_functions
from .writing import texts_of

PEOPLE = 3  # whom to follow, on a home


def home_functions(visitor: Visitor, shelves: list[Shelf]) -> dict[str, Any]:
    """What stands beside the shelves, and figures on their cards."""
    storefront = visitor.storefront
    found: dict[str, Any] = {}
    if is_newsroom(storefront):
        found["topic_shares"] = topic_shares(storefront, shelves)
    if registry.vertical(storefront.vertical).author:
        found |= {"people": suggested(visitor, PEOPLE), "tab": "home"}
    shelves_tallied(shelves, storefront)
    return found


def item_functions(visitor: Visitor, item: Item, lists: Sequence[list[Card]], *, record: bool) -> dict[str, Any]:
    """`lists` stand on the page already; what comes again in a function of the item is taken out of them."""
    storefront = visitor.storefront
    found: dict[str, Any] = {"texts": texts_of(visitor, item)}
    if has_cart(storefront):
        found |= cart_functions(visitor, item, lists, record=record)
    if registry.vertical(storefront.vertical).author:
        found["author"] = author_of(visitor, item)
    found["tally"] = tallied([Card(item, storefront)], storefront)[0].tally
    return found | watching_functions(visitor, item) | story_functions(visitor, item, lists, record=record)


def lists_beside(similar: list[Card], functions: dict[str, Any]) -> str:
    """Ids of the lists that stand on an item's page, with commas between: what is in them is not shown again there."""
    shown = [similar, *(value for value in functions.values() if isinstance(value, list))]
    named = [entry.recommendation for cards in shown for entry in cards if isinstance(entry, Card)]
    return ",".join(dict.fromkeys(str(one) for one in named if one))


def topic_functions(visitor: Visitor, category: str) -> dict[str, Any]:
    """For the page of a topic, which on some sites is a group."""
    if not has_groups(visitor.storefront):
        return {}
    return {"group": category, "in_group": category in joined(visitor.person)}


def refuse_hidden(visitor: Visitor, item: Item) -> None:
    """What somebody wrote whom the visitor hides, or who hides from them, is not there. Raises Http404."""
    author = registry.vertical(visitor.storefront.vertical).author
    if not author or visitor.person is None:
        return
    name = item.attributes.get(author)
    people = visitor.person.storefront.persons.filter(pk__in=circle_of(visitor.person).hidden, external_id=name)
    if people.exists():
        raise Http404
