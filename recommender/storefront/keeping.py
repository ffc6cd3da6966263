"""The list of their own in which visitors keep items, and its name: a wish list in a shop, elsewhere what is saved."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import Storefront

from .verbs import saves_kind


@dataclass(frozen=True)
class Keeping:
    """`ask` and `out` stand in the menus of cards; `gone` is announced, with {title}; `empty` and `how` head the list
    while nothing is in it."""

    name: str
    ask: str
    out: str
    gone: str
    empty: str
    how: str


SAVED = Keeping(
    pgettext_lazy("the list", "Saved"),
    pgettext_lazy("for later", "Save"),
    _("Take out of saved"),
    _("“{title}” is no longer saved."),
    _("Nothing is saved yet"),
    _("Whatever you save, in the menu of a card or on a page, waits for you here and counts for your lists."),
)
#: By vertical, where people call it otherwise.
KEEPINGS = {
    "ecommerce": Keeping(
        _("Wish list"),
        _("Add to wish list"),
        _("Take off the wish list"),
        _("“{title}” is off your wish list."),
        _("Nothing is on your wish list yet"),
        _("Whatever you add, in the menu of a card or on a page, waits for you here and counts for your lists."),
    ),
}


def keeping_of(storefront: Storefront) -> Keeping | None:
    """None where the vertical has no such list."""
    return KEEPINGS.get(storefront.vertical, SAVED) if saves_kind(storefront) else None
