"""What came into sight, told by the page's own script, and what was opened, told by the address of a card's link.

Nothing is written when a page is made: a list that nobody scrolled to was not seen.
"""

from __future__ import annotations

import uuid
from collections import defaultdict

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from catalog.models import Item

from ..models import Recommendation
from ..services import ServiceError, click_record, impressions_record, positions_of
from .pages import storefront_or_404, uuid_or_none
from .visitor import Visitor, is_robot, visitor_of

MOST_TOLD = 200  # places in one message: a page shows fewer
PLACES = 4  # digits of a position


@require_POST
def seen(request: HttpRequest, slug: str) -> HttpResponse:
    """`seen`: "<list>:<position>" entries with commas between them. Lists of somebody else are left out."""
    visitor = visitor_of(request, storefront_or_404(slug))
    told = _told(request.POST.get("seen", ""))
    if told is None:
        return HttpResponseBadRequest(
            _("seen must be up to %(most)s entries LIST:POSITION with commas between them.") % {"most": MOST_TOLD}
        )
    if not is_robot(request):
        for recommendation in Recommendation.objects.filter(pk__in=told, storefront=visitor.storefront):
            if is_of(recommendation, visitor):
                _seen_record(recommendation, told[recommendation.pk])
    return HttpResponse(status=204)


def is_of(recommendation: Recommendation, visitor: Visitor) -> bool:
    """Whether the list was made for this visitor: for the person, or for nobody yet; its id is known to its reader."""
    return recommendation.person_id is None or (
        visitor.person is not None and recommendation.person_id == visitor.person.pk
    )


def opened_record(visitor: Visitor, item: Item, recommendation: Recommendation | None) -> None:
    """The visitor opened the item from a list: a click, the first time."""
    position = None if recommendation is None else positions_of(recommendation).get(item.pk)
    if position is None or not is_of(recommendation, visitor):
        return
    try:
        click_record(recommendation=recommendation, position=position)
    except ServiceError:
        return  # an address that was kept for days tells of no list that is still on a screen


def _seen_record(recommendation: Recommendation, positions: set[int]) -> None:
    length = len(recommendation.items)
    try:
        impressions_record(recommendation=recommendation, seen={at: None for at in positions if at < length})
    except ServiceError:
        return  # a page that was left open for days


def _told(text: str) -> dict[uuid.UUID, set[int]] | None:
    """List → positions in it; None for what no page of ours sends."""
    entries = text.split(",")
    if len(entries) > MOST_TOLD:
        return None
    told: defaultdict[uuid.UUID, set[int]] = defaultdict(set)
    for entry in entries:
        named, _colon, position = entry.partition(":")
        served = uuid_or_none(named)
        if served is None or not (position.isascii() and position.isdigit()) or len(position) > PLACES:
            return None
        told[served].add(int(position))
    return dict(told)
