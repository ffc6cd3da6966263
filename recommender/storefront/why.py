"""Why this item? At most three of the person's own deeds, with their shares; nothing that the trace does not say."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from behaviour.kinds import consent_first
from catalog.models import Item
from catalog.schema import say

from .. import registry
from ..services import ServiceError, Why, explain
from .visitor import Visitor

MOST = 3
LEAST_PERCENT = 1


@dataclass(frozen=True)
class Evidence:
    title: str
    url: str
    item: str  # external id
    label: str  # what the person did with it
    percent: int  # of all that spoke for the item


@dataclass(frozen=True)
class Explained:
    sentence: str
    evidence: list[Evidence]
    exact: bool = True
    method: str = ""  # the algorithms that the score came from
    removable: bool = True  # whether each of them can be taken back by itself


def why_of(visitor: Visitor, item: Item, language: str) -> Explained:
    """Of somebody of whom nothing is stored it tells what they opened just now, which their lists went by."""
    if visitor.person is None:
        return _why_unknown(visitor, item, language)
    try:
        why = explain(storefront=visitor.storefront, person=visitor.person, item=item, language=language)
    except ServiceError as error:
        return Explained(str(error), [])
    return _explained(visitor, why, language)


def _why_unknown(visitor: Visitor, item: Item, language: str) -> Explained:
    if consent_first(visitor.storefront.vertical):
        return Explained(
            _("Nothing is stored about you. What you see is new, and nothing that may not suit some condition or age."),
            [],
        )
    # That the item itself was opened is no reason for it.
    opened = [pk for pk in visitor.session if pk != item.pk]
    if opened:
        try:
            why = explain(storefront=visitor.storefront, person=None, item=item, language=language, session=opened)
        except ServiceError as error:
            return Explained(str(error), [])
        told = _explained(visitor, why, language)
        if told.evidence:
            # They are in this browser alone, and are forgotten with it; there is no record to take back.
            return replace(told, removable=False)
    return Explained(
        _("Nothing is stored about you yet. What you see goes by what is popular and by what you opened just now."), []
    )


def _explained(visitor: Visitor, why: Why, language: str) -> Explained:
    # Where nothing of the person's was used, the shares of a model's members would tell of a sum that was not made.
    method = _method(why, language) if why.reasons else ""
    return Explained(why.sentence, _evidence(visitor, why), why.exact, method)


def _evidence(visitor: Visitor, why: Why) -> list[Evidence]:
    telling = [reason for reason in why.reasons if round(reason.share * 100) >= LEAST_PERCENT]
    return [
        Evidence(
            reason.item.title,
            reverse("storefront:item", args=[visitor.storefront.slug, reason.item.external_id]),
            reason.item.external_id,
            reason.label,
            round(reason.share * 100),
        )
        for reason in sorted(telling, key=lambda reason: -reason.share)[:MOST]
    ]


def _method(why: Why, language: str) -> str:
    """Such as "Next item 70%, content 30%", or the one algorithm's name."""
    known = registry.algorithms()
    shares = {slug: share for slug, share in why.components.items() if slug in known and share >= 0.005}
    if not shares:
        return say(known[why.algorithm].name, language) if why.algorithm in known else ""
    parts = sorted(shares.items(), key=lambda entry: -entry[1])
    return pgettext("between entries", ", ").join(
        f"{say(known[slug].name, language)} {share:.0%}" for slug, share in parts
    )
