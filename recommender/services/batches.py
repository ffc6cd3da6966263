"""Lists for many persons at once: one question to the model for all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import transaction

from behaviour.models import Person
from catalog.models import Storefront

from .. import selectors, serving
from .answers import Served, ServiceError, installed_vertical
from .opinions import opinions_of
from .questions import history_for, query_for
from .recommendations import Prepared, recommend
from .together import Together

MOST_PERSONS = 100


@dataclass(frozen=True)
class Ask:
    """One list of a batch; `options` are those of `recommend`."""

    person: Person | None = None
    placement: str = "home"
    session: Sequence[int] = ()
    exclude: Sequence[int] = ()
    language: str = "en"
    options: Mapping[str, Any] = field(default_factory=dict)


def recommend_many(*, storefront: Storefront, asks: Sequence[Ask]) -> list[Served | ServiceError]:
    """The answer to each, or why it has none; one that cannot be answered keeps no other from its answer.

    Raises ServiceError for more than MOST_PERSONS.
    """
    if len(asks) > MOST_PERSONS:
        raise ServiceError(f"At most {MOST_PERSONS} lists are made at once, got {len(asks)}.")
    vertical = installed_vertical(storefront)
    live = serving.live(storefront)
    catalogue = live.catalogue
    placements = {placement.slug for placement in vertical.placements}
    refused = selectors.refusals_of_many(storefront, [ask.person for ask in asks if ask.person is not None])
    by_placement: dict[str, list[int]] = defaultdict(list)
    prepared: dict[int, Prepared] = {}
    for number, ask in enumerate(asks):
        if ask.placement not in placements:
            continue  # `recommend` says so
        history = history_for(storefront, ask.person, ask.session)
        query = query_for(catalogue, history, ask.person, ask.exclude, None, ask.language, vertical)
        prepared[number] = Prepared(history, query, catalogue, refused=refused.get(ask.person and ask.person.pk))
        by_placement[ask.placement].append(number)
    for placement, numbers in by_placement.items():
        opinions = opinions_of(live, [prepared[number].query for number in numbers], placement)
        for number, opinion in zip(numbers, opinions, strict=True):
            prepared[number] = replace(prepared[number], opinion=opinion)
    together = Together()
    with transaction.atomic():
        answers = [_answer(storefront, ask, prepared.get(number), together) for number, ask in enumerate(asks)]
        together.write()
    return answers


def _answer(storefront: Storefront, ask: Ask, prepared: Prepared | None, together: Together) -> Served | ServiceError:
    try:
        return recommend(
            storefront=storefront,
            person=ask.person,
            placement=ask.placement,
            session=ask.session,
            exclude=ask.exclude,
            language=ask.language,
            prepared=prepared,
            together=together,
            **ask.options,
        )
    except ServiceError as error:
        return error
