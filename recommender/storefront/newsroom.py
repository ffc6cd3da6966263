"""What a newsroom's pages say of themselves: how the topics of a page compare with everything that is in print, which
other views of a story there are, and what is old."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from catalog.models import Item, Storefront
from catalog.schema import schema_for

from .. import serving
from ..services.feeds import feed
from .cards import Card, cards_of, taken_out
from .shelves import Shelf
from .visitor import Visitor

TOPICS = 6  # are named; the others are summed up
VIEWS = 4
IN_STORY = 6
NEUTRAL = "neutral"


@dataclass(frozen=True)
class Share:
    """One topic's share of a page and of the catalogue, in percent. An empty name stands for all other topics."""

    topic: str
    here: int
    everywhere: int


def is_newsroom(storefront: Storefront) -> bool:
    """Whether items belong to stories and take sides."""
    return {"story", "viewpoint"} <= {field.name for field in schema_for(storefront.vertical)}


def topic_shares(storefront: Storefront, shelves: list[Shelf]) -> list[Share]:
    """How the page's topics compare with those of everything that can be had: the page's largest first.

    Of everything in the languages of the page, that is: beside another one's topics all of its own would look large.
    """
    catalogue = serving.live(storefront).catalogue
    allowed = catalogue.allowed(time.time())
    spoken = {card.item.language for shelf in shelves for card in shelf.cards}
    if spoken and "" not in spoken:
        allowed = allowed & np.logical_or.reduce([catalogue.read_in(language) for language in spoken])
    everywhere = Counter(
        row[0] for row, open_ in zip(catalogue.items.categories, allowed, strict=True) if open_ and row
    )
    here = Counter(card.item.categories[0] for shelf in shelves for card in shelf.cards if card.item.categories)
    page, print_ = sum(here.values()), sum(everywhere.values())
    if not page or not print_:
        return []
    named = [
        topic for topic, _n in sorted((here | everywhere).items(), key=lambda e: (-here[e[0]], -everywhere[e[0]], e[0]))
    ][:TOPICS]
    shares = [Share(topic, round(100 * here[topic] / page), round(100 * everywhere[topic] / print_)) for topic in named]
    rest = Share(
        "", max(0, 100 - sum(share.here for share in shares)), max(0, 100 - sum(share.everywhere for share in shares))
    )
    return [*shares, rest] if rest.here or rest.everywhere else shares


def story_functions(visitor: Visitor, item: Item, lists: Sequence[list[Card]], *, record: bool) -> dict[str, Any]:
    """For an article's page: the same story from other sides, and how it went on.

    `lists` stand on the page already; what comes again here is taken out of them.
    """
    story, side = item.attributes.get("story"), item.attributes.get("viewpoint") or NEUTRAL
    if not is_newsroom(visitor.storefront) or not story:
        return {}

    def is_other(attributes: Mapping[str, Any]) -> bool:
        other = attributes.get("viewpoint") or NEUTRAL
        return attributes.get("story") == story and other not in (side, NEUTRAL)

    common = {"storefront": visitor.storefront, "person": visitor.person, "record": record}
    views = feed(
        wanted=lambda attributes, _c: is_other(attributes),
        placement="other_views",
        count=VIEWS,
        exclude=[item.pk],
        **common,
    )
    taken = [item.pk, *(entry.item.pk for entry in views.items)]
    told = feed(
        wanted=lambda attributes, _c: attributes.get("story") == story,
        placement="story",
        count=IN_STORY,
        exclude=taken,
        **common,
    )
    taken += [entry.item.pk for entry in told.items]
    taken_out(lists, taken)
    return {
        "story": story,
        "views": cards_of(views, visitor.storefront),
        "in_story": cards_of(told, visitor.storefront),
    }
