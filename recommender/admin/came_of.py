"""What became of one served list, moment by moment."""

from __future__ import annotations

from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from behaviour.models import Behaviour
from catalog.models import Item
from catalog.schema import say

from .. import registry
from ..evaluation.online import CLICK_WINDOW, GOAL_WINDOW
from ..models import Click, Impression, Recommendation

MOST = 100


def came_of(served: Recommendation) -> SafeString:
    """A table in the order of time. What came too late to count says so."""
    impressions = list(Impression.objects.filter(recommendation=served)[:MOST])
    first = min((one.seen_at for one in impressions), default=None)
    clicks = Click.objects.filter(recommendation=served)[:MOST]
    named = Behaviour.objects.filter(storefront=served.storefront_id, recommendation_id=served.pk)
    events = list(named.select_related("item").order_by("pk")[:MOST])
    titles = dict(Item.objects.filter(pk__in=[pk for pk, *_rest in served.items]).values_list("pk", "title"))
    kinds = _kinds(served)

    def row(at, what: str, title: str, position: int | None, window: float | None) -> dict[str, Any]:
        late = window is not None and first is not None and (at - first).total_seconds() > window
        note = _("too late to count") if late else _("not seen: does not count") if window and first is None else ""
        return {"at": at, "what": what, "title": title, "position": position, "note": note}

    def title(position: int) -> str:
        return titles.get(served.items[position][0], "") if position < len(served.items) else ""

    rows = [row(one.seen_at, _("came into sight"), title(one.position), one.position + 1, None) for one in impressions]
    rows += [row(one.clicked_at, _("opened"), title(one.position), one.position + 1, CLICK_WINDOW) for one in clicks]
    rows += [
        row(one.occurred_at, kinds.get(one.kind, one.kind), one.item.title if one.item else one.text, None, GOAL_WINDOW)
        for one in events
    ]
    rows.sort(key=lambda found: found["at"])
    return render_to_string("admin/recommender/came_of.html", {"rows": rows})


def _kinds(served: Recommendation) -> dict[str, str]:
    vertical = registry.verticals().get(served.storefront.vertical)
    language = get_language() or "en"
    return {kind.name: say(kind.label, language) for kind in vertical.kinds} if vertical else {}
