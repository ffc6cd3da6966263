"""Parts of a page that come again after an action: the buttons of an item, and the list that learned from them."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from catalog.models import Item

from ..services import recommend
from ..services.aside import aside_of
from .cards import cards_of
from .keeping import keeping_of
from .shelves import LENGTH, SHORTEST, Shelf
from .verbs import done_by, hide_kind, impossible, saved_items, saves_kind, verbs_of
from .visitor import Visitor


def acts_panel(
    visitor: Visitor, item: Item, recommendation: str, *, beside: str = "", language: str = "en"
) -> dict[str, Any]:
    """`beside`: ids of the other lists on the same page, with commas between."""
    not_here = impossible(item)
    verbs = verbs_of(visitor.storefront, done_by(visitor.person, item), language)
    verbs = [verb for verb in verbs if verb.kind not in not_here]
    return {
        "verbs": verbs,
        "hidden": next((verb for verb in verbs if verb.hides and verb.undo), None),
        "recommendation": recommendation,
        "beside": beside,
        **card_tools(visitor),
    }


def card_tools(visitor: Visitor) -> dict[str, Any]:
    """What the menus of a page's cards need. A token makes a form that is sent twice count once."""
    storefront = visitor.storefront
    return {
        "hide": hide_kind(storefront),
        "saves": saves_kind(storefront),
        "keeping": keeping_of(storefront),
        "saved": saved_items(storefront, visitor.person),
        "token": secrets.token_urlsafe(9),
    }


def next_shelf(
    visitor: Visitor, item: Item, exclude: Iterable[int], language: str, *, record: bool = True, note: str = ""
) -> Shelf | None:
    """What the visitor should look at next, by all that they did. None while this item is all there is to go by."""
    if visitor.person is None and len(visitor.session) < 2:
        return None
    served = recommend(
        storefront=visitor.storefront,
        person=visitor.person,
        session=visitor.session,
        exclude=[item.pk, *exclude, *aside_of(visitor.person)],
        count=LENGTH,
        language=language,
        record=record,
    )
    if served.fallback or len(served.items) < SHORTEST:
        return None
    return Shelf("next", _("Next for you"), cards_of(served, visitor.storefront), note)
