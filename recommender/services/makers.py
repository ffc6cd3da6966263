"""Which model made a list: the one that is written down with it, which need not be the one that is live."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from behaviour.models import Person
from catalog.models import Item

from ..models import Artifact, Recommendation
from .pages import CONTINUES

LISTS_READ = 20  # somebody's newest; what was shown longer ago is explained by what is live
#: Sources of an entry that say that the model brought it up.
OF_MODELS = ("model", "fresh")


@dataclass(frozen=True)
class Maker:
    """`artifact` is None where no model made the list, or where it is no longer known which did (`gone`)."""

    artifact: Artifact | None
    gone: bool = False


def maker_of(served: Recommendation) -> Maker:
    """A later page was made by what made the first. An arm that could not serve names the live model instead."""
    first = served.context.get(CONTINUES)
    if first:
        rows = Recommendation.objects.filter(storefront=served.storefront_id, pk=uuid.UUID(first))
        served = rows.select_related("deployment__artifact", "arm__artifact").first() or served
    if served.deployment is not None:
        return Maker(served.deployment.artifact)
    if served.arm is not None and served.arm.artifact is not None:
        return Maker(served.arm.artifact)
    return Maker(None, gone=any(source in OF_MODELS for _pk, _score, source in served.items))


def maker_for(person: Person, item: Item) -> Maker | None:
    """Of the newest list in which a model showed the item to the person; None where there is none. Two queries."""
    rows = Recommendation.objects.filter(storefront=person.storefront_id, person=person).order_by("-created_at")
    for served in rows.select_related("deployment__artifact", "arm__artifact")[:LISTS_READ]:
        if any(pk == item.pk and source in OF_MODELS for pk, _score, source in served.items):
            return maker_of(served)
    return None
