"""Operators' rules: written, looked at before they hold, and checked against each other."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max, Min
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from behaviour.models import Account, Person
from catalog.models import Storefront

from .. import serving
from ..evaluation import item_sets
from ..models import OperatorRule, Segment
from ..serving.catalogue import Catalogue
from ..serving.steering import LOOKED_FOR, Compiled, compiled
from .answers import Served, ServiceError, installed_vertical
from .audit import audit_record, fields_said
from .recommendations import recommend

#: What an operator decides about a rule; the log keeps it before and after.
FIELDS = (
    "name",
    "kind",
    "condition",
    "placements",
    "segment",
    "starts_at",
    "ends_at",
    "priority",
    "amount",
    "position",
    "active",
)
Kind = OperatorRule.Kind
PREVIEWED = 3  # persons
SAMPLED = 60  # primary keys that are tried for them


@dataclass(frozen=True)
class Touched:
    """Items that a rule is about: of all, and of those that can be had now."""

    items: int
    available: int


@dataclass(frozen=True)
class Conflict:
    """Another rule that wants something else of the same items or the same place, in a sentence."""

    rule: OperatorRule
    sentence: str


@dataclass(frozen=True)
class Before:
    """One person's list without the rule and with it."""

    person: Person | None
    before: Served
    after: Served

    @property
    def changed(self) -> bool:
        return [entry.item.pk for entry in self.before.items] != [entry.item.pk for entry in self.after.items]


def rule_create(
    *, storefront: Storefront, values: Mapping[str, Any], by: Account | None = None, reason: str = ""
) -> OperatorRule:
    """Raises ServiceError for a placement that is none, ValidationError for anything else that makes no sense."""
    rule = OperatorRule(storefront=storefront, created_by=by, **_known(values))
    rule_check(rule)
    with transaction.atomic():
        rule.save()
        audit_record(
            action="create",
            subject=rule,
            storefront=storefront,
            actor=by,
            after=fields_said(rule, *FIELDS),
            reason=reason,
        )
    return rule


def rule_change(
    *, rule: OperatorRule, values: Mapping[str, Any], by: Account | None = None, reason: str = ""
) -> OperatorRule:
    """As `rule_create`. A change that changes nothing is not written down."""
    with transaction.atomic():
        rule = OperatorRule.objects.select_for_update(of=("self",)).select_related("storefront").get(pk=rule.pk)
        before = fields_said(rule, *FIELDS)
        for name, value in _known(values).items():
            setattr(rule, name, value)
        rule_check(rule)
        after = fields_said(rule, *FIELDS)
        if after == before:
            return rule
        rule.save()
        audit_record(
            action="change",
            subject=rule,
            storefront=rule.storefront,
            actor=by,
            before={name: value for name, value in before.items() if value != after[name]},
            after={name: value for name, value in after.items() if value != before[name]},
            reason=reason,
        )
    return rule


def rule_delete(*, rule: OperatorRule, by: Account | None = None, reason: str = "") -> None:
    with transaction.atomic():
        audit_record(
            action="delete",
            subject=rule,
            storefront=rule.storefront,
            actor=by,
            before=fields_said(rule, *FIELDS),
            reason=reason,
        )
        rule.delete()


def rule_check(rule: OperatorRule) -> None:
    """Raises ServiceError or ValidationError; see `rule_create`."""
    vertical = installed_vertical(rule.storefront)
    known = {place.slug for place in vertical.placements} | LOOKED_FOR
    unknown = [slug for slug in rule.placements if slug not in known]
    if unknown:
        raise ServiceError(f"{vertical.slug} has no placement {unknown[0]!r}; it has: {', '.join(sorted(known))}.")
    if rule.segment and not Segment.objects.filter(storefront=rule.storefront, slug=rule.segment).exists():
        raise ServiceError(_("There is no segment %(slug)s here.") % {"slug": rule.segment})
    rule.clean_fields(exclude=["storefront", "created_by"])
    rule.clean()


def rule_touched(rule: OperatorRule) -> Touched:
    """Raises ServiceError where the condition cannot be read."""
    live = serving.live(rule.storefront)
    mask = _compiled(rule, live.catalogue).directive.mask
    if mask is None:
        raise ServiceError(_("The condition cannot be read any more; change it."))
    return Touched(int(mask.sum()), int((mask & live.catalogue.allowed(timezone.now().timestamp())).sum()))


def rule_preview(
    *, rule: OperatorRule, placement: str, persons: Sequence[Person | None], count: int | None = None
) -> list[Before]:
    """What the placement shows to each person without the rule, and with it as if it held now.

    The other active rules hold in both. The rule need not be saved; a saved one is looked at as it is given. Its
    dates and its being active are set aside: the question is what it does when it holds.
    """
    storefront = rule.storefront
    live = serving.live(storefront)
    catalogue = live.catalogue
    others = [one for one in live.rules(storefront, catalogue) if one.directive.key != (rule.pk or 0)]
    with_it = sorted(
        [*others, _always(rule, catalogue)], key=lambda one: (-one.priority, one.directive.key or float("inf"))
    )
    shared = {"storefront": storefront, "placement": placement, "count": count, "record": False}
    return [
        Before(
            person,
            recommend(person=person, rules=others, **shared),
            recommend(person=person, rules=with_it, **shared),
        )
        for person in persons
    ]


