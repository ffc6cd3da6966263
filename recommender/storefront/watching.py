"""Going on where one left off: the first shelf of a site that knows how far its visitors came."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from behaviour.services import behaviours_record
from catalog.models import Item

from ..services.resuming import WATCH, is_watched, parts_of, resume
from .cards import Card, card_of
from .facts import fact
from .forms import ActForm
from .pages import item_or_404, next_or, storefront_or_404
from .shelves import Shelf
from .verbs import EVENT_PREFIX, done_by
from .visitor import Visitor, visitor_becomes_person, visitor_of, visitor_remember

STOPS = (25, 50, 75)  # percent at which somebody may say that they stopped


@require_POST
def watched(request: HttpRequest, slug: str, external_id: str) -> HttpResponse:
    """Say how far one came, as a player would."""
    storefront = storefront_or_404(slug)
    if not is_watched(storefront):
        raise Http404
    item = item_or_404(storefront, external_id)
    form = ActForm({**request.POST.dict(), "kind": WATCH})
    percent = request.POST.get("percent", "")
    if not form.is_valid() or percent not in {str(stop) for stop in STOPS}:
        return HttpResponseBadRequest(_("This form was not understood. Go back, reload the page and try again."))
    visitor = visitor_of(request, storefront)
    person = visitor_becomes_person(visitor)
    event_id = f"{EVENT_PREFIX}{person.pk}:{form.cleaned_data['token']}:{item.pk}:{WATCH}:{percent}"
    behaviours_record(
        storefront=storefront,
        records=[fact(person, item.external_id, WATCH, event_id, value=int(percent) / 100)],
    )
    messages.success(request, _("Kept at %(n)s%%. It stands first on your page, to go on with.") % {"n": percent})
    response = HttpResponseRedirect(next_or(request, reverse("storefront:item", args=[slug, item.external_id])))
    visitor_remember(response, visitor)
    return response


def resumed(visitor: Visitor, *, record: bool) -> Shelf | None:
    """The shelf to go on with, where there is something."""
    if visitor.person is None or not is_watched(visitor.storefront):
        return None
    found = resume(storefront=visitor.storefront, person=visitor.person, record=record)
    cards = []
    for entry in found.served.items:
        before = found.after.get(entry.item.pk)
        reason = _("Next after “%(title)s”") % {"title": before} if before else ""
        card = card_of(replace(entry, reason=reason), visitor.storefront, found.served.id)
        cards.append(card if before else replace(card, progress=max(1, round(100 * found.shares[entry.item.pk]))))
    return Shelf("continue", _("Continue watching"), cards) if cards else None


def watching_functions(visitor: Visitor, item: Item) -> dict[str, Any]:
    """For an item's page: how far the visitor came, and the other parts of its series."""
    storefront = visitor.storefront
    if not is_watched(storefront):
        return {}
    done = done_by(visitor.person, item).get(WATCH)
    parts = parts_of(storefront, item)
    place = next((at for at, part in enumerate(parts) if part.pk == item.pk), None)
    following = parts[place + 1] if place is not None and place + 1 < len(parts) else None
    return {
        "stops": STOPS,
        "progress": round(100 * done.value) if done and done.value else 0,
        "parts": [Card(part, storefront) for part in parts] if len(parts) > 1 else [],
        "next_part": Card(following, storefront) if following else None,
    }
