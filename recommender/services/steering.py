"""Which rules of operators hold for one list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from behaviour.models import Person
from catalog.expressions import Expression
from catalog.models import Storefront

from .. import selectors, serving
from ..serving.catalogue import Catalogue
from ..serving.steering import Compiled, steering_of
from ..steering import Steering


def segments_of(person: Person | None, conditions: Mapping[str, Expression]) -> frozenset[str] | None:
    """Slugs of those of the segments that somebody is in; None where nobody may ask, and filters then hold for them.

    Who does not allow personalisation is in no segment that what they do could tell.
    """
    if person is not None and not selectors.personalised(person.storefront, person):
        return None
    return selectors.segments_of(person, conditions)


def steering_for(
    storefront: Storefront,
    live: serving.LiveStorefront,
    catalogue: Catalogue,
    placement: str,
    person: Person | None,
    now: float,
    rules: Sequence[Compiled] | None = None,
) -> Steering:
    """`rules`: in place of the active ones, for a look at what others would do. The weightiest come first."""
    rules = live.rules(storefront, catalogue) if rules is None else rules
    # Asked only where a rule is about a segment: every other list goes out without that question.
    if not any(rule.segment for rule in rules):
        return steering_of(rules, placement, None, now)
    conditions = selectors.segment_conditions(storefront)
    return steering_of(rules, placement, segments_of(person, conditions), now, frozenset(conditions))
