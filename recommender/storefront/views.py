"""Pages that show something. What visitors do is in `acts`."""

from __future__ import annotations

import time
from hashlib import blake2b

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from behaviour.kinds import kinds_for
from behaviour.services import behaviours_record
from catalog.models import Storefront

from .. import registry, selectors
from ..services import listed, similar
from ..services import search as search_items
from .cards import Card, Face, cards_of, details_of, keys_of
from .facts import fact
from .forms import SearchForm
from .fronts import fronts
from .pages import (
    item_or_404,
    language_of,
    look_of,
    recommendation_named,
    storefront_or_404,
    storefront_page,
)
from .panels import acts_panel, card_tools, next_shelf
from .shelves import Home, Shelf
from .visitor import SAME_VIEW, Visitor, browse_as_offered, is_looking, view_record, visitor_of
from .why import why_of

FOUND = 24
A_PAGE = 24
ORDERS = ("popular", "new")


@require_safe
def storefronts(request: HttpRequest) -> HttpResponse:
    """Every storefront that is open."""
    context = {"fronts": fronts(language_of()), **look_of(request)}
    return render(request, "storefront/storefronts.html", context)


@require_safe
def home(request: HttpRequest, slug: str) -> HttpResponse:
    visitor = visitor_of(request, storefront_or_404(slug))
    shelves = Home(visitor, language_of(), record=is_looking(request)).build()
    return storefront_page(
        request, visitor, "storefront/home.html", {"shelves": shelves, **card_tools(visitor.storefront)}
    )


@require_safe
def item(request: HttpRequest, slug: str, external_id: str) -> HttpResponse:
    """One item: looking at it counts at once, so the lists below it already know."""
    storefront = storefront_or_404(slug)
    shown = item_or_404(storefront, external_id)
    visitor = visitor_of(request, storefront)
    looking = is_looking(request)
    recommendation = recommendation_named(request, storefront) if looking else ""
    view_record(request, visitor, shown, recommendation)
    language = language_of()
    alike = similar(storefront=storefront, item=shown, person=visitor.person, language=language, record=looking)
    cards = cards_of(alike, storefront)
    context = {
        "card": Card(shown, storefront, recommendation),
        "details": details_of(shown, storefront, language),
        "why": why_of(visitor, shown, language),
        "similar": Shelf("similar", _similar_heading(storefront, language), cards),
        "next": next_shelf(visitor, shown, keys_of(cards), language, record=looking),
        **acts_panel(visitor, shown, recommendation, beside=alike.id, language=language),
        **card_tools(storefront),
    }
    return storefront_page(request, visitor, "storefront/item.html", context)


@require_safe
def search(request: HttpRequest, slug: str) -> HttpResponse:
    """One box for words and for meaning."""
    visitor = visitor_of(request, storefront_or_404(slug))
    form = SearchForm(request.GET)
    words = form.cleaned_data["q"] if form.is_valid() else ""
    cards = []
    if words:
        looking = is_looking(request)
        found = search_items(
            storefront=visitor.storefront,
            words=words,
            count=FOUND,
            person=visitor.person,
            language=language_of(),
            record=looking,
        )
        cards = cards_of(found, visitor.storefront)
        if looking:
            _search_record(visitor, words)
    context = {"q": words, "form": form, "cards": cards, **card_tools(visitor.storefront)}
    return storefront_page(request, visitor, "storefront/search.html", context)


@require_safe
def topic(request: HttpRequest, slug: str, category: str) -> HttpResponse:
    """Everything in one category, a page at a time."""
    visitor = visitor_of(request, storefront_or_404(slug))
    order = request.GET.get("order", "")
    order = order if order in ORDERS else "popular"
    page = _page_number(request)
    person = visitor.person
    served, total = listed(
        storefront=visitor.storefront,
        order=order,
        placement="category",
        count=A_PAGE,
        category=category,
        page=page,
        exclude=selectors.hidden_items(visitor.storefront, person) if person else (),
        person=person,
        record=is_looking(request),
    )
    if not served.items:
        raise Http404
    context = {
        "category": category,
        "cards": cards_of(served, visitor.storefront),
        "order": order,
        "total": total,
        "page": page,
        "pages": -(-total // A_PAGE),
        **card_tools(visitor.storefront),
    }
    return storefront_page(request, visitor, "storefront/topic.html", context)


@require_safe
def browse_as(request: HttpRequest, slug: str) -> HttpResponse:
    """Pick a demo person to look through the eyes of. Only where the operator offers some."""
    storefront = storefront_or_404(slug)
    people = browse_as_offered(storefront)
    if not people:
        raise Http404
    context = {"people": [Face(storefront, *person) for person in people.items()]}
    return storefront_page(request, visitor_of(request, storefront), "storefront/browse_as.html", context)


def _similar_heading(storefront: Storefront, language: str) -> str:
    """The vertical's own name for this place, if it has one."""
    try:
        return selectors.placement_name(registry.vertical(storefront.vertical), "item", language)
    except LookupError:
        return _("Similar")


def _page_number(request: HttpRequest) -> int:
    text = request.GET.get("page", "1")
    if not (text.isascii() and text.isdigit()) or len(text) > 6 or int(text) < 1:
        raise Http404
    return int(text)


def _search_record(visitor: Visitor, words: str) -> None:
    """A search is a fact about a person; nobody becomes one by searching."""
    if visitor.person is None or "search" not in kinds_for(visitor.storefront.vertical):
        return
    digest = blake2b(words.encode(errors="replace"), digest_size=8).hexdigest()
    event_id = f"storefront:{visitor.person.pk}:search:{digest}:{int(time.time()) // SAME_VIEW}"
    behaviours_record(
        storefront=visitor.storefront, records=[fact(visitor.person, None, "search", event_id, text=words)]
    )
