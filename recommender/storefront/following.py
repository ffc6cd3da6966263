"""A home page that follows what is done on it: which lists stay, what is asked for next, and why it changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from behaviour.kinds import HIDE_TOPIC, kinds_for
from behaviour.models import Behaviour

from .. import registry
from ..models import Recommendation
from .impressions import is_of
from .pages import language_of, uuid_or_none
from .shelves import Home, Shelf
from .verbs import EVENT_PREFIX, WELCOME, wording_of
from .visitor import Visitor

MOST_KEPT = 24  # lists that stand on a page
FRESH = timedelta(minutes=10)  # for so long a list says after what it was updated


def kept_of(request: HttpRequest, visitor: Visitor) -> list[Recommendation]:
    """The lists that stay on the page, as its script names them: what is in them is not shown again."""
    named = [served for text in request.GET.getlist("keep")[:MOST_KEPT] if (served := uuid_or_none(text))]
    if not named:
        return []
    rows = Recommendation.objects.filter(pk__in=named, storefront=visitor.storefront)
    return [served for served in rows if is_of(served, visitor)]


def more_of(home: Home, kept: list[Recommendation], above: Sequence[Shelf] = ()) -> str:
    """The address of the shelves that follow; empty where there are none. `above` stand on the page beside home's."""
    if home.rest is None:
        return ""
    named = [str(served.pk) for served in kept] + [shelf.first.recommendation for shelf in (*above, *home.shelves)]
    query = urlencode({"at": home.rest, "keep": [served for served in named if served]}, doseq=True)
    return f"{reverse('storefront:shelves', args=[home.visitor.storefront.slug])}?{query}"


def after_last(visitor: Visitor) -> str:
    """What the lists were last updated after, while that is news; empty else, and where nothing follows."""
    if visitor.person is None or not visitor.personalised:
        return ""
    since, vertical = timezone.now() - FRESH, registry.vertical(visitor.storefront.vertical)
    rows = Behaviour.objects.filter(person=visitor.person, occurred_at__gte=since, event_id__startswith=EVENT_PREFIX)
    last = rows.exclude(kind__in=("view", "search")).select_related("item").order_by("-occurred_at", "-id").first()
    if last is None:
        return ""
    if last.kind == HIDE_TOPIC:
        if vertical.is_sensitive([last.text]):
            return _("Updated after what you hid.")
        return _("Updated after you hid %(topic)s.") % {"topic": last.text}
    if last.event_id.startswith(f"{EVENT_PREFIX}{visitor.person.pk}:{WELCOME}:"):
        return _("From what you picked and did here.")
    kind = kinds_for(visitor.storefront.vertical).get(last.kind)
    if kind is None or last.item is None:
        return ""
    if vertical.is_sensitive(last.item.categories):  # a heading would retell it
        return _("Updated after what you did.")
    return str(wording_of(visitor.storefront, kind, language_of()).after).format(title=last.item.title)


def suffix_of(kept: list[Recommendation]) -> str:
    """Keeps the names of headings apart from those of the lists that stay."""
    return f"-{len(kept)}" if kept else ""
