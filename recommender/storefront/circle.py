"""People on a site whose items have authors: their pages, whom to follow and why, following, muting, blocking."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from behaviour.models import Person, Relationship
from behaviour.services import TieError, relationship_end, relationship_make
from behaviour.services.ties import BLOCKS, FOLLOWS, MUTES
from catalog.models import Item, Storefront

from .. import registry
from ..covers import cover_svg
from ..services.facts import circle_of
from ..services.feeds import feed
from ..services.people import name_of, people_to_follow
from .cards import cards_of
from .pages import language_of, next_or, storefront_or_404, storefront_page
from .panels import card_tools
from .tallies import tallied
from .visitor import Visitor, is_looking, visitor_becomes_person, visitor_of, visitor_remember

A_PAGE = 24
SUGGESTED = 6
#: Kind → what is said when the tie is made, and when it ends.
SAID = {
    FOLLOWS: (gettext_lazy("You follow %(name)s."), gettext_lazy("You do not follow %(name)s any more.")),
    MUTES: (
        gettext_lazy("%(name)s is muted: you see nothing of theirs."),
        gettext_lazy("%(name)s is not muted any more."),
    ),
    BLOCKS: (
        gettext_lazy("%(name)s is blocked: neither of you sees the other."),
        gettext_lazy("%(name)s is not blocked any more."),
    ),
}


@dataclass(frozen=True)
class Who:
    """A person as others see them. `ties`: kinds that lead from the visitor to them."""

    external_id: str
    name: str
    about: str = ""
    reason: str = ""
    ties: frozenset[str] = frozenset()
    itself: bool = False

    @property
    def cover(self) -> SafeString:
        return mark_safe(cover_svg("social", self.name, self.external_id))

    @property
    def follows(self) -> bool:
        return FOLLOWS in self.ties

    @property
    def muted(self) -> bool:
        return MUTES in self.ties

    @property
    def blocked(self) -> bool:
        return BLOCKS in self.ties


@require_safe
def person(request: HttpRequest, slug: str, external_id: str) -> HttpResponse:
    """Who somebody is and what they wrote. Whoever blocked the visitor is not there for them."""
    visitor = visitor_of(request, _with_authors(slug))
    storefront = visitor.storefront
    found = _person_or_404(visitor, external_id)
    who = who_of(visitor, found)
    cards = []
    if not who.muted and not who.blocked:
        author = registry.vertical(storefront.vertical).author
        served = feed(
            storefront=storefront,
            wanted=lambda attributes, _categories: attributes.get(author) == external_id,
            placement="person",
            count=A_PAGE,
            person=visitor.person,
            asked_for=True,
            record=is_looking(request),
        )
        cards = tallied(cards_of(served, storefront), storefront)
    context = {"who": who, "cards": cards, **card_tools(visitor)}
    return storefront_page(request, visitor, "storefront/person.html", context)


@require_safe
def following(request: HttpRequest, slug: str) -> HttpResponse:
    """The newest by those whom the visitor follows, nothing else; and whom they might follow."""
    visitor = visitor_of(request, _with_authors(slug))
    storefront = visitor.storefront
    circle = circle_of(visitor.person) if visitor.person else None
    mine = set(_external_ids(circle.mine)) if circle else set()
    author = registry.vertical(storefront.vertical).author
    cards = []
    if mine:
        served = feed(
            storefront=storefront,
            wanted=lambda attributes, _categories: attributes.get(author) in mine,
            placement="following",
            count=A_PAGE,
            person=visitor.person,
            record=is_looking(request),
        )
        cards = tallied(cards_of(served, storefront), storefront)
    context = {
        "cards": cards,
        "followed": len(mine),
        "people": suggested(visitor, SUGGESTED),
        "hidden": hidden_by(visitor),
        "tab": "following",
        **card_tools(visitor),
    }
    return storefront_page(request, visitor, "storefront/following.html", context)


@require_POST
def tie(request: HttpRequest, slug: str, external_id: str) -> HttpResponse:
    """Follow, mute or block somebody, or take it back. It holds for the very next page."""
    visitor = visitor_of(request, _with_authors(slug))
    kind, end = request.POST.get("kind", ""), "end" in request.POST
    if kind not in SAID:
        return HttpResponseBadRequest(_("This cannot be done here."))
    other = _person_or_404(visitor, external_id)
    mine = visitor_becomes_person(visitor)
    try:
        if end:
            relationship_end(source=mine, target=other, kind=kind)
        else:
            relationship_make(source=mine, target=other, kind=kind)
    except TieError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, SAID[kind][end] % {"name": name_of(other)})
    response = HttpResponseRedirect(next_or(request, reverse("storefront:following", args=[slug])))
    visitor_remember(response, visitor)
    return response


def suggested(visitor: Visitor, count: int) -> list[Who]:
    """People to follow, each with the true reason."""
    found = people_to_follow(storefront=visitor.storefront, person=visitor.person, count=count, language=language_of())
    return [
        Who(one.person.external_id, one.name, str(one.person.attributes.get("about", "")), one.reason) for one in found
    ]


def who_of(visitor: Visitor, found: Person) -> Who:
    ties = (
        Relationship.objects.filter(source=visitor.person, target=found).values_list("kind", flat=True)
        if visitor.person
        else ()
    )
    itself = visitor.person == found
    return Who(found.external_id, name_of(found), str(found.attributes.get("about", "")), "", frozenset(ties), itself)


def author_of(visitor: Visitor, item: Item) -> Who | None:
    """Whoever wrote an item, with the visitor's ties to them; None where nobody is named or known."""
    name = item.attributes.get(registry.vertical(visitor.storefront.vertical).author)
    found = isinstance(name, str) and Person.objects.filter(storefront=visitor.storefront, external_id=name).first()
    return who_of(visitor, found) if found else None


