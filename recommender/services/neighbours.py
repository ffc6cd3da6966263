"""Who has a taste like this person's?"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, Q

from behaviour.kinds import kinds_for
from behaviour.models import Behaviour, Person
from catalog.models import Storefront

from .. import selectors
from .answers import ServiceError, checked_count

RECENT = 100  # of the person's items are compared
ASKED = 1_000  # persons who share most of them, of whom some may not be compared
CANDIDATES = 200  # of those who may be
LOOKED_AT = 20_000  # events of these items: of what everybody likes there are millions


@dataclass(frozen=True)
class Neighbour:
    """`similarity` in [0, 1]: the cosine of the two sets of items. `shared`: how many items are in both."""

    person: Person
    similarity: float
    shared: int


def similar_persons(*, storefront: Storefront, person: Person, count: int = 20) -> list[Neighbour]:
    """Persons who liked what this one likes, most similar first; nobody where the person may not be profiled.

    Whoever turned personalisation off is compared with nobody. Where more than LOOKED_AT events speak for what they
    like, any LOOKED_AT of them are read. Raises ServiceError for a person of another storefront.
    """
    count = checked_count(count)
    if person.storefront_id != storefront.pk:
        raise ServiceError("The person must belong to the storefront.")
    if not selectors.personalised(storefront, person):
        return []
    mine = selectors.history_of(storefront, person).items[-RECENT:]
    # That two people read about the same illness is nothing that a third one may learn.
    private = selectors.sensitive_among(storefront, mine)
    mine = [pk for pk in mine if pk not in private]
    speaking = _speaking(storefront)
    others = (
        Behaviour.objects.filter(speaking, storefront=storefront, item__in=mine)
        .exclude(person=person)
        .order_by()
        .values_list("person", "item")
    )
    # Counted here: a database that counts reads every event of what everybody likes before it gives one.
    counted = Counter(liker for liker, _item in set(others[:LOOKED_AT]))
    nearest = sorted(counted, key=lambda pk: (-counted[pk], pk))[:ASKED]
    found = Person.objects.in_bulk(nearest)
    candidates = [pk for pk in nearest if pk in found and selectors.personalised(storefront, found[pk])][:CANDIDATES]
    sizes = dict(
        Behaviour.objects.filter(speaking, person__in=candidates, item__isnull=False)
        .values_list("person")
        .annotate(items=Count("item", distinct=True))
    )
    cosine = {pk: counted[pk] / (len(mine) * sizes[pk]) ** 0.5 for pk in candidates if pk in sizes}
    best = sorted(cosine, key=lambda pk: (-cosine[pk], pk))[:count]
    return [Neighbour(found[pk], min(cosine[pk], 1.0), counted[pk]) for pk in best]


def _speaking(storefront: Storefront) -> Q:
    """Events that speak for their item."""
    condition = Q(pk__in=[])
    for name, kind in kinds_for(storefront.vertical).items():
        if kind.polarity == "positive":
            liked = Q(kind=name)
            condition |= liked if kind.neutral_value is None else liked & Q(value__gt=kind.neutral_value)
    return condition
