"""The cart: what lies in it and what it costs, at most three add-ons, and what was bought and may go back.

No counter runs, nothing is said to be nearly gone that is not, and nothing is put in that nobody chose.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from behaviour.services import behaviours_record
from catalog.models import Item, Storefront
from catalog.money import money
from catalog.schema import say

from .. import pipeline, registry, selectors
from ..data import Query
from ..services import Served
from ..services.bundles import TOGETHER, goes_with
from ..services.carts import BOUGHT, PUT_IN, SENT_BACK, TAKEN_OUT, cart_of, has_cart, orders_of
from .cards import Card, card_of, taken_out
from .facts import fact
from .forms import ActForm
from .pages import language_of, next_or, storefront_or_404, storefront_page
from .panels import card_tools
from .verbs import EVENT_PREFIX
from .visitor import Visitor, is_looking, visitor_becomes_person, visitor_of, visitor_remember

ADD_ONS = 3
BUNDLE = 2  # companions of an item
MOST_AT_ONCE = 20
COMPLEMENTS, SUBSTITUTES = ("complements", "purchase"), ("substitutes", "view")

SAID = {
    PUT_IN: gettext_lazy("It is in your cart."),
    TAKEN_OUT: gettext_lazy("It is out of your cart."),
    BOUGHT: gettext_lazy("Bought. This is a demonstration: nothing is charged."),
    SENT_BACK: gettext_lazy("It goes back. Things like it are recommended less from now on."),
}


@require_safe
def show(request: HttpRequest, slug: str) -> HttpResponse:
    visitor = visitor_of(request, _with_cart(slug))
    storefront, person = visitor.storefront, visitor.person
    items = cart_of(person) if person else []
    add_ons: list[Card] = []
    if items:
        served = goes_with(
            storefront=storefront,
            items=items,
            count=ADD_ONS,
            person=person,
            placement="cart",
            sources=[COMPLEMENTS],
            # An add-on is no bigger decision than the one that was made already.
            dearest=max((item.price for item in items if item.price is not None), default=None),
            record=is_looking(request),
        )
        add_ons = with_source_reasons(served, storefront)
    context = {
        "lines": [Card(item, storefront) for item in items],
        "total": total_of(items),
        "add_ons": add_ons,
        "orders": [(Card(order.item, storefront), order) for order in orders_of(person)] if person else [],
        **card_tools(visitor),
    }
    return storefront_page(request, visitor, "storefront/cart.html", context)


@require_POST
def change(request: HttpRequest, slug: str) -> HttpResponse:
    """Put in, take out, buy all, send back: one kind of behaviour for each of the items that are named."""
    visitor = visitor_of(request, _with_cart(slug))
    storefront = visitor.storefront
    form = ActForm(request.POST)
    names = request.POST.getlist("item")[:MOST_AT_ONCE]
    if not form.is_valid() or form.cleaned_data["kind"] not in SAID or not names or any("\x00" in n for n in names):
        return HttpResponseBadRequest(_("This form was not understood. Go back, reload the page and try again."))
    kind = form.cleaned_data["kind"]
    found = Item.objects.filter(storefront=storefront, external_id__in=names)
    # What went back or came out may be sold out by now; nobody can put in or buy what is.
    items = list(found if kind in (TAKEN_OUT, SENT_BACK) else found.available())
    if kind in (PUT_IN, BOUGHT):
        items = allowed(storefront, items)
    if not items:
        return HttpResponseBadRequest(_("That cannot be had any more."))
    person = visitor_becomes_person(visitor)
    stamp = f"{EVENT_PREFIX}{person.pk}:{form.cleaned_data['token']}"
    recommendation = str(form.cleaned_data["r"] or "")
    behaviours_record(
        storefront=storefront,
        records=[
            fact(person, item.external_id, kind, f"{stamp}:{item.pk}:{kind}", recommendation=recommendation)
            for item in items
        ],
    )
    several = ngettext("%(n)s item is in your cart.", "%(n)s items are in your cart.", len(items)) % {"n": len(items)}
    messages.success(request, several if kind == PUT_IN and len(items) > 1 else SAID[kind])
    response = HttpResponseRedirect(next_or(request, reverse("storefront:cart", args=[slug])))
    visitor_remember(response, visitor)
    return response


def cart_functions(visitor: Visitor, item: Item, lists: Sequence[list[Card]], *, record: bool) -> dict[str, Any]:
    """For an item's page: a bundle with its total, what goes with it, and what could stand in for it.

    `lists` stand on the page already; what comes again here is taken out of them.
    """
    storefront, person = visitor.storefront, visitor.person
    refused = selectors.refusals_of(storefront, person)
    options = {"storefront": storefront, "items": [item], "person": person, "refused": refused, "record": record}
    bundle = [
        card
        for card in with_source_reasons(goes_with(count=BUNDLE, **options), storefront)
        if card.item.price is not None
    ]
    taken = [card.item.pk for card in bundle]
    with_it = goes_with(count=4, sources=[COMPLEMENTS], together=False, exclude=taken, **options)
    taken += [entry.item.pk for entry in with_it.items]
    instead = goes_with(count=4, sources=[SUBSTITUTES], together=False, exclude=taken, **options)
    taken += [entry.item.pk for entry in instead.items]
    taken_out(lists, taken)
    together = [item, *(card.item for card in bundle)]
    available = bool(allowed(storefront, [item]))
    return {
        "bundle": bundle if available and item.price is not None and total_of(together) else [],
        "bundle_items": together,
        "bundle_total": total_of(together),
        "goes_with": [card_of(entry, storefront, with_it.id) for entry in with_it.items],
        "shelf": item.categories[-1] if item.categories else "",
        "instead": [card_of(entry, storefront, instead.id) for entry in instead.items],
    }


def with_source_reasons(served: Served, storefront: Storefront) -> list[Card]:
    """Cards that say what brought them up; what is proposed for several things at once goes with a cart."""
    worded = registry.vertical(storefront.vertical).source_reasons
    language = language_of()
    reasons = {slug: say(words, language) for slug, words in worded.items()} | {
        COMPLEMENTS[0]: _("Goes with what is in your cart"),
        TOGETHER: _("Often bought together"),
    }
    return [
        Card(entry.item, storefront, served.id, entry.position, reasons.get(entry.source, ""), entry.source)
        for entry in served.items
    ]


def total_of(items: Sequence[Item]) -> str:
    """The sum of the prices, as people read it; empty where something has none or currencies differ."""
    currencies = {item.currency for item in items}
    if len(currencies) != 1 or any(item.price is None for item in items):
        return ""
    return money(sum(item.price for item in items), currencies.pop())


def allowed(storefront: Storefront, items: Sequence[Item]) -> list[Item]:
    """Those that every rule lets through: nothing sold out."""
    vertical = registry.vertical(storefront.vertical)
    columns = selectors.items_as_columns(storefront, items, texts=False)
    mask = pipeline.allow(vertical.rules, columns, Query()) if items else []
    return [item for item, may in zip(items, mask, strict=True) if may]


def _with_cart(slug: str) -> Storefront:
    storefront = storefront_or_404(slug)
    if not has_cart(storefront):
        raise Http404
    return storefront
