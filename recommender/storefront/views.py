"""Pages that show something. What visitors do is in `acts`."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from catalog.models import Storefront

from .. import registry, selectors
from ..services import listed, similar
from .cards import Card, Face, cards_of, details_of, keys_of
from .fronts import fronts
from .functions import home_functions, item_functions, refuse_hidden, topic_functions
from .pages import (
    item_or_404,
    language_of,
    look_of,
    recommendation_named,
    storefront_or_404,
    storefront_page,
)
from .panels import acts_panel, card_tools, next_shelf
from .searching import likes_of
from .shelves import Home, Shelf
from .visitor import browse_as_offered, is_looking, opened, view_record, visitor_of
from .why import why_of

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
    context = {
        "shelves": shelves,
        "likes": likes_of(visitor),
        **card_tools(visitor.storefront),
        **home_functions(visitor, shelves, record=is_looking(request)),
    }
    return storefront_page(request, visitor, "storefront/home.html", context)


@require_safe
def item(request: HttpRequest, slug: str, external_id: str) -> HttpResponse:
    """One item: looking at it counts at once, so the lists below it already know."""
    storefront = storefront_or_404(slug)
    shown = item_or_404(storefront, external_id)
    visitor = visitor_of(request, storefront)
    refuse_hidden(visitor, shown)
    looking = is_looking(request)
    recommendation = recommendation_named(request, storefront) if looking else ""
    view_record(request, visitor, shown, recommendation)
    language = language_of()
    alike = similar(
        storefront=storefront,
        item=shown,
        person=visitor.person,
        exclude=opened(visitor),
        language=language,
        record=looking,
    )
    cards = cards_of(alike, storefront)
    following = next_shelf(visitor, shown, keys_of(cards), language, record=looking)
    lists = [cards, following.cards] if following else [cards]
    context = {
        "card": Card(shown, storefront, recommendation),
        "details": details_of(shown, storefront, language),
        "why": why_of(visitor, shown, language),
        "similar": Shelf("similar", _similar_heading(storefront, language), cards),
        "next": following,
        **acts_panel(visitor, shown, recommendation, beside=alike.id, language=language),
        **card_tools(storefront),
        **item_functions(visitor, shown, lists, record=looking),
    }
    return storefront_page(request, visitor, "storefront/item.html", context)


@require_safe
def topic(request: HttpRequest, slug: str, category: str) -> HttpResponse:
    """Everything in one category, a page at a time."""
    visitor = visitor_of(request, storefront_or_404(slug))
    order = request.GET.get("order", "")
    orders = ORDERS if registry.vertical(visitor.storefront.vertical).popularity else ("new",)
    order = order if order in orders else orders[0]
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
        "orders": orders,
        "total": total,
        "page": page,
        "pages": -(-total // A_PAGE),
        **card_tools(visitor.storefront),
        **topic_functions(visitor, category),
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
