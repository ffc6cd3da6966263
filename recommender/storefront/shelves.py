"""Which lists stand on a storefront's home, in which order, under which heading. Every heading is true."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from catalog.models import Item

from .. import registry, serving
from ..services import Order, Served, history_for, listed, recommend, topics_of
from ..services.explanations import because
from .cards import Card, cards_of, keys_of
from .visitor import Visitor, may_be_remembered

LENGTH = 12  # full rows of two, three and four
SHORTEST = 4  # items that make a shelf worth its heading
LIKED_TOPICS = 2
RECENT = 40  # events that say what a person likes these days


@dataclass(frozen=True)
class Shelf:
    slug: str
    heading: str
    cards: list[Card]
    note: str = ""
    topic: str = ""  # a category with a page of its own

    @property
    def first(self) -> Card:
        return self.cards[0]

    @property
    def rest(self) -> list[Card]:
        return self.cards[1:]


@dataclass
class Home:
    """Builds the shelves of one visitor's home from top to bottom; what stands above is not shown again."""

    visitor: Visitor
    language: str
    record: bool = True
    shelves: list[Shelf] = field(default_factory=list)

    def build(self) -> list[Shelf]:
        storefront, person = self.visitor.storefront, self.visitor.person
        self.shown: list[int] = []
        self.popularity = registry.vertical(storefront.vertical).popularity
        self.history = history_for(storefront, person, self.visitor.session)
        personal = self._lead()
        if personal:
            self._because()
            if self.popularity:
                self._listed("popular", _("Popular now"))
        for topic in self._topics():
            self._topic(topic, personal)
        if not any(shelf.slug == "new" for shelf in self.shelves):
            self._listed("new", _("Newest"))
        return self.shelves

    def _lead(self) -> bool:
        """The first shelf. False where nothing personal went into it."""
        if not self.history.items:
            order, heading = self._for_everybody()
            note = _("Look around a little, and this page begins to follow you.")
            if not may_be_remembered(self.visitor):
                note = _("The same for everybody: nothing that you open here is kept unless you allow it.")
            self._listed(order, heading, note)
            return False
        served = recommend(
            storefront=self.visitor.storefront,
            person=self.visitor.person,
            session=self.visitor.session,
            count=LENGTH,
            language=self.language,
            reasons=True,
            record=self.record,
        )
        if served.fallback:
            self._add(Shelf(*self._for_everybody(), self._cards(served)))
            return False
        note = _("From what you did here. Everything you do changes it at once.")
        self._add(Shelf("for-you", _("For you"), self._cards(served), note))
        return True

    def _for_everybody(self) -> tuple[Order, str]:
        """What stands first where nothing is known of the visitor, in the order in which it then is."""
        return ("popular", _("Popular now")) if self.popularity else ("new", _("Newest"))

    def _because(self) -> None:
        """What goes with the last thing that the person liked, and with nothing else of theirs."""
        vertical = registry.vertical(self.visitor.storefront.vertical)
        anchor = next(iter(reversed(self.history.items)), None)
        item = Item.objects.filter(storefront=self.visitor.storefront, pk=anchor).first()
        if item is None or vertical.is_sensitive(item.categories):  # a heading would retell it
            return
        served = recommend(
            storefront=self.visitor.storefront,
            session=[item.pk],
            exclude=[*self.shown, *self.history.seen],
            count=LENGTH,
            language=self.language,
            record=self.record,
        )
        kind = self.history.kinds.get(item.pk, "view")
        heading = because(vertical, kind, item.title, self.language)
        if not served.fallback:
            self._add(Shelf("because", heading, self._cards(served)))

    def _listed(self, order: Order, heading: str, note: str = "") -> None:
        served, _total = listed(
            storefront=self.visitor.storefront,
            order=order,
            placement=order,
            count=LENGTH,
            exclude=[*self.shown, *self.history.seen],
            person=self.visitor.person,
            record=self.record,
        )
        self._add(Shelf(order, heading, self._cards(served), note))

    def _topics(self) -> list[str]:
        """Categories that the person likes most these days; the largest ones while nothing is known."""
        catalogue = serving.live(self.visitor.storefront).catalogue
        liked = Counter(
            category
            for pk in self.history.items[-RECENT:]
            if pk in catalogue.row_of
            for category in catalogue.items.categories[catalogue.row_of[pk]][:2]
        )
        vertical = registry.vertical(self.visitor.storefront.vertical)
        told = [category for category, _events in liked.most_common() if not vertical.is_sensitive([category])]
        known = told[:LIKED_TOPICS]
        return known or [topic.name for topic in topics_of(self.visitor.storefront, LIKED_TOPICS)]

    def _topic(self, topic: str, personal: bool) -> None:
        served = recommend(
            storefront=self.visitor.storefront,
            person=self.visitor.person,
            session=self.visitor.session,
            category=topic,
            exclude=self.shown,
            count=LENGTH,
            language=self.language,
            record=self.record,
        )
        if personal and not served.fallback:
            heading = _("%(topic)s for you")
        else:
            heading = _("Popular in %(topic)s") if self.popularity else _("New in %(topic)s")
        self._add(Shelf(f"topic-{len(self.shelves)}", heading % {"topic": topic}, self._cards(served), topic=topic))

    def _cards(self, served: Served) -> list[Card]:
        return cards_of(served, self.visitor.storefront)

    def _add(self, shelf: Shelf) -> None:
        if len(shelf.cards) >= (SHORTEST if self.shelves else 1):
            self.shelves.append(shelf)
            self.shown += keys_of(shelf.cards)
