"""Items as the templates see them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe
from django.utils.timesince import timesince
from django.utils.translation import get_language, npgettext_lazy, pgettext
from django.utils.translation import gettext as _

from catalog.models import Item, Storefront
from catalog.money import money
from catalog.schema import Field, say, schema_for

from .. import registry
from ..covers import cover_svg
from ..services import Served, ServedItem

FEW = 5  # in stock: from here down the number itself is the honest thing to say
SHOWN_ELSEWHERE = {"stock"}
#: By vertical, what else its page of an item says in its own words; details need not repeat it.
SAID_BY = {
    "health": {
        *("reviewed", "reviewer", "reading_level", "contraindications", "allergens", "fsa_score", "who_score"),
        "profile_required",  # for the rules: who reads the page was let in
    },
}
BREAKING_FOR = timedelta(hours=12)
NEWS_FOR = timedelta(days=3)  # something is news; then pages say that it is not new
#: In words of our own: Django's Chinese ones name days of a calendar, which nobody says of what is so long ago.
AGES = {
    "year": npgettext_lazy("so long ago", "%(num)d year", "%(num)d years", "num"),
    "month": npgettext_lazy("so long ago", "%(num)d month", "%(num)d months", "num"),
    "week": npgettext_lazy("so long ago", "%(num)d week", "%(num)d weeks", "num"),
    "day": npgettext_lazy("so long ago", "%(num)d day", "%(num)d days", "num"),
    "hour": npgettext_lazy("so long ago", "%(num)d hour", "%(num)d hours", "num"),
    "minute": npgettext_lazy("so long ago", "%(num)d minute", "%(num)d minutes", "num"),
}
SHORT = 40  # characters of an attribute that fits a card's line


@dataclass(frozen=True)
class Stock:
    words: str
    state: str  # ok, warn, bad


@dataclass(frozen=True)
class Card:
    """One item in a list; `recommendation` and `position` say in which, so that a click can name it."""

    item: Item
    storefront: Storefront
    recommendation: str = ""
    position: int = 0
    reason: str = ""
    source: str = ""
    tally: Any = None  # how often it was commented on and passed on, where that is counted
    progress: int = 0  # percent of it that the visitor has watched

    @property
    def title(self) -> str:
        return self.item.title

    @property
    def key(self) -> str:
        """Unique on a page."""
        return f"i{self.item.pk}"

    @cached_property
    def path(self) -> str:
        return reverse("storefront:item", args=[self.storefront.slug, self.item.external_id])

    @cached_property
    def url(self) -> str:
        if not self.recommendation:
            return self.path
        return f"{self.path}?{urlencode({'r': self.recommendation, 'p': self.position})}"

    @cached_property
    def act_url(self) -> str:
        return reverse("storefront:act", args=[self.storefront.slug, self.item.external_id])

    @cached_property
    def undo_url(self) -> str:
        return reverse("storefront:undo", args=[self.storefront.slug, self.item.external_id])

    @cached_property
    def why_url(self) -> str:
        address = reverse("storefront:why", args=[self.storefront.slug, self.item.external_id])
        return f"{address}?{urlencode({'r': self.recommendation})}" if self.recommendation else address

    @cached_property
    def unsave_url(self) -> str:
        return reverse("storefront:unsave", args=[self.storefront.slug, self.item.external_id])

    @property
    def topic(self) -> str:
        """The narrowest category: what a visitor may hide, and of what there is less when they hide the item."""
        return self.item.categories[-1] if self.item.categories else ""

    @cached_property
    def cover(self) -> SafeString:
        # The narrowest one: a topic's page would otherwise show one motif throughout.
        # Made of numbers alone: nothing of the item's text is in it.
        return mark_safe(cover_svg(self.storefront.vertical, self.topic, self.item.external_id))

    @property
    def image(self) -> str:
        """The item's picture, if the page's security policy lets it load."""
        return self.item.image if self.item.image.startswith("https://") else ""

    @cached_property
    def is_old(self) -> bool:
        """Whether it is past the days in which it was news; what keeps well never is."""
        item = self.item
        if item.published_at is None or item.attributes.get("evergreen"):
            return False
        return timezone.now() - item.published_at > NEWS_FOR

    @property
    def is_breaking(self) -> bool:
        """Whether it is news of this very day: yesterday's breaks no more."""
        published = self.item.published_at
        recent = published is not None and timezone.now() - published <= BREAKING_FOR
        return recent and bool(self.item.attributes.get("breaking"))

    @cached_property
    def age(self) -> str:
        """How long ago it was published, in its largest unit: more is no news to anybody."""
        return timesince(self.item.published_at, time_strings=AGES, depth=1) if self.item.published_at else ""

    @cached_property
    def price(self) -> str:
        return money(self.item.price, self.item.currency)

    @cached_property
    def stock(self) -> Stock | None:
        left = self.item.attributes.get("stock")
        if not isinstance(left, int):
            return None
        if left <= 0:
            return Stock(_("Out of stock"), "bad")
        if left <= FEW:
            return Stock(_("%(count)s in stock") % {"count": left}, "warn")
        return Stock(_("In stock"), "ok")

    @cached_property
    def said(self) -> dict[str, str]:
        """Attribute → its value in words, of all that strangers may see: for a vertical's own templates."""
        return {
            field.name: shown(field, self.item.attributes[field.name])
            for field in schema_for(self.storefront.vertical)
            if not field.sensitive and self.item.attributes.get(field.name) not in (None, "", [])
        }

    @cached_property
    def meta(self) -> str:
        """The first telling attribute, the widest category and the narrowest, which is the one that can be hidden."""
        return " · ".join(dict.fromkeys([*self._telling()[:1], *self.item.categories[:1], *self.item.categories[-1:]]))

    @cached_property
    def brief(self) -> str:
        """The same for narrow cards: only the narrowest category."""
        return " · ".join([*self._telling()[:1], *self.item.categories[-1:]])

    def _telling(self) -> list[str]:
        facets = [field for field in schema_for(self.storefront.vertical) if field.facet and not field.sensitive]
        values = [(field, self.item.attributes.get(field.name)) for field in facets]
        return [shown(field, value) for field, value in values if isinstance(value, (str, int)) and _is_short(value)]


