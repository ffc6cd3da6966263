"""Which lists stand on a storefront's home, in which order, under which heading. Every heading is true."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from catalog.models import Item

from .. import registry, selectors, serving
from ..contracts import Vertical
from ..explaining import is_lukewarm
from ..services import Order, Served, history_for, listed, recommend, topics_of
from ..services.aside import aside_of
from ..services.explanations import because
from ..services.questions import model_for
from ..services.steady import LOOKING, served_again, state_of
from .cards import Card, cards_of, keys_of
from .visitor import Visitor, may_be_remembered

LENGTH = 12  # full rows of two, three and four
SHORTEST = 4  # items that make a shelf worth its heading
LIKED_TOPICS = 2
FRESH = "fresh"  # the source of what no model knows yet
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
    """Builds the shelves of one visitor's home from top to bottom; what stands above is not shown again.

    `shown`: primary keys of what stands above already. `at`: the step to begin with. `most`: shelves to build; those
    that are left begin with the step `rest`, None where nothing is left. `note` stands under the first heading.
    `had`: placements of the lists above, so that nothing is popular twice. `suffix` keeps the names of headings apart
    on a page that has some of them already.
    """

    visitor: Visitor
    language: str
    record: bool = True
    shelves: list[Shelf] = field(default_factory=list)
    shown: list[int] = field(default_factory=list)
    at: int = 0
    most: int | None = None
    note: str = ""
    suffix: str = ""
    had: frozenset[str] = frozenset()
    rest: int | None = None

    def build(self) -> list[Shelf]:
        storefront, person = self.visitor.storefront, self.visitor.person
        self.popularity = registry.vertical(storefront.vertical).popularity
        self.history = history_for(storefront, person, self.visitor.session)
        self.hidden = selectors.refusals_of(storefront, person).topics
        self.aside = aside_of(person)
        steps = self._steps()
        for step, shelf in enumerate(steps[self.at :], start=self.at):
            if self.most is not None and len(self.shelves) >= self.most:
                self.rest = step
                break
            self.step = step
            shelf()
        return self.shelves

    def _steps(self) -> list[Callable[[], None]]:
        """One a shelf, from top to bottom. They depend on what is known of the visitor alone, so that a page that
        comes in parts is the page that comes whole."""
        model, _fallback = model_for(serving.live(self.visitor.storefront), "home")
        personal = model is not None and bool(self.history.items)
        steps: list[Callable[[], None]] = [self._lead]
        if personal:
            steps.append(self._because)
            if self.popularity:
                steps.append(partial(self._listed, "popular", _("Popular now")))
        steps += [partial(self._topic, topic, personal) for topic in self._topics()]
        if personal or self.popularity:  # else the first shelf has them
            steps.append(partial(self._listed, "new", pgettext("a shelf", "Newest")))
        return steps

    def _lead(self) -> None:
        """The first shelf."""
        if not self.history.items:
            order, heading = self._for_everybody()
            note = _("Look around a little, and this page adapts to you.")
            if not may_be_remembered(self.visitor):
                note = _("The same for everybody: nothing that you open here is kept unless you allow it.")
            elif not self.visitor.personalised:
                note = ""
            self._listed(order, heading, note)
            return
        served = self._first()
        if served.fallback:
            self._add(Shelf(*self._for_everybody(), self._cards(served)))
            return
        note = self.note or _note_of(served)
        # Where the list of before stays on the page, this one must not be called the same.
        heading = _("More for you") if "home" in self.had else _("For you")
        self._add(Shelf("for-you", heading, self._cards(served), note))

    def _first(self) -> Served:
        """Held still while nothing is done; what stands below other lists is always new."""
        storefront, person = self.visitor.storefront, self.visitor.person
        state = state_of(storefront, self.history, self.hidden, person)
        if person is not None and not self.shown:
            again = served_again(storefront=storefront, person=person, state=state, language=self.language)
            if again is not None and self.aside.isdisjoint(entry.item.pk for entry in again.items):
                return again
        return recommend(
            storefront=storefront,
            person=person,
            session=self.visitor.session,
            exclude=[*self.shown, *self.aside],
            count=LENGTH,
            context={} if self.shown else {"state": state},
            language=self.language,
            reasons=True,
            record=self.record,
        )

    def _for_everybody(self) -> tuple[Order, str]:
        """What stands first where nothing is known of the visitor, in the order in which it then is."""
        return ("popular", _("Popular now")) if self.popularity else ("new", pgettext("a shelf", "Newest"))

    def _because(self) -> None:
        """What goes with the last thing that the person liked, and with nothing else of theirs."""
        vertical = registry.vertical(self.visitor.storefront.vertical)
        item = Item.objects.filter(storefront=self.visitor.storefront, pk=self._anchor(vertical)).first()
        if item is None:
            return
        served = recommend(
            storefront=self.visitor.storefront,
            person=self.visitor.person,
            session=self.visitor.session,
            about=item.pk,
            exclude=[*self.shown, *self.aside, item.pk],
            count=LENGTH,
            language=self.language,
            record=self.record,
        )
        kind = self.history.kinds.get(item.pk, "view")
        heading = because(vertical, kind, item.title, self.language, mark=self.history.marks.get(item.pk))
        if not served.fallback:
            self._add(Shelf("because", heading, self._cards(served)))

    def _anchor(self, vertical: Vertical) -> int | None:
        """Primary key of what a shelf may be named after: the last thing that was liked, else the last looked at.

        Nothing of a hidden topic is, nor what is sensitive, for a heading would retell it, nor what got three stars.
        """
        catalogue = serving.live(self.visitor.storefront).catalogue
        looked_at = None
        for pk in self.history.items[: -RECENT - 1 : -1]:
            kind, row = self.history.kinds.get(pk, "view"), catalogue.row_of.get(pk)
            categories = catalogue.items.categories[row] if row is not None else ()
            if vertical.is_sensitive(categories) or not self.hidden.isdisjoint(categories):
                continue
            if kind in LOOKING:
                looked_at = pk if looked_at is None else looked_at
            elif not is_lukewarm(vertical, kind, self.history.marks.get(pk)):
                return pk
        return looked_at

    def _listed(self, order: Order, heading: str, note: str = "") -> None:
        if order not in self.had:
            self._add(Shelf(order, heading, self._cards(self._in_order(order, order)), note))

    def _in_order(self, order: Order, placement: str, topic: str = "") -> Served:
        """What is popular or new; for somebody of whom nothing is known, what they can read comes first."""
        served, _total = listed(
            storefront=self.visitor.storefront,
            order=order,
            placement=placement,
            count=LENGTH,
            category=topic,
            exclude=[*self.shown, *self.history.seen],
            person=self.visitor.person,
            language="" if self.history.items else self.language,
            record=self.record,
        )
        return served

    def _topics(self) -> list[str]:
        """Categories that the person likes most these days; the largest ones while nothing is known."""
        catalogue = serving.live(self.visitor.storefront).catalogue
        liked: Counter[str] = Counter()
        for pk, value in list(zip(self.history.items, self.history.values, strict=True))[-RECENT:]:
            if pk in catalogue.row_of:
                for category in catalogue.items.categories[catalogue.row_of[pk]][:2]:
                    liked[category] += value
        vertical = registry.vertical(self.visitor.storefront.vertical)
        told = [category for category, _strength in liked.most_common() if not vertical.is_sensitive([category])]
        known = [category for category in told if category not in self.hidden][:LIKED_TOPICS]
        topics = topics_of(self.visitor.storefront, language=self.language)
        largest = [topic.name for topic in topics if topic.name not in self.hidden]
        return known or largest[:LIKED_TOPICS]

    def _topic(self, topic: str, personal: bool) -> None:
        served = None
        # Without popularity the order is the vertical's own: neither what many chose nor what is new.
        if personal or not self.popularity:
            served = recommend(
                storefront=self.visitor.storefront,
                person=self.visitor.person,
                session=self.visitor.session,
                category=topic,
                exclude=[*self.shown, *self.aside],
                count=LENGTH,
                language=self.language,
                record=self.record,
            )
            heading = topic if served.fallback or not personal else _("%(topic)s for you") % {"topic": topic}
        if self.popularity and (served is None or served.fallback):
            # In the very order that the heading names, and that the topic's own page begins with.
            heading = _("Popular in %(topic)s") % {"topic": topic}
            served = self._in_order("popular", "category", topic)
        self._add(Shelf(f"topic-{self.step}", heading, self._cards(served), topic=topic))

    def _cards(self, served: Served) -> list[Card]:
        return cards_of(served, self.visitor.storefront)

    def _add(self, shelf: Shelf) -> None:
        if len(shelf.cards) >= (SHORTEST if self.shelves or self.at else 1):
            self.shelves.append(replace(shelf, slug=f"{shelf.slug}{self.suffix}"))
            self.shown += keys_of(shelf.cards)


def _note_of(served: Served) -> str:
    """What a list for somebody was made from, as far as its own reasons bear that out."""
    if 2 * sum(bool(entry.reason) for entry in served.items) < len(served.items):
        return _(
            "In part from what you did here; the rest is new, or for everybody. Everything you do changes it at once."
        )
    if any(entry.source == FRESH for entry in served.items):
        return _("From what you did here, and a few things that are new. Everything you do changes it at once.")
    return _("Mostly from what you did here. Everything you do changes it at once.")
