"""What comes back after an action: the part of the page that changed, or the page itself with a notice."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from catalog.models import Item

from ..models import Recommendation
from .cards import Card
from .flashes import flash_tags
from .pages import fragment, language_of, next_or, uuid_or_none
from .panels import acts_panel, card_tools, next_shelf
from .visitor import Visitor, visitor_remember
from .why import why_of

MOST_BESIDE = 8  # lists on an item's page


@dataclass(frozen=True)
class Acted:
    """What became of it: `said` is announced, `event` can be taken back, `gone` takes the item off the page.

    `short` stands in the item's place then; `after` heads what changed.
    """

    said: str
    kind: str
    event: str = ""
    gone: bool = False
    short: str = ""
    after: str = ""
    undo_url: str = ""  # where the event is taken back, if not with the item
    topic: str = ""  # what the page's other cards of it follow: they go, or come back where nothing is gone


def answer(request: HttpRequest, visitor: Visitor, item: Item, sent: dict, acted: Acted) -> HttpResponse:
    """For htmx the card or the buttons of the item; for browsers without script the page that the form names."""
    recommendation = str(sent["r"] or "")
    if not request.htmx:
        tags = flash_tags(acted.event, None if acted.undo_url else item)
        messages.success(request, acted.said, extra_tags=tags)
        otherwise = reverse("storefront:item", args=[visitor.storefront.slug, item.external_id])
        response = HttpResponseRedirect(next_or(request, otherwise))
        visitor_remember(response, visitor)
        return response
    card = Card(item, visitor.storefront, recommendation, sent["p"] or 0)
    if sent["card"]:
        context = {"card": card, "acted": acted, **card_tools(visitor)}
        return _announced(fragment(request, visitor, "storefront/acted_card.html", context), acted)
    language = language_of()
    named = request.POST.get("beside", "").split(",")[:MOST_BESIDE]
    beside = [one for text in named if (one := uuid_or_none(text))]
    context = {
        "card": card,
        "acted": acted,
        **acts_panel(visitor, item, recommendation, beside=",".join(map(str, beside)), language=language),
        "why": why_of(visitor, item, language),
        "next": next_shelf(visitor, item, _items_of(beside, visitor), language, note=acted.after),
    }
    return _announced(fragment(request, visitor, "storefront/acted_item.html", context), acted)


def _announced(response: HttpResponse, acted: Acted) -> HttpResponse:
    """The page's script asks for the lists again, and says why they changed."""
    told = {"after": acted.after or _("Your lists are updated."), "topic": acted.topic, "gone": acted.gone}
    response["HX-Trigger"] = json.dumps({"acted": told})
    return response


def _items_of(recommendations: list[uuid.UUID], visitor: Visitor) -> list[int]:
    """Primary keys of the items of served lists."""
    served = Recommendation.objects.filter(pk__in=recommendations, storefront=visitor.storefront)
    return [entry[0] for items in served.values_list("items", flat=True) for entry in items]
