"""A first visit: pick a few things, see at once what comes of it, or skip."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from behaviour.kinds import MORE
from behaviour.services import behaviours_record, consents_give
from catalog.models import Item, Storefront

from .. import registry
from ..services.onboarding import recommend_picked, starters
from .cards import Card, cards_of
from .facts import fact
from .pages import fragment, language_of, storefront_or_404, storefront_page
from .privacy import WORDING
from .shelves import LENGTH
from .verbs import EVENT_PREFIX, WELCOME
from .visitor import Visitor, is_looking, visitor_becomes_person, visitor_of, visitor_remember

TILES = 18
LEAST = 3
PREVIEWED = 6
MOST_PICKED = 40


@require_http_methods(["GET", "HEAD", "POST"])
def welcome(request: HttpRequest, slug: str) -> HttpResponse:
    storefront = storefront_or_404(slug)
    visitor = visitor_of(request, storefront)
    picked = _picked(request, storefront)
    error = ""
    if request.method == "POST" and not request.POST.get("preview"):
        error = _missing(request, visitor, picked)
        if not error:
            return _used(request, visitor, picked)
    served = starters(
        storefront=storefront,
        person=visitor.person,
        count=TILES,
        language=language_of(),
        record=is_looking(request),
    )
    chosen = {item.pk for item in picked}
    tiles = cards_of(served, storefront)
    known = {card.item.pk for card in tiles}
    context = {
        "tiles": [*(Card(item, storefront) for item in picked if item.pk not in known), *tiles],
        "chosen": chosen,
        "least": LEAST,
        "error": error,
        "ask": _must_ask(visitor),
        **_preview(visitor, picked),
    }
    return storefront_page(request, visitor, "storefront/welcome.html", context, 422 if error else 200)


@require_POST
def preview(request: HttpRequest, slug: str) -> HttpResponse:
    """What the lists would begin with, for htmx."""
    storefront = storefront_or_404(slug)
    visitor = visitor_of(request, storefront)
    context = {"least": LEAST, "ask": _must_ask(visitor), **_preview(visitor, _picked(request, storefront))}
    return fragment(request, visitor, "storefront/welcome_preview.html", context)


def _picked(request: HttpRequest, storefront: Storefront) -> list[Item]:
    names = [name for name in request.POST.getlist("item")[:MOST_PICKED] if "\x00" not in name]
    found = Item.objects.filter(storefront=storefront, external_id__in=names).available()
    order = {name: place for place, name in enumerate(names)}
    return sorted(found, key=lambda item: order[item.external_id])


def _must_ask(visitor: Visitor) -> bool:
    """Where consent comes first, picking something is not it."""
    return registry.vertical(visitor.storefront.vertical).consent_required and not visitor.personalised


def _missing(request: HttpRequest, visitor: Visitor, picked: list[Item]) -> str:
    if len(picked) < LEAST:
        left = LEAST - len(picked)
        return ngettext("Pick %(n)s more, or skip this.", "Pick %(n)s more, or skip this.", left) % {"n": left}
    if _must_ask(visitor) and not request.POST.get("agree"):
        return _("Your picks are used only if you say yes to that. Tick the box, or skip this.")
    return ""


def _used(request: HttpRequest, visitor: Visitor, picked: list[Item]) -> HttpResponse:
    person = visitor_becomes_person(visitor)
    if _must_ask(visitor):
        visitor.person = person = consents_give(person=person, answers={"personalisation": True}, version=WORDING)
    prefix = f"{EVENT_PREFIX}{person.pk}:{WELCOME}:"
    # Whoever comes back to it picks anew: what was picked before stands.
    told = set(person.behaviours.filter(event_id__startswith=prefix).values_list("item_id", flat=True))
    records = [
        fact(person, item.external_id, MORE, f"{prefix}{item.pk}:{MORE}") for item in picked if item.pk not in told
    ]
    if records:
        behaviours_record(storefront=visitor.storefront, records=records)
    messages.success(request, _("Thank you. Your lists take in what you picked."))
    response = HttpResponseRedirect(reverse("storefront:home", args=[visitor.storefront.slug]))
    visitor_remember(response, visitor)
    return response


def _preview(visitor: Visitor, picked: list[Item]) -> dict:
    if not picked or _must_ask(visitor):
        return {"preview": [], "picked": len(picked)}
    served = recommend_picked(
        storefront=visitor.storefront,
        person=visitor.person,
        session=visitor.session,
        picked=[item.pk for item in picked],
        # As many as the home page asks for, that it may be the same list: its order depends on its length.
        count=LENGTH,
        language=language_of(),
    )
    cards = [] if served.fallback else cards_of(served, visitor.storefront)
    return {"preview": cards[:PREVIEWED], "picked": len(picked)}
