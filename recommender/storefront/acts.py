"""What visitors do: plain forms, which htmx sends without leaving the page."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from behaviour.kinds import MORE, Kind, kinds_for
from behaviour.services import behaviour_retract, behaviours_record
from catalog.models import Item

from .. import selectors
from ..models import Recommendation
from .answers import Acted, answer
from .facts import fact, is_told
from .forms import ActForm, UndoForm
from .pages import LOOK_COOKIE, LOOKS, item_or_404, language_of, next_or, storefront_or_404
from .verbs import EVENT_PREFIX, IN_MENUS, impossible, is_offered, wording_of
from .visitor import YEAR, Visitor, browse_as_start, browse_as_stop, visitor_becomes_person, visitor_of


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
    if kind is None or not (is_offered(kind) or kind.name in IN_MENUS) or kind.name in impossible(item):
        return HttpResponseBadRequest(_("This cannot be done here."))
    visitor = visitor_of(request, storefront)
    person = visitor_becomes_person(visitor)
    value = sent["value"]
    event_id = (
        f"{EVENT_PREFIX}{person.pk}:{sent['token']}:{item.pk}:{kind.name}{'' if value is None else f':{value:g}'}"
    )
    recommendation = _known_recommendation(sent["r"], visitor)
    record = fact(person, external_id, kind.name, event_id, value=value, recommendation=recommendation)
    if not is_told(storefront, event_id):
        report = behaviours_record(storefront=storefront, records=[record])
        if report.errors:
            return HttpResponseBadRequest(str(report.errors[0]))
    return answer(request, visitor, item, sent, _acted(visitor, kind, item, event_id))


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
    said = _("Taken back. It is as if it had not happened.")
    after = _("Updated after you took back what you did with “%(title)s”.") % {"title": item.title}
    acted = Acted(said, retracted.kind if retracted else "", after=after)
    return answer(request, visitor, item, form.cleaned_data, acted)


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


def _acted(visitor: Visitor, kind: Kind, item: Item, event_id: str) -> Acted:
    """What is said of it is what it changes: with personalisation off that is nothing but what is hidden."""
    wording = wording_of(visitor.storefront, kind, language_of())
    said, after = (str(words).format(title=item.title) for words in (wording.said, wording.after))
    short = said
    if selectors.personalised(visitor.storefront, visitor.person):
        if kind.hides and item.categories:
            short = _("Hidden. Fewer from %(topic)s.") % {"topic": item.categories[-1]}
    elif not kind.hides:
        after = _("Personalisation is off: your lists stay as they are.")
        said = after if kind.name == MORE else said
    return Acted(said, kind.name, event_id, kind.hides, short, after)


def _known_recommendation(named, visitor: Visitor) -> str:
    known = named and Recommendation.objects.filter(pk=named, storefront=visitor.storefront).exists()
    return str(named) if known else ""