def hidden_by(visitor: Visitor) -> list[Who]:
    """Whom the visitor muted or blocked themselves: the list on which it can be taken back."""
    if visitor.person is None:
        return []
    rows = _ties_of(visitor.person, (MUTES, BLOCKS))
    kinds: dict[Person, set[str]] = {}
    for row in rows:
        kinds.setdefault(row.target, set()).add(row.kind)
    return [Who(one.external_id, name_of(one), ties=frozenset(found)) for one, found in kinds.items()]


def ties_of(visitor: Visitor) -> list[Who]:
    """Every tie that leads from the visitor to somebody, each by itself, so that each can be ended."""
    if visitor.person is None or not registry.vertical(visitor.storefront.vertical).author:
        return []
    rows = _ties_of(visitor.person, tuple(SAID)).order_by("kind", "target_id")
    return [Who(row.target.external_id, name_of(row.target), ties=frozenset({row.kind})) for row in rows]


def _ties_of(person: Person, kinds: tuple[str, ...]) -> QuerySet[Relationship]:
    return Relationship.objects.filter(source=person, kind__in=kinds).select_related("target")


def _with_authors(slug: str) -> Storefront:
    storefront = storefront_or_404(slug)
    if not registry.vertical(storefront.vertical).author:
        raise Http404
    return storefront


def _person_or_404(visitor: Visitor, external_id: str) -> Person:
    """Somebody who goes by a name here; not those who blocked the visitor."""
    if "\x00" in external_id:
        raise Http404
    found = Person.objects.filter(storefront=visitor.storefront, external_id=external_id, anonymous=False).first()
    if found is None:
        raise Http404
    if visitor.person and Relationship.objects.filter(source=found, target=visitor.person, kind=BLOCKS).exists():
        raise Http404
    return found


def _external_ids(pks) -> list[str]:
    return list(Person.objects.filter(pk__in=list(pks)).values_list("external_id", flat=True))
