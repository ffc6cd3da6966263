"""What people did, on the pages about an item and about a person: counts, and the latest events.

Nothing here reads more than a thousand events, however many there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.admin.panels import Fact, Panel, facts_add, panel_add
from catalog.models import Item, Storefront

from ..kinds import is_sensitive
from ..models import Behaviour, Person
from .behaviours import kind_label

DAYS = 28  # of which events are counted
COUNTED = 1_000
SHOWN = 50


def may_read_sensitive(request: HttpRequest, storefront: Storefront) -> bool:
    """Whoever may erase somebody has them in their care; see also `PersonAdmin.file_resource`."""
    caring = request.user.storefronts_allowed("behaviour.delete_person")
    return caring is None or storefront.pk in caring


def at_most(count: int) -> str:
    """A count that went no further than one beyond COUNTED."""
    return _("%(n)s or more") % {"n": f"{COUNTED:,}"} if count > COUNTED else f"{count:,}"


def since_counted():
    return timezone.now() - timedelta(days=DAYS)


def _counts(row: Item | Person, events: QuerySet[Behaviour]) -> Iterator[Fact]:
    recent = events.filter(occurred_at__gte=since_counted()).order_by("-occurred_at")
    kinds = list(recent.values_list("kind", flat=True)[: COUNTED + 1])
    yield Fact(_("Events in %(days)s days") % {"days": DAYS}, at_most(len(kinds)))
    of = _("of the newest %(n)s") % {"n": f"{COUNTED:,}"} if len(kinds) > COUNTED else ""
    for kind, count in Counter(kinds[:COUNTED]).most_common():
        yield Fact(kind_label(Behaviour(storefront=row.storefront, kind=kind)), f"{count:,}", of)


def item_counts(request: HttpRequest, item: Item) -> list[Fact]:
    return list(_counts(item, Behaviour.objects.filter(item=item)))


def person_counts(request: HttpRequest, person: Person) -> list[Fact]:
    return list(_counts(person, Behaviour.objects.filter(person=person)))


def item_events(request: HttpRequest, item: Item) -> str:
    """The latest events that name the item, with who did it; of a sensitive item for those alone who care for people.

    What people typed about it stays out: their page shows it.
    """
    sensitive = is_sensitive(item.storefront.vertical, item.categories)
    withheld = sensitive and not may_read_sensitive(request, item.storefront)
    rows = [] if withheld else _latest(Behaviour.objects.filter(item=item).select_related("person"), item.storefront)
    return _drawn(rows, withheld="item" if withheld else "", with_person=True)


def person_events(request: HttpRequest, person: Person) -> str:
    """What the person did latest; what is sensitive for those alone who care for people."""
    rows = _latest(Behaviour.objects.filter(person=person).select_related("item"), person.storefront)
    left_out = 0
    if not may_read_sensitive(request, person.storefront):
        shown = [row for row in rows if not _is_sensitive(row)]
        left_out, rows = len(rows) - len(shown), shown
    return _drawn(rows, withheld="some" if left_out else "", with_person=False)


def _latest(events: QuerySet[Behaviour], storefront: Storefront) -> list[Behaviour]:
    rows = list(events.order_by("-occurred_at")[:SHOWN])
    for row in rows:
        row.storefront = storefront
    return rows


def _is_sensitive(row: Behaviour) -> bool:
    return is_sensitive(row.storefront.vertical, row.item.categories if row.item else None)


def _drawn(rows: Sequence[Behaviour], **about: Any) -> str:
    return render_to_string(
        "admin/behaviour/events.html", {"rows": [(row, kind_label(row)) for row in rows], "most": SHOWN, **about}
    )


EVENTS = {"title": gettext_lazy("Events"), "permissions": ("behaviour.view_behaviour",)}
panel_add(Item, Panel("events", draw=item_events, **EVENTS))
panel_add(Person, Panel("events", draw=person_events, **EVENTS))
facts_add(Item, item_counts)
facts_add(Person, person_counts)
