"""Entries of the audit log in words: what was done to what, and each field before and after.

An entry keeps what rows hold, which is slugs and numbers, and is never written again. What is still there is called
by its name here; what is gone stays as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import DateTimeField, Field, Model
from django.utils import translation
from django.utils.dateparse import parse_datetime
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from behaviour.models import PrivacyRequest
from catalog.models import Storefront

from ..models import AlertRule, Artifact, AuditEntry, Schedule, Segment, Standby
from .manifest import DASH
from .names import LISTS, algorithm_name, artifact_name, placement_names
from .setting_names import setting_value

APPS = ("catalog", "behaviour", "recommender")
ACTIONS = {
    "block": gettext_lazy("blocked from each other"),
    "carry out an objection": gettext_lazy("an objection carried out"),
    "change": pgettext_lazy("what was done", "changed"),
    "create": gettext_lazy("made"),
    "delete": gettext_lazy("deleted"),
    "end challenger": gettext_lazy("challenger taken away"),
    "end shadow": gettext_lazy("shadow ended"),
    "enter a privacy request": gettext_lazy("a privacy request entered"),
    "erase a person": gettext_lazy("a person erased"),
    "exchange encoder": gettext_lazy("text encoder exchanged"),
    "export a person": gettext_lazy("a person exported"),
    "export items": gettext_lazy("items exported"),
    "export persons": gettext_lazy("persons exported"),
    "export rules": gettext_lazy("rules exported"),
    "import": gettext_lazy("imported"),
    "offer again": gettext_lazy("offered again"),
    "override gates": gettext_lazy("put live although a gate failed"),
    "pin": gettext_lazy("pinned to an item"),
    "pin baseline": gettext_lazy("pinned as the baseline"),
    "promote": pgettext_lazy("what was done", "put live"),
    "refuse a privacy request": gettext_lazy("a privacy request refused"),
    "revoke": gettext_lazy("revoked"),
    "roll back": gettext_lazy("rolled back"),
    "rotate": gettext_lazy("rotated"),
    "start": pgettext_lazy("what was done", "started"),
    "start challenger": gettext_lazy("named the challenger"),
    "start shadow": gettext_lazy("shadow started"),
    "stop": gettext_lazy("stopped"),
    "tell again": gettext_lazy("told again"),
    "unblock": gettext_lazy("block taken back"),
    "unpin": gettext_lazy("pin taken back"),
    "widen": gettext_lazy("widened"),
    "withdraw": gettext_lazy("withdrawn"),
}
#: What entries say that is no field of the row, or is called better than it.
FIELDS = {
    "artifact": gettext_lazy("model"),
    "baseline": gettext_lazy("baseline"),
    "columns": gettext_lazy("columns"),
    "format": gettext_lazy("format"),
    "gates": gettext_lazy("gates that failed"),
    "narrowed_by": gettext_lazy("narrowed by"),
    "old_works_until": gettext_lazy("the old one works until"),
    "promoted": gettext_lazy("its model put live"),
    "ramp": gettext_lazy("share of persons that take part"),
    "rows": gettext_lazy("rows"),
    "starts_at": pgettext_lazy("of time", "from"),
    "split": gettext_lazy("split"),
    "subject_key": gettext_lazy("key of the person"),
    "winner": gettext_lazy("chosen arm"),
}
#: Kinds of rows whose names are made of their choices.
CHOSEN = {
    "alertrule": (AlertRule.Kind, AlertRule.Figure),
    "languagedeployment": (Artifact.Product,),
    "privacyrequest": (PrivacyRequest.Kind,),
    "schedule": (Schedule.What,),
    "standby": (Standby.Role,),
}
_MODELS = ("artifact", "baseline")
_SHARES = ("ramp", "share")
_MADE_BY = re.compile(r"^([\w-]+)(?= #\d)")
_PLACED = re.compile(r"→ (.+)$")


@dataclass(frozen=True)
class Change:
    """One field; `before` or `after` is empty where the row was not there."""

    name: str
    before: str
    after: str


def action_words(action: str) -> str:
    return str(ACTIONS.get(action, action))


def subject_words(entry: AuditEntry) -> str:
    """What kind of row it was, and its name: models by that of their algorithm, and placements by theirs."""
    model = _model(entry.subject)
    kind = str(model._meta.verbose_name) if model else entry.subject
    name = _MADE_BY.sub(lambda found: algorithm_name(found[1]), _chosen(entry.subject, entry.subject_name))
    name = _PLACED.sub(lambda found: f"→ {LISTS.get(found[1]) or _placed(found[1])}", name)
    return f"{capfirst(kind)}: {name}" if name else f"{capfirst(kind)} {entry.subject_id}"


def _chosen(subject: str, name: str) -> str:
    """What a row says of its choices, written down in English, in the words of whoever reads."""
    said, between, storefront = name.partition(" · ")
    for choices in CHOSEN.get(subject, ()):
        with translation.override("en"):
            stored = {str(label): value for value, label in choices.choices}
        for label, value in stored.items():
            said = re.sub(rf"(?<![\w-]){re.escape(label)}(?![\w-])", str(choices(value).label), said, count=1)
    return f"{said}{between}{storefront}"


def _placed(slug: str) -> str:
    return _("every placement without a model of its own") if slug == "*" else slug


def changes_of(entry: AuditEntry) -> list[Change]:
    """The fields that differ, in the order in which they were written. Two queries at most, by key."""
    before, after = entry.before or {}, entry.after or {}
    both = entry.before is not None and entry.after is not None
    words = _Words(entry, before, after)
    names = [name for name in dict.fromkeys([*before, *after]) if not both or before.get(name) != after.get(name)]
    return [
        Change(
            words.name(name),
            words.value(name, before[name]) if name in before else "",
            words.value(name, after[name]) if name in after else "",
        )
        for name in names
    ]


def _model(name: str) -> type[Model] | None:
    for app in APPS:
        try:
            return apps.get_model(app, name)
        except LookupError:
            continue
    return None


class _Words:
    """Names and values of the fields of one entry."""

    def __init__(self, entry: AuditEntry, before: Mapping[str, Any], after: Mapping[str, Any]):
        self.model = _model(entry.subject)
        self.storefront_id = entry.storefront_id
        self.said = (before, after)

    def name(self, name: str) -> str:
        field = self._field(name)
        return capfirst(str(FIELDS.get(name) or (field.verbose_name if field else name.replace("_", " "))))

    def value(self, name: str, value: Any) -> str:
        if name == "placement":
            return self._placements.get(value, value) if value else _placed("*")
        if name == "placements":
            return _listed(self._placements.get(one, one) for one in value) if value else _("everywhere")
        if name == "segment":
            return self._segments.get(value, value) if value else _("everybody")
        if name == "target":
            return host_alone(str(value))
        if value in (None, "", [], {}):
            return DASH
        if name in _MODELS:
            return self._artifacts.get(value, f"#{value}")
        if name in _SHARES and isinstance(value, (int, float)):
            return f"{value:.0%}"
        return self._plain(name, value)

    def _plain(self, name: str, value: Any) -> str:
        field = self._field(name)
        if isinstance(field, DateTimeField) or name == "old_works_until":
            at = parse_datetime(str(value))
            return f"{at:%Y-%m-%d %H:%M} UTC" if at else str(value)
        if field is not None and field.choices and isinstance(value, str):
            return str(dict(field.flatchoices).get(value, value))
        if isinstance(value, Mapping):
            return "; ".join(f"{key}: {setting_value(one)}" for key, one in value.items())
        return setting_value(value)

    def _field(self, name: str) -> Field | None:
        try:
            return self.model._meta.get_field(name) if self.model else None
        except FieldDoesNotExist:
            return None

    @cached_property
    def _storefront(self) -> Storefront | None:
        return Storefront.objects.filter(pk=self.storefront_id).first()

    @cached_property
    def _placements(self) -> dict[str, str]:
        return placement_names(self._storefront) if self._storefront else {}

    @cached_property
    def _segments(self) -> dict[str, str]:
        slugs = {one.get("segment") for one in self.said}
        rows = Segment.objects.filter(storefront=self.storefront_id, slug__in=slugs - {None, ""})
        return dict(rows.values_list("slug", "name"))

    @cached_property
    def _artifacts(self) -> dict[int, str]:
        keys = {one.get(name) for one in self.said for name in _MODELS}
        rows = Artifact.objects.filter(pk__in=[key for key in keys if isinstance(key, int)])
        return {row.pk: artifact_name(row) for row in rows.only("algorithm")}


def host_alone(target: str) -> str:
    """Of a webhook no more than its host: the rest of an address may open a door, and old entries hold it whole."""
    if "://" not in target:
        return target or DASH
    return _("webhook at %(host)s") % {"host": urlsplit(target).hostname}


def _listed(values) -> str:
    return pgettext("between entries", ", ").join(values)
