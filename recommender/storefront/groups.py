"""Groups: what a community's posts are sorted into. Joining one brings its posts up; leaving ends that at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from behaviour.kinds import person_schema_for
from behaviour.models import Person
from behaviour.services import profile_tell
from catalog.models import Storefront

from .. import registry, selectors, serving
from ..services import history_for, topics_of
from ..services.facts import circle_of
from .pages import next_or, storefront_or_404, storefront_page
from .visitor import Visitor, visitor_becomes_person, visitor_of, visitor_remember

#: The attribute of a person that holds the groups they joined.
GROUPS = "groups"
MOST = 60


@dataclass(frozen=True)
class Group:
    name: str
    count: int
    joined: bool
    reason: str = ""


@require_safe
def groups(request: HttpRequest, slug: str) -> HttpResponse:
    """The groups that the visitor is in, then those that they might join, with the reason."""
    visitor = visitor_of(request, _with_groups(slug))
    found = groups_of(visitor)
    context = {
        "mine": [group for group in found if group.joined],
        "others": [group for group in found if not group.joined],
        "tab": "groups",
    }
    return storefront_page(request, visitor, "storefront/groups.html", context)


@require_POST
def change(request: HttpRequest, slug: str) -> HttpResponse:
    """Join or leave."""
    visitor = visitor_of(request, _with_groups(slug))
    name, leave = request.POST.get("group", ""), "leave" in request.POST
    # What somebody is in can be left, though nobody writes there any more.
    known = leave and name in joined(visitor.person)
    if not known and name not in {topic.name for topic in topics_of(visitor.storefront, MOST)}:
        return HttpResponseBadRequest(_("There is no such group."))
    person = visitor_becomes_person(visitor)
    mine = [group for group in joined(person) if group != name]
    visitor.person = profile_tell(person=person, answers={GROUPS: mine if leave else [*mine, name]})
    said = _("You left %(group)s.") if leave else _("You joined %(group)s. Its posts come up in your feed.")
    messages.success(request, said % {"group": name})
    response = HttpResponseRedirect(next_or(request, reverse("storefront:groups", args=[slug])))
    visitor_remember(response, visitor)
    return response


def joined(person: Person | None) -> list[str]:
    found = person.attributes.get(GROUPS) if person is not None else None
    return [group for group in found if isinstance(group, str)] if isinstance(found, list) else []


def has_groups(storefront: Storefront) -> bool:
    """Whether the vertical lets people join what its items are sorted into."""
    vertical = registry.vertical(storefront.vertical)
    return bool(vertical.author) and any(field.name == GROUPS for field in person_schema_for(storefront.vertical))


def groups_of(visitor: Visitor) -> list[Group]:
    """Every group; those with a reason to join first, the largest next."""
    storefront, person = visitor.storefront, visitor.person
    mine = set(joined(person))
    writes = _written_by_followed(visitor)
    reads = _read(visitor)
    found = [
        Group(topic.name, topic.count, topic.name in mine, _reason(writes.get(topic.name, 0), reads.get(topic.name, 0)))
        for topic in topics_of(storefront, MOST)
    ]
    weight = {name: 2 * writes.get(name, 0) + reads.get(name, 0) for name in {*writes, *reads}}
    return sorted(found, key=lambda group: (-weight.get(group.name, 0), -group.count, group.name))


def _reason(writers: int, reads: int) -> str:
    if writers:
        words = ngettext("%(n)s person you follow writes here", "%(n)s people you follow write here", writers)
        return words % {"n": writers}
    return _("You have been reading its posts") if reads else ""


def _written_by_followed(visitor: Visitor) -> Mapping[str, int]:
    """Group → how many of those whom the visitor follows write in it."""
    if visitor.person is None or not selectors.personalised(visitor.storefront, visitor.person):
        return {}
    pks = list(circle_of(visitor.person).mine)
    followed = set(Person.objects.filter(pk__in=pks).values_list("external_id", flat=True))
    author = registry.vertical(visitor.storefront.vertical).author
    items = serving.live(visitor.storefront).catalogue.items
    writers: dict[str, set[str]] = {}
    for attributes, categories in zip(items.attributes, items.categories, strict=True):
        if (name := attributes.get(author)) in followed:
            for category in categories:
                writers.setdefault(category, set()).add(name)
    return {group: len(names) for group, names in writers.items()}


def _read(visitor: Visitor) -> Counter[str]:
    """Group → how many of its posts the visitor liked, saved or opened, as far as they allow."""
    history = history_for(visitor.storefront, visitor.person, visitor.session)
    catalogue = serving.live(visitor.storefront).catalogue
    rows = (catalogue.row_of[pk] for pk in history.items if pk in catalogue.row_of)
    return Counter(category for row in rows for category in catalogue.items.categories[row])


def _with_groups(slug: str) -> Storefront:
    storefront = storefront_or_404(slug)
    if not has_groups(storefront):
        raise Http404
    return storefront
