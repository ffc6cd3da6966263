"""Whom somebody might follow, and why."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from behaviour.models import Person, Relationship
from behaviour.services.ties import NEAR
from catalog.models import Storefront

from .. import selectors, serving
from ..algorithms.social import Suggestion, suggestions
from ..contracts import Vertical
from ..serving.catalogue import Catalogue
from .answers import ServiceError, checked_count, installed_vertical
from .facts import circle_of
from .questions import history_for

MOST_AUTHORS = 1000  # of those who write are looked at for their topics: those who write most


@dataclass(frozen=True)
class PersonToFollow:
    """`reason` is a true sentence; `through` are those of the person's own who follow them, strongest first."""

    person: Person
    name: str
    reason: str
    score: float
    through: list[Person] = field(default_factory=list)


def people_to_follow(
    *, storefront: Storefront, person: Person | None, count: int = 6, language: str = "en"
) -> list[PersonToFollow]:
    """Best first: by those whom the person's own follow, by trust, and by interests; by followers where nothing of
    that is known. Nobody who is followed already, nor where either side has blocked or muted the other.

    Raises ServiceError where the storefront's vertical has no authors, or for a person of another storefront.
    """
    vertical = installed_vertical(storefront)
    if not vertical.author:
        raise ServiceError(f"{vertical.slug} has no people to follow.")
    count = checked_count(count)
    if person is None:  # of a stranger nothing is known but that they follow nobody
        with override(language):
            return _most_followed(storefront, set(), count) if vertical.popularity else []
    if person.storefront_id != storefront.pk:
        raise ServiceError("The person must belong to the storefront.")
    circle = circle_of(person)
    catalogue = serving.live(storefront).catalogue
    topics = _topics_by_author(catalogue, vertical)
    busiest = sorted(topics, key=lambda name: (-topics[name].total(), name))[:MOST_AUTHORS]
    authors = _people_named(storefront, busiest)
    interests: dict[str, float] = {}
    own, others = circle.mine, {pk: topics[name] for pk, name in authors.items()}
    if selectors.personalised(storefront, person):
        interests = _interests(history_for(storefront, person), catalogue)
    else:
        own, others = {}, {}
    apart = circle.apart | set(circle.mine) | {person.pk}
    found = suggestions(own, circle.theirs, interests, others, exclude=apart, count=count)
    with override(language):
        chosen = _worded(storefront, found, interests, others)
        if len(chosen) < count and vertical.popularity:
            left_out = apart | {entry.person.pk for entry in chosen}
            chosen += _most_followed(storefront, left_out, count - len(chosen))
    return chosen


def _topics_by_author(catalogue: Catalogue, vertical: Vertical) -> dict[str, Counter[str]]:
    """Author's external id → category → number of items."""
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for attributes, categories in zip(catalogue.items.attributes, catalogue.items.categories, strict=True):
        author = attributes.get(vertical.author)
        if isinstance(author, str) and author:
            found[author].update(categories)
    return dict(found)


def _people_named(storefront: Storefront, names: Iterable[str]) -> dict[int, str]:
    wanted, found = list(names), {}
    for start in range(0, len(wanted), 500):  # SQLite bears no more variables
        rows = Person.objects.filter(storefront=storefront, external_id__in=wanted[start : start + 500])
        found.update(rows.values_list("pk", "external_id"))
    return found


def _interests(history: selectors.History, catalogue: Catalogue) -> dict[str, float]:
    """Category → strength of what the person liked in it."""
    interests: defaultdict[str, float] = defaultdict(float)
    for pk, value in zip(history.items, history.values, strict=True):
        if (row := catalogue.row_of.get(pk)) is not None:
            for category in catalogue.items.categories[row]:
                interests[category] += value
    return dict(interests)


def _worded(
    storefront: Storefront,
    found: list[Suggestion[int]],
    interests: Mapping[str, float],
    others: Mapping[int, Mapping[str, float]],
) -> list[PersonToFollow]:
    wanted = {pk for entry in found for pk in (entry.person, *entry.through)}
    people = Person.objects.filter(storefront=storefront, anonymous=False).in_bulk(list(wanted))
    chosen = []
    for entry in found:
        if entry.person not in people:
            continue
        between = [people[pk] for pk in entry.through if pk in people]
        reason = _followed_by(between) if between else _writes_in(interests, others.get(entry.person, {}))
        person = people[entry.person]
        chosen.append(PersonToFollow(person, name_of(person), reason, entry.score, between))
    return chosen


def _followed_by(between: list[Person]) -> str:
    name, more = name_of(between[0]), len(between) - 1
    if not more:
        return _("Followed by %(name)s, whom you follow") % {"name": name}
    words = ngettext(
        "Followed by %(name)s and %(count)s other you follow",
        "Followed by %(name)s and %(count)s others you follow",
        more,
    )
    return words % {"name": name, "count": more}


def _writes_in(interests: Mapping[str, float], topics: Mapping[str, float]) -> str:
    shared = max(topics, key=lambda topic: (interests.get(topic, 0.0) * topics[topic], topic), default="")
    return _("Writes in %(topic)s, which you have been reading") % {"topic": shared}


def _most_followed(storefront: Storefront, left_out: set[int], count: int) -> list[PersonToFollow]:
    ties = Relationship.objects.filter(storefront=storefront, kind__in=NEAR, target__anonymous=False)
    counted = ties.values_list("target_id").annotate(followers=Count("source", distinct=True))
    rows = [
        row for row in counted.order_by("-followers", "target_id")[: count + len(left_out)] if row[0] not in left_out
    ]
    people = Person.objects.in_bulk([pk for pk, _followers in rows[:count]])
    return [
        PersonToFollow(
            people[pk],
            name_of(people[pk]),
            ngettext("Followed by %(count)s person here", "Followed by %(count)s people here", followers)
            % {"count": followers},
            0.0,
        )
        for pk, followers in rows[:count]
    ]


def name_of(person: Person) -> str:
    """What a storefront calls somebody: the name that they gave, or their id."""
    name = person.attributes.get("name")
    return name if isinstance(name, str) and name else person.external_id
