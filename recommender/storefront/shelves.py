"""Which lists stand on a storefront's home, in which order, under which heading. Every heading is true."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from behaviour.kinds import MORE
from catalog.models import Item

from .. import registry, selectors, serving
from ..services import Order, Served, history_for, listed, recommend, topics_of
from ..services.carts import PUT_IN
from ..services.explanations import because
from ..services.questions import model_for
from ..services.steady import served_again, state_of
from .cards import Card, cards_of, keys_of
from .verbs import saves_kind
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
        keeping = {MORE, PUT_IN, saves_kind(storefront)}
        # What somebody keeps already, or was just asked for more of, is no news to them.
        self.kept = [pk for pk, kind in self.history.kinds.items() if kind in keeping]
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
        note = self.note or _("Mostly from what you did here. Everything you do changes it at once.")
        # Where the list of before stays on the page, this one must not be called the same.
        heading = _("More for you") if "home" in self.had else _("For you")
        self._add(Shelf("for-you", heading, self._cards(served), note))

    def _first(self) -> Served:
        """Held still while nothing is done; what stands below other lists is always new."""
        storefront, person = self.visitor.storefront, self.visitor.person
        state = state_of(storefront, self.history, self.hidden, person)
        if person is not None and not self.shown:
            again = served_again(storefront=storefront, person=person, state=state, language=self.language)
            if again is not None:
                return again
        return recommend(
            storefront=storefront,
            person=person,
            session=self.visitor.session,
            exclude=[*self.shown, *self.kept],
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
        anchor = next(iter(reversed(self.history.items)), None)
        item = Item.objects.filter(storefront=self.visitor.storefront, pk=anchor).first()
        if item is None or vertical.is_sensitive(item.categories):  # a heading would retell it
            return
        served = recommend(
            storefront=self.visitor.storefront,
            heeding=self.visitor.person,
            session=[item.pk],
            exclude=[*self.shown, *self.kept, *self.history.seen],
            count=LENGTH,
            language=self.language,
            record=self.record,
        )
        kind = self.history.kinds.get(item.pk, "view")
        heading = because(vertical, kind, item.title, self.language)
        if not served.fallback:
            self._add(Shelf("because", heading, self._cards(served)))

    def _listed(self, order: Order, heading: str, note: str = "") -> None:
        if order in self.had:
            return
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
        known = [category for category in told if category not in self.hidden][:LIKED_TOPICS]
        topics = topics_of(self.visitor.storefront, language=self.language)
        largest = [topic.name for topic in topics if topic.name not in self.hidden]
        return known or largest[:LIKED_TOPICS]

    def _topic(self, topic: str, personal: bool) -> None:
        options = {"storefront": self.visitor.storefront, "category": topic, "count": LENGTH, "record": self.record}
        if self.popularity and not personal:
            # A vertical's reranker has other aims than to count: what is called popular goes by that alone.
            exclude, person = [*self.shown, *self.history.seen], self.visitor.person
            served, _total = listed(order="popular", placement="category", exclude=exclude, person=person, **options)
            heading = _("Popular in %(topic)s") % {"topic": topic}
        else:
            served = recommend(
                person=self.visitor.person,
                session=self.visitor.session,
                exclude=[*self.shown, *self.kept],
                language=self.language,
                **options,
            )
            heading = topic if served.fallback else _("%(topic)s for you") % {"topic": topic}
        self._add(Shelf(f"topic-{self.step}", heading, self._cards(served), topic=topic))

    def _cards(self, served: Served) -> list[Card]:
        return cards_of(served, self.visitor.storefront)

    def _add(self, shelf: Shelf) -> None:
        if len(shelf.cards) >= (SHORTEST if self.shelves or self.at else 1):
            self.shelves.append(replace(shelf, slug=f"{shelf.slug}{self.suffix}"))
            self.shown += keys_of(shelf.cards)
