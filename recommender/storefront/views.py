"""Pages that show something. What visitors do is in `acts`."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from catalog.models import Storefront

from .. import registry, selectors, serving
from ..models import Recommendation
from ..services import Served, listed, similar
from ..services.describing import learned_until
from ..services.questions import model_for
from .cards import Card, Face, cards_of, details_of, keys_of
from .following import after_last, kept_of, more_of, suffix_of
from .fronts import fronts
from .functions import home_functions, item_functions, lists_beside, refuse_hidden, topic_functions
from .impressions import opened_record
from .nouns import counted
from .pages import (
    fragment,
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
from .tallies import shelves_tallied
from .visitor import Visitor, browse_as_offered, is_looking, opened, view_record, visitor_of
from .watching import resumed
from .why import why_of

A_PAGE = 24
FIRST = 1  # shelves that stand in the page itself
ON_REVEAL = 2
ORDERS = ("popular", "new")
CONTENT = "content"  # the algorithm that knows likeness alone


@require_safe
def storefronts(request: HttpRequest) -> HttpResponse:
    """Every storefront that is open."""
    context = {"fronts": fronts(language_of()), **look_of(request)}
    return render(request, "storefront/storefronts.html", context)


@require_safe
def home(request: HttpRequest, slug: str) -> HttpResponse:
    visitor = visitor_of(request, storefront_or_404(slug))
    most = None if request.GET.get("all") else FIRST
    looking = is_looking(request)
    built = Home(visitor, language_of(), record=looking, most=most, note=after_last(visitor))
    # What stands above the lists is not shown again in them, nor in those that come while somebody scrolls.
    above = resumed(visitor, record=looking)
    built.shown = keys_of(above.cards) if above else []
    built.build()
    context = {
        "resumed": above,
        "shelves": built.shelves,
        "more": more_of(built, [], above=[above] if above else []),
        "likes": likes_of(visitor),
        "new_here": visitor.person is None and not visitor.views,
        **card_tools(visitor),
        **home_functions(visitor, built.shelves),
    }
    return storefront_page(request, visitor, "storefront/home.html", context)


@require_safe
def shelves(request: HttpRequest, slug: str) -> HttpResponse:
    """The shelves that come next while a visitor scrolls. Without script the home page has them all."""
    visitor = visitor_of(request, storefront_or_404(slug))
    kept = kept_of(request, visitor)
    at = int(text) if (text := request.GET.get("at", "")).isascii() and text.isdigit() and len(text) < 3 else 1
    return _part(request, visitor, kept, Home(visitor, language_of(), most=ON_REVEAL, at=at, suffix=suffix_of(kept)))


@require_safe
def feed(request: HttpRequest, slug: str) -> HttpResponse:
    """The shelves again, below those that stay: something was done, and they follow."""
    visitor = visitor_of(request, storefront_or_404(slug))
    kept = kept_of(request, visitor)
    built = Home(visitor, language_of(), most=FIRST, note=after_last(visitor), suffix=suffix_of(kept))
    return _part(request, visitor, kept, built)


def _part(request: HttpRequest, visitor: Visitor, kept: list[Recommendation], built: Home) -> HttpResponse:
    built.record = is_looking(request)
    built.had = frozenset(served.placement for served in kept)
    built.shown = [entry[0] for served in kept for entry in served.items]
    built.build()
    shelves_tallied(built.shelves, visitor.storefront)
    context = {
        "shelves": built.shelves,
        "more": more_of(built, kept),
        "leads": not kept,
        "here": reverse("storefront:home", args=[visitor.storefront.slug]),
        **card_tools(visitor),
    }
    return fragment(request, visitor, "storefront/shelves.html", context)


@require_safe
def item(request: HttpRequest, slug: str, external_id: str) -> HttpResponse:
    """One item: looking at it counts at once, so the lists below it already know."""
    storefront = storefront_or_404(slug)
    shown = item_or_404(storefront, external_id)
    visitor = visitor_of(request, storefront)
    refuse_hidden(visitor, shown)
    looking = is_looking(request)
    came_from = recommendation_named(request, storefront) if looking else None
    opened_record(visitor, shown, came_from)
    recommendation = str(came_from.pk) if came_from else ""
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
    functions = item_functions(visitor, shown, lists, record=looking)
    context = {
        "card": Card(shown, storefront, recommendation),
        "details": details_of(shown, storefront, language),
        "why": why_of(visitor, shown, language),
        "similar": Shelf("similar", _similar_heading(storefront, alike, language), cards),
        "next": following,
        **acts_panel(visitor, shown, recommendation, beside=lists_beside(cards, functions), language=language),
        **card_tools(visitor),
        **functions,
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
        "counted": counted(visitor.storefront, total, language_of()),
        "page": page,
        "pages": -(-total // A_PAGE),
        **card_tools(visitor),
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


def _similar_heading(storefront: Storefront, alike: Served, language: str) -> str:
    """What the list was made from: what people did, else the vertical's own name for this place, if it has one."""
    vertical = registry.vertical(storefront.vertical)
    first = alike.items[0] if alike.items else None
    if first is not None and first.source == "popular" and first.item.categories:
        words = _("Popular in %(topic)s") if vertical.popularity else _("New in %(topic)s")
        return words % {"topic": first.item.categories[0]}
    if vertical.popularity and alike.algorithm and alike.algorithm != CONTENT and not _too_new(storefront, alike):
        return _("Chosen by the same people, or like it")
    try:
        return selectors.placement_name(registry.vertical(storefront.vertical), "item", language)
    except LookupError:
        return _("Similar")


def _too_new(storefront: Storefront, alike: Served) -> bool:
    """Whether most of a list came out after the live model had learned: nobody whom it knows can have chosen that."""
    model, _missing = model_for(serving.live(storefront), "item")
    until = learned_until(model.artifact) if model is not None else None
    came = [entry.item.published_at for entry in alike.items if entry.item.published_at is not None]
    return until is not None and 2 * sum(at > until for at in came) > len(alike.items)


def _page_number(request: HttpRequest) -> int:
    text = request.GET.get("page", "1")
    if not (text.isascii() and text.isdigit()) or len(text) > 6 or int(text) < 1:
        raise Http404
    return int(text)