def persons_sampled(storefront: Storefront, count: int = PREVIEWED, seed: int = 0, segment: str = "") -> list[Person]:
    """Some persons, the same ones for the same seed. Reads a few rows by key, however many there are.

    Of a segment's members, as they were counted last, where there are any: a rule for them does nothing to others.
    """
    rows = Person.objects.filter(storefront=storefront)
    if members := _members(storefront, segment):
        chosen = random.Random(seed).sample(members, min(count, len(members)))
        if found := list(rows.filter(pk__in=chosen).order_by("pk")):
            return _of(storefront, found)
    edges = rows.aggregate(least=Min("pk"), most=Max("pk"))
    if edges["least"] is None:
        return []
    draw = random.Random(seed)
    tried = {draw.randint(edges["least"], edges["most"]) for _number in range(max(SAMPLED, count))}
    found = list(rows.filter(pk__in=tried).order_by("pk")[:count])
    if len(found) < count:
        # Keys with wide gaps: take whoever comes first.
        found += list(rows.exclude(pk__in=[person.pk for person in found]).order_by("pk")[: count - len(found)])
    return _of(storefront, found)


def _members(storefront: Storefront, segment: str) -> list[int]:
    rows = Segment.objects.filter(storefront=storefront, slug=segment) if segment else Segment.objects.none()
    packed = rows.values_list("members", flat=True).first()
    return item_sets.unpack(packed).tolist() if packed else []


def _of(storefront: Storefront, persons: list[Person]) -> list[Person]:
    for person in persons:
        person.storefront = storefront
    return persons


def rule_conflicts(rule: OperatorRule) -> list[Conflict]:
    """Other active rules of the storefront that pull against this one, where and while both hold."""
    catalogue = serving.live(rule.storefront).catalogue
    own = _compiled(rule, catalogue)
    if own.directive.mask is None:
        return []
    found = []
    active = OperatorRule.objects.filter(storefront=rule.storefront, active=True).exclude(pk=rule.pk)
    for other in active.select_related("storefront"):
        theirs = _compiled(other, catalogue)
        if theirs.directive.mask is not None and _meet(own, theirs):
            sentence = _conflict(rule, other, own.directive.mask, theirs.directive.mask)
            if sentence:
                found.append(Conflict(other, sentence))
    return found


def _conflict(rule: OperatorRule, other: OperatorRule, own: np.ndarray, theirs: np.ndarray) -> str:
    """Empty where the two get along."""
    shared = int((own & theirs).sum())
    said = {"other": other.name, "n": f"{shared:,}", "place": rule.position}
    kinds = {rule.kind, other.kind}
    if kinds == {Kind.PIN}:
        mine = range(rule.position, rule.position + max(1, round(rule.amount)))
        other_places = range(other.position, other.position + max(1, round(other.amount)))
        if not set(mine) & set(other_places):
            return ""
        wins = rule if (-rule.priority, rule.pk or float("inf")) < (-other.priority, other.pk) else other
        return _("Both want place %(place)s; “%(wins)s” has it, the other stands behind it.") % {
            "place": min(set(mine) & set(other_places)),
            "wins": wins.name,
        }
    if not shared:
        return ""
    if Kind.FILTER in kinds and len(kinds) == 2:
        hiding, wishing = (rule, other) if rule.kind == Kind.FILTER else (other, rule)
        if wishing.kind in (Kind.PIN, Kind.QUOTA, Kind.BOOST):
            return ngettext(
                "“%(hiding)s” hides %(n)s item that “%(wishing)s” wants shown: it stays hidden.",
                "“%(hiding)s” hides %(n)s items that “%(wishing)s” wants shown: they stay hidden.",
                shared,
            ) % {**said, "hiding": hiding.name, "wishing": wishing.name}
        return ""
    if kinds == {Kind.BOOST, Kind.BURY}:
        return (
            ngettext(
                "“%(other)s” pulls the other way on %(n)s item: the two are added up.",
                "“%(other)s” pulls the other way on %(n)s items: the two are added up.",
                shared,
            )
            % said
        )
    if kinds == {Kind.PIN, Kind.BURY}:
        return (
            ngettext(
                "%(n)s item is both pinned and buried: the pin holds.",
                "%(n)s items are both pinned and buried: the pin holds.",
                shared,
            )
            % said
        )
    if kinds == {Kind.CAP, Kind.QUOTA}:
        cap, quota = (rule, other) if rule.kind == Kind.CAP else (other, rule)
        inside = (own if quota is rule else theirs) <= (theirs if quota is rule else own)
        if inside.all() and quota.amount > cap.amount:
            return _("“%(quota)s” asks for %(least)s items and “%(cap)s” allows %(most)s: the cap holds.") % {
                "quota": quota.name,
                "cap": cap.name,
                "least": round(quota.amount),
                "most": round(cap.amount),
            }
    return ""


def _meet(one: Compiled, other: Compiled) -> bool:
    """Whether there can be a list for which both hold."""
    if one.starts >= other.ends or other.starts >= one.ends:
        return False
    if one.segment and other.segment and one.segment != other.segment:
        return False
    if one.placements and other.placements:
        return bool(one.placements & other.placements)
    return True


def _compiled(rule: OperatorRule, catalogue: Catalogue) -> Compiled:
    return compiled(rule, catalogue, rule.storefront.vertical)


def _always(rule: OperatorRule, catalogue: Catalogue) -> Compiled:
    now = OperatorRule(storefront=rule.storefront, pk=rule.pk, **fields_said(rule, *FIELDS))
    now.starts_at = now.ends_at = None
    return _compiled(now, catalogue)


def _known(values: Mapping[str, Any]) -> dict[str, Any]:
    unknown = sorted(set(values) - set(FIELDS))
    if unknown:
        raise ValidationError(f"A rule has no {unknown[0]}.")
    return dict(values)
