"""The search page: one box for names and for descriptions, what was understood of it, and how to change that.

Everything is in the address, so that it works without JavaScript and can be shared: `q` is what was said now, `of`
what was said before it, `w` the wish so far as a signed token, and `without` the number of a part that is taken back.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.views.decorators.http import require_safe

from behaviour.kinds import kinds_for
from behaviour.services import behaviours_record
from catalog.models import Storefront

from ..services import Served, ServiceError
from ..services.profiles import InterestProfile, profile_of
from ..services.understanding import chips_without
from ..services.wishes import recommend_from_words
from .cards import cards_of
from .facts import fact, is_told
from .forms import SearchForm
from .pages import language_of, storefront_or_404, storefront_page
from .panels import card_tools
from .visitor import SAME_VIEW, Visitor, is_looking, is_overheard, visitor_of, words_may_be_kept

FOUND = 24
FEW = 4  # fits that are enough: fewer, and demands give way


@dataclass(frozen=True)
class Part:
    """One understood part, and the address of the same search without it."""

    label: str
    negated: bool
    url: str


@require_safe
def search(request: HttpRequest, slug: str) -> HttpResponse:
    """Items that have the words or mean what they say, within what was demanded."""
    visitor = visitor_of(request, storefront_or_404(slug))
    form = SearchForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    said = ", ".join(words for words in (asked.get("of", ""), asked.get("q", "")) if words)
    context: dict[str, Any] = {"form": form, "said": said, "cards": [], **card_tools(visitor)}
    looking = is_looking(request)
    served = _found(visitor, asked, looking) if said or asked.get("w") else None
    if served is not None:
        context |= _answer(visitor.storefront, served, said)
        if looking and asked.get("q"):
            _search_record(visitor, asked["q"])
    else:
        context |= {"likes": likes_of(visitor)}
    return storefront_page(request, visitor, "storefront/search.html", context)


def likes_of(visitor: Visitor) -> InterestProfile:
    """What the visitor seems to like, as words to search for; empty for somebody new."""
    if visitor.person is None:
        return InterestProfile()
    return profile_of(storefront=visitor.storefront, person=visitor.person, language=language_of())


def _found(visitor: Visitor, asked: dict[str, Any], looking: bool) -> Served | None:
    """None where nothing can be searched for. A wish that was cut or comes from elsewhere is left out."""
    storefront, token = visitor.storefront, asked.get("w", "")
    options = {
        "storefront": storefront,
        "person": visitor.person,
        "session": visitor.session,
        "count": FOUND,
        "least": FEW,
        "placement": "search",
        "language": language_of(),
        "record": looking and not is_overheard(visitor),
        "searching": True,
        "reasons": True,
    }
    try:
        if token:
            without = asked.get("without")
            chips = None if without is None else chips_without(storefront, token, without)
            return recommend_from_words(text=asked.get("q", ""), refine=token, chips=chips, **options)
        return recommend_from_words(text=asked["q"], **options)
    except ServiceError:
        words = asked.get("q") or asked.get("of")
        return recommend_from_words(text=words, **options) if token and words else None


def _answer(storefront: Storefront, served: Served, said: str) -> dict[str, Any]:
    wish = served.wish
    here = reverse("storefront:search", args=[storefront.slug])

    def part(chip: dict[str, Any]) -> Part:
        query = urlencode({"of": said, "w": wish.token, "without": chip["place"]})
        return Part(capfirst(chip["label"]), chip["negated"], f"{here}?{query}")

    return {
        "cards": (cards := cards_of(served, storefront)),
        "priced": any(card.item.price is not None for card in cards),
        "parts": [part(chip) for chip in wish.chips],
        "relaxed": [part(chip) for chip in wish.relaxed],
        "unmatched": wish.unmatched,
        "fitting": wish.fitting,
        "token": wish.token,
        "by_words_only": "encoder" in served.degraded,
        "is_cut": wish.matches > len(cards) >= FOUND,
    }


def _search_record(visitor: Visitor, words: str) -> None:
    """A search is a fact about a person; nobody becomes one by searching."""
    if visitor.person is None or "search" not in kinds_for(visitor.storefront.vertical):
        return
    # Words typed on a health portal tell more than a page that was opened: they need the consent to exactly that.
    if not words_may_be_kept(visitor):
        return
    digest = blake2b(words.encode(errors="replace"), digest_size=8).hexdigest()
    event_id = f"storefront:{visitor.person.pk}:search:{digest}:{int(time.time()) // SAME_VIEW}"
    if is_told(visitor.storefront, event_id):
        return
    behaviours_record(
        storefront=visitor.storefront, records=[fact(visitor.person, None, "search", event_id, text=words)]
    )
