"""What serving knows of an item or a person, on the pages about them: cover, figures, neighbours and trace."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from behaviour.admin.panels import COUNTED, DAYS, at_most, since_counted
from behaviour.models import Behaviour, Person
from catalog.admin.panels import Fact, Panel, facts_add, panel_add, picture_from
from catalog.models import Item

from ..models import Recommendation
from ..services import ServiceError, similar_persons
from ..services.inspections import inspect, why_not
from ..services.item_figures import days_shown, seen_lately
from .inspector import STEPS
from .names import placement_name
from .neighbours import neighbours_of
from .pictures import picture_of

FEW = 5  # of each measure stand in the tab; the page of neighbours has more
PERSONS = 10
LISTS = 10
INSPECTOR = "admin:recommender_recommendation_inspector"
FIRST_PLACE = "home"


def item_shown(request: HttpRequest, item: Item) -> list[Fact]:
    """How often it came into sight and was opened from lists, as far as that is known without reading all of them."""
    days = days_shown(item, timezone.now().date(), DAYS)
    seen = seen_lately(item)
    named = (
        Behaviour.objects.filter(item=item, occurred_at__gte=since_counted())
        .order_by("-occurred_at")
        .values_list("recommendation_id", flat=True)[: COUNTED + 1]
    )
    lists = set(named) - {None}
    return [
        Fact(_("Came into sight"), _("on %(n)s of %(days)s days") % {"n": days, "days": DAYS}),
        Fact(
            _("Seen lately"),
            f"{seen.item:,}",
            _("of the last %(n)s impressions here") % {"n": f"{seen.looked_at:,}"},
        ),
        Fact(_("Opened from lists"), at_most(len(lists)), _("in %(days)s days") % {"days": DAYS}),
    ]


def item_neighbours(request: HttpRequest, item: Item) -> str:
    try:
        shown = neighbours_of(request, item, FEW)
    except ServiceError as error:
        shown = {"problem": str(error)}
    return render_to_string("admin/recommender/item_neighbours.html", {**shown, "item": item}, request=request)


def item_trace(request: HttpRequest, item: Item) -> str:
    """Why the item is not what somebody unknown is shown first, and the way to ask for anybody else."""
    storefront = item.storefront
    context: dict[str, Any] = {
        "item": item,
        "place": placement_name(storefront, FIRST_PLACE),
        "ask": f"{reverse(INSPECTOR)}?{urlencode({'storefront': storefront.slug, 'item': item.pk})}",
    }
    try:
        found = why_not(inspect(storefront=storefront, placement=FIRST_PLACE, language=get_language() or "en"), item)
    except ServiceError as error:
        context["problem"] = str(error)
    else:
        context |= {"found": found, "step": str(STEPS[found.stage][0]) if found.stage else ""}
    return render_to_string("admin/recommender/item_trace.html", context)


def person_neighbours(request: HttpRequest, person: Person) -> str:
    try:
        context: dict[str, Any] = {
            "rows": similar_persons(storefront=person.storefront, person=person, count=PERSONS),
        }
    except (ServiceError, LookupError) as error:
        context = {"problem": str(error)}
    return render_to_string("admin/recommender/person_neighbours.html", context)


def person_trace(request: HttpRequest, person: Person) -> str:
    lists = Recommendation.objects.filter(person=person).order_by("-created_at")
    rows = [
        {
            "row": row,
            "place": placement_name(person.storefront, row.placement),
            "fallback": row.get_fallback_display() if row.fallback else "",
            "inspect": f"{reverse(INSPECTOR)}?{urlencode({'recommendation': row.pk})}",
        }
        for row in lists.defer("rest", "context", "exploration")[:LISTS]
    ]
    ask = f"{reverse(INSPECTOR)}?{urlencode({'person': person.pk, 'placement': FIRST_PLACE})}"
    return render_to_string("admin/recommender/person_trace.html", {"rows": rows, "ask": ask, "most": LISTS})


NEIGHBOURS, TRACE = gettext_lazy("Neighbours"), gettext_lazy("Trace")
SERVED, DONE = "recommender.view_recommendation", "behaviour.view_behaviour"

picture_from(Item, picture_of)
facts_add(Item, item_shown)
panel_add(Item, Panel("neighbours", NEIGHBOURS, item_neighbours, ("recommender.view_itemtie",)))
panel_add(Item, Panel("trace", TRACE, item_trace, (SERVED, DONE)))
panel_add(Person, Panel("neighbours", NEIGHBOURS, person_neighbours, ("behaviour.view_person", DONE)))
panel_add(Person, Panel("trace", TRACE, person_trace, (SERVED,)))