@dataclass(frozen=True)
class Face:
    """A demo person to browse as, with a picture of their own."""

    storefront: Storefront
    external_id: str
    label: str

    @property
    def cover(self) -> SafeString:
        return mark_safe(cover_svg(self.storefront.vertical, self.label, self.external_id))


def cards_of(served: Served, storefront: Storefront) -> list[Card]:
    """A served list as cards; one that was not recorded has no id that a click could name."""
    return [card_of(entry, storefront, served.id) for entry in served.items]


def card_of(entry: ServedItem, storefront: Storefront, recommendation: str) -> Card:
    return Card(entry.item, storefront, recommendation, entry.position, entry.reason, entry.source)


def details_of(item: Item, storefront: Storefront, language: str) -> list[tuple[str, str]]:
    """(label, value) of every attribute that the vertical's schema lets strangers see, in its order."""
    return [
        (say(field.label, language) or field.name.replace("_", " "), shown(field, item.attributes[field.name]))
        for field in schema_for(storefront.vertical)
        if field.name not in SHOWN_ELSEWHERE | SAID_BY.get(storefront.vertical, set())
        and field.name != registry.vertical(storefront.vertical).author  # an id; pages show the name
        and not field.sensitive
        and item.attributes.get(field.name) not in (None, "", [])
    ]


def shown(field: Field, value: Any) -> str:
    """An attribute's value in the active language."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        language = get_language() or "en"
        return pgettext("between entries", ", ").join(field.option_label(str(entry), language) for entry in value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return number_format(f"{value:.10g}", use_l10n=True)  # 5, not 5.0
    if field.type == "date":
        return date_format(date.fromisoformat(value))
    if field.type == "choice":
        return field.choice_label(value, get_language() or "en")
    return str(value)


def _is_short(value: Any) -> bool:
    return not isinstance(value, bool) and len(str(value)) <= SHORT


def keys_of(cards: Sequence[Card]) -> list[int]:
    """Primary keys, for the next list on the same page to leave out."""
    return [card.item.pk for card in cards]


def taken_out(lists: Sequence[list[Card]], pks: Iterable[int]) -> None:
    """Take items that stand elsewhere on a page out of its lists: nothing is shown twice."""
    gone = set(pks)
    for cards in lists:
        cards[:] = [card for card in cards if card.item.pk not in gone]
