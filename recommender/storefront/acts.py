"""What visitors do: plain forms, which htmx sends without leaving the page."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from behaviour.kinds import kinds_for
from behaviour.services import behaviour_retract, behaviours_record
from catalog.models import Item

from ..models import Recommendation
from .cards import Card
from .facts import fact
from .flashes import flash_tags
from .forms import ActForm, UndoForm
from .pages import (
    LOOK_COOKIE,
    LOOKS,
    fragment,
    item_or_404,
    language_of,
    next_or,
    storefront_or_404,
    uuid_or_none,
)
from .panels import acts_panel, card_tools, next_shelf
from .verbs import EVENT_PREFIX, impossible, is_offered, wording_of
from .visitor import (
    YEAR,
    Visitor,
    browse_as_start,
    browse_as_stop,
    visitor_becomes_person,
    visitor_of,
    visitor_remember,
)
from .why import why_of


@dataclass(frozen=True)
class Acted:
    """What became of it: `said` is announced, `event` can be taken back, `gone` takes the item off the page."""

    said: str
    kind: str
    event: str = ""
    gone: bool = False


@require_POST
def act(request: HttpRequest, slug: str, external_id: str) -> HttpResponse:
    """Record one behaviour, and show that it counted."""
    storefront = storefront_or_404(slug)
    item = item_or_404(storefront, external_id)
    form = ActForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest(_("This form was not understood. Go back, reload the page and try again."))
    sent = form.cleaned_data
    kind = kinds_for(storefront.vertical).get(sent["kind"])
    if kind is None or not is_offered(kind) or kind.name in impossible(item):
        return HttpResponseBadRequest(_("This cannot be done here."))
    visitor = visitor_of(request, storefront)
    person = visitor_becomes_person(visitor)
    value = sent["value"]
    event_id = (
        f"{EVENT_PREFIX}{person.pk}:{sent['token']}:{item.pk}:{kind.name}{'' if value is None else f':{value:g}'}"
    )
    recommendation = _known_recommendation(sent["r"], visitor)
    # A conflict is the same button pressed twice: what was recorded the first time stands.
    report = behaviours_record(
        storefront=storefront,
        records=[fact(person, external_id, kind.name, event_id, value=value, recommendation=recommendation)],
    )
    if report.errors:
        return HttpResponseBadRequest(str(report.errors[0]))
    said = str(wording_of(storefront, kind, language_of()).said).format(title=item.title)
    return _answer(request, visitor, item, sent, Acted(said, kind.name, event_id, gone=kind.hides))


@require_POST
def undo(request: HttpRequest, slug: str, external_id: str) -> HttpResponse:
    """Take back something that was done here by mistake: the fact is erased, not contradicted."""
    storefront = storefront_or_404(slug)
    item = item_or_404(storefront, external_id)
    form = UndoForm(request.POST)
    visitor = visitor_of(request, storefront)
    if not form.is_valid() or not form.cleaned_data["event"].startswith(EVENT_PREFIX):
        return HttpResponseBadRequest(_("This form was not understood. Go back, reload the page and try again."))
    person = visitor.person
    retracted = person and behaviour_retract(person=person, event_id=form.cleaned_data["event"])
    acted = Acted(_("Taken back. It is as if it had not happened."), retracted.kind if retracted else "")
    return _answer(request, visitor, item, form.cleaned_data, acted)


@require_POST
def browse_as_choose(request: HttpRequest, slug: str) -> HttpResponse:
    """Start or, with nobody chosen, stop browsing as a demo person."""
    storefront = storefront_or_404(slug)
    chosen = request.POST.get("person", "")
    if not chosen:
        browse_as_stop(request, storefront)
    elif not browse_as_start(request, storefront, chosen):
        raise Http404
    return HttpResponseRedirect(reverse("storefront:home", args=[slug]))


@require_POST
def look(request: HttpRequest) -> HttpResponse:
    """Light, dark or as the system has it."""
    response = HttpResponseRedirect(next_or(request, reverse("storefront:storefronts")))
    if (chosen := request.POST.get("look", "")) in LOOKS:
        response.set_cookie(LOOK_COOKIE, chosen, max_age=YEAR, httponly=True, samesite="Lax")
    return response


def _answer(request: HttpRequest, visitor: Visitor, item: Item, sent: dict, acted: Acted) -> HttpResponse:
    """The part of the page that changed, for htmx; for browsers without script the page itself, with a notice."""
    recommendation = str(sent["r"] or "")
    if not request.htmx:
        messages.success(request, acted.said, extra_tags=flash_tags(acted.event, item))
        otherwise = reverse("storefront:item", args=[visitor.storefront.slug, item.external_id])
        response = HttpResponseRedirect(next_or(request, otherwise))
        visitor_remember(response, visitor)
        return response
    card = Card(item, visitor.storefront, recommendation, sent["p"] or 0)
    if sent["card"]:
        context = {"card": card, "acted": acted, **card_tools(visitor.storefront)}
        return fragment(request, visitor, "storefront/acted_card.html", context)
    language = language_of()
    beside = uuid_or_none(request.POST.get("beside", ""))
    context = {
        "card": card,
        "acted": acted,
        **acts_panel(visitor, item, recommendation, beside=str(beside or ""), language=language),
        "why": why_of(visitor, item, language),
        "next": next_shelf(
            visitor, item, _items_of(beside, visitor), language, note=_("Updated by what you just did.")
        ),
    }
    return fragment(request, visitor, "storefront/acted_item.html", context)


def _known_recommendation(named, visitor: Visitor) -> str:
    known = named and Recommendation.objects.filter(pk=named, storefront=visitor.storefront).exists()
    return str(named) if known else ""


def _items_of(recommendation, visitor: Visitor) -> list[int]:
    """Primary keys of the items of a served list."""
    if recommendation is None:
        return []
    served = Recommendation.objects.filter(pk=recommendation, storefront=visitor.storefront).first()
    return [entry[0] for entry in served.items] if served else []
