"""What visitors write about an item: reviews and comments. They are behaviours with a text, and shown below the item.

Nothing is shown of a person but the name that they gave. On sites where consent comes first nobody reads what others
wrote: there it goes to the language side alone.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from behaviour.kinds import consent_first, kinds_for
from behaviour.models import Behaviour
from behaviour.services import behaviours_record
from catalog.models import Item, Storefront

from .. import registry
from ..services.facts import circle_of
from .facts import fact
from .flashes import flash_tags
from .pages import item_or_404, storefront_or_404
from .verbs import EVENT_PREFIX
from .visitor import Visitor, visitor_becomes_person, visitor_of, visitor_remember

SHOWN = 20
LONGEST = 2000  # characters
#: Kind → what the form asks, what it says afterwards, and the heading of what others wrote.
KINDS = {
    "review": (gettext_lazy("Write a review"), gettext_lazy("Your review is published."), gettext_lazy("Reviews")),
    "comment": (gettext_lazy("Write a comment"), gettext_lazy("Your comment is published."), gettext_lazy("Comments")),
}


class TextForm(forms.Form):
    kind = forms.ChoiceField(choices=[(kind, kind) for kind in KINDS])
    text = forms.CharField(max_length=LONGEST)
    token = forms.RegexField(r"^[\w-]{1,32}$")
    stars = forms.IntegerField(required=False, min_value=1, max_value=5)


@dataclass(frozen=True)
class Written:
    """One text. `event` lets its author take it back; `author` is an id with a page where the site has authors."""

    name: str
    text: str
    at: datetime
    stars: int | None = None
    author: str = ""
    event: str = ""


@dataclass(frozen=True)
class Texts:
    """Everything below an item, and the form above it."""

    kind: str
    ask: str
    heading: str
    stars: bool
    rows: list[Written]


def texts_of(visitor: Visitor, item: Item) -> Texts | None:
    """None where the vertical has no kind for it, or where what people write is nobody else's business."""
    storefront = visitor.storefront
    kind = kind_of(storefront)
    if not kind:
        return None
    ask, _said, heading = KINDS[kind]
    return Texts(kind, ask, heading, _has_stars(storefront), _rows(visitor, item, kind))


def kind_of(storefront: Storefront) -> str:
    """The kind of text that the site's visitors write about items; empty where there is none."""
    if consent_first(storefront.vertical):
        return ""
    return next((kind for kind in KINDS if kind in kinds_for(storefront.vertical)), "")


def unwelcome(visitor: Visitor) -> Collection[int]:
    """Primary keys of those whose words the visitor must not see."""
    if visitor.person is None or not registry.vertical(visitor.storefront.vertical).author:
        return ()
    return circle_of(visitor.person).hidden


@require_POST
def write(request: HttpRequest, slug: str, external_id: str) -> HttpResponse:
    """Publish one text, with its stars as a rating of their own where the vertical rates."""
    storefront = storefront_or_404(slug)
    item = item_or_404(storefront, external_id)
    form = TextForm(request.POST)
    kind = kind_of(storefront)
    if not form.is_valid() or form.cleaned_data["kind"] != kind:
        return HttpResponseBadRequest(
            _("Write between one and %(n)s characters. Go back to change it.") % {"n": LONGEST}
        )
    sent = form.cleaned_data
    visitor = visitor_of(request, storefront)
    person = visitor_becomes_person(visitor)
    event_id = f"{EVENT_PREFIX}{person.pk}:{sent['token']}:{item.pk}:{kind}"
    records = [fact(person, item.external_id, kind, event_id, text=sent["text"])]
    if sent["stars"] and _has_stars(storefront):
        records.append(fact(person, item.external_id, "rating", f"{event_id}:stars", value=float(sent["stars"])))
    # A conflict is the same form sent twice: what was published the first time stands.
    report = behaviours_record(storefront=storefront, records=records)
    if report.errors:
        return HttpResponseBadRequest(str(report.errors[0]))
    messages.success(request, KINDS[kind][1], extra_tags=flash_tags(event_id, item))
    path = reverse("storefront:item", args=[slug, item.external_id])
    response = HttpResponseRedirect(f"{path}#texts")
    visitor_remember(response, visitor)
    return response


def _rows(visitor: Visitor, item: Item, kind: str) -> list[Written]:
    rows = (
        Behaviour.objects.filter(item=item, kind=kind)
        .exclude(text="")
        .exclude(person__in=unwelcome(visitor))
        .select_related("person")[:SHOWN]
    )
    stars = _stars_of(item, [row.person_id for row in rows]) if _has_stars(visitor.storefront) else {}
    authors = bool(registry.vertical(visitor.storefront.vertical).author)
    own = visitor.person.pk if visitor.person else None
    return [
        Written(
            row.person.attributes.get("name") or (_("You") if row.person_id == own else _("A visitor")),
            row.text,
            row.occurred_at,
            stars.get(row.person_id),
            row.person.external_id if authors and not row.person.anonymous else "",
            row.event_id if row.person_id == own and row.event_id.startswith(EVENT_PREFIX) else "",
        )
        for row in rows
    ]


def _stars_of(item: Item, persons: list[int]) -> dict[int, int]:
    rows = Behaviour.objects.filter(item=item, kind="rating", person__in=persons).order_by("occurred_at", "id")
    return {person: round(value) for person, value in rows.values_list("person_id", "value") if value}


def _has_stars(storefront: Storefront) -> bool:
    rating = kinds_for(storefront.vertical).get("rating")
    return rating is not None and rating.maximum == 5
