"""Who has a taste like this person's?"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, Q

from behaviour.kinds import kinds_for
from behaviour.models import Behaviour, Person
from catalog.models import Storefront

from .. import registry, selectors
from .answers import ServiceError, checked_count

RECENT = 100  # of the person's items are compared
CANDIDATES = 200  # persons who share most of them
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
        .exclude(person__in=_refusing(storefront))
        .order_by()
        .values_list("person", "item")
    )
    # Counted here: a database that counts reads every event of what everybody likes before it gives one.
    shared = Counter(liker for liker, _item in set(others[:LOOKED_AT]))
    shared = dict(sorted(shared.items(), key=lambda entry: (-entry[1], entry[0]))[:CANDIDATES])
    sizes = dict(
        Behaviour.objects.filter(speaking, person__in=list(shared), item__isnull=False)
        .values_list("person")
        .annotate(items=Count("item", distinct=True))
    )
    cosine = {pk: own / (len(mine) * sizes[pk]) ** 0.5 for pk, own in shared.items() if pk in sizes}
    best = sorted(cosine, key=lambda pk: (-cosine[pk], pk))[:count]
    found = Person.objects.in_bulk(best)
    return [Neighbour(found[pk], min(cosine[pk], 1.0), shared[pk]) for pk in best if pk in found]


def _speaking(storefront: Storefront) -> Q:
    """Events that speak for their item."""
    condition = Q(pk__in=[])
    for name, kind in kinds_for(storefront.vertical).items():
        if kind.polarity == "positive":
            liked = Q(kind=name)
            condition |= liked if kind.neutral_value is None else liked & Q(value__gt=kind.neutral_value)
    return condition


def _refusing(storefront: Storefront):
    persons = Person.objects.filter(storefront=storefront)
    if registry.vertical(storefront.vertical).consent_required:
        # Not `exclude(consents__…=True)`: that leaves out those who were never asked, for NULL is not false.
        return persons.exclude(pk__in=persons.filter(consents__personalisation=True).values("pk")).values("pk")
    return persons.filter(consents__personalisation=False).values("pk")
