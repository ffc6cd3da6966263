"""What every page of a storefront needs, and who may see it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language

from catalog.models import Item, Storefront
from catalog.schema import say

from .. import registry
from ..contracts import Vertical
from ..models import Recommendation
from ..services import topics_of
from .flashes import flashes_of
from .rendering import rendered
from .verbs import saves_kind
from .visitor import Visitor, browse_as_offered, visitor_remember

#: Pages without a placement of their own: what stands on them is recommended as in the placement beside them.
PLACEMENTS = {"ask": "search", "topic": "home"}
LOOK_COOKIE = "kindred_look"
LOOKS = ("system", "light", "dark")


def storefront_or_404(slug: str) -> Storefront:
    """An open storefront whose vertical is installed; one that is neither looks like none at all."""
    storefront = Storefront.objects.filter(slug=slug, active=True).first()
    if storefront is None or storefront.vertical not in registry.verticals():
        raise Http404
    return storefront


def item_or_404(storefront: Storefront, external_id: str) -> Item:
    if "\x00" in external_id:
        raise Http404
    item = Item.objects.filter(storefront=storefront, external_id=external_id).available().first()
    if item is None:
        raise Http404
    item.storefront = storefront
    return item


def recommendation_named(request: HttpRequest, storefront: Storefront) -> Recommendation | None:
    """The served list that the visitor came from, if it is one of this storefront's."""
    named = uuid_or_none(request.GET.get("r", ""))
    return named and Recommendation.objects.filter(pk=named, storefront=storefront).first()


def page_of(request: HttpRequest, paginator: Paginator) -> Page:
    """The page that the address names; a 404 where there is none."""
    text = request.GET.get("page", "1")
    if not (text.isascii() and text.isdigit()) or len(text) > 6 or not 1 <= int(text) <= paginator.num_pages:
        raise Http404
    return paginator.page(int(text))


def uuid_or_none(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def storefront_page(
    request: HttpRequest, visitor: Visitor, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """A whole page, with the cookies that make the visitor known again."""
    storefront = visitor.storefront
    language = language_of()
    vertical = registry.vertical(storefront.vertical)
    shared = {
        "storefront": storefront,
        "vertical_name": say(vertical.name, language),
        "care": care_of(vertical, PLACEMENTS.get(page := Path(template).stem, page), language),
        "visitor": visitor,
        "topics": topics_of(storefront, language=language),
        "browse_as": bool(browse_as_offered(storefront)),
        "saves_here": bool(saves_kind(storefront)),
        "flashes": flashes_of(request, storefront),
        **look_of(request),
    }
    return fragment(request, visitor, template, {**shared, **context}, status)


@dataclass(frozen=True)
class Care:
    """What a vertical wants to be read before its recommendations."""

    title: str
    text: str
    points: list[str]


def care_of(vertical: Vertical, placement: str, language: str) -> Care | None:
    """The vertical's notice, where it has one for this place."""
    notice = vertical.notice
    if notice is None or placement not in notice.placements:
        return None
    return Care(
        say(notice.title, language), say(notice.text, language), [say(point, language) for point in notice.points]
    )


def fragment(
    request: HttpRequest, visitor: Visitor, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """A page or a part of one, in the look of the storefront's vertical."""
    html = rendered(request, visitor.storefront.vertical, template, {"storefront": visitor.storefront, **context})
    response = HttpResponse(html, status=status)
    # Pages are somebody's own: a shared cache must not keep them; the browser may, and asks before using them again.
    response["Cache-Control"] = "private, no-cache"
    visitor_remember(response, visitor)
    return response


def look_of(request: HttpRequest) -> dict[str, Any]:
    """Light, dark or as the system has it; empty while the visitor did not choose: then the vertical decides."""
    chosen = request.COOKIES.get(LOOK_COOKIE, "")
    return {"look": chosen if chosen in LOOKS else "", "looks": LOOKS}


def language_of() -> str:
    return get_language() or "en"


def only_by_form(view: Callable[..., HttpResponse], page: str) -> Callable[..., HttpResponse]:
    """`view`, which a form is sent to. Who opens its address, by a reload or from the history, gets the form's page."""

    @wraps(view)
    def received(request: HttpRequest, **named: str) -> HttpResponse:
        if request.method in ("GET", "HEAD"):
            return HttpResponseRedirect(reverse(f"storefront:{page}", kwargs=named))
        return view(request, **named)

    return received


def next_or(request: HttpRequest, otherwise: str) -> str:
    """The page of this site that a form names as the one to go on with."""
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else otherwise
