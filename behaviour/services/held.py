"""The stores of this app and the one below: the database, answers kept for repeated requests, files, exports, logs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from behaviour.models import Person, PrivacyRequest
from behaviour.stores import Outcome, Receipt, Said, Store, stores_register
from catalog.idempotency import answers_forget
from catalog.models import Answer

from .requests import DATABASE

Kind = PrivacyRequest.Kind


def stores_declare() -> None:
    """Called when Django is ready. The database comes first, whose receipt is written when its rows are gone."""
    stores_register(
        Store(DATABASE, gettext_lazy("Database"), lambda person, request: None, _rows),
        Store("answers", gettext_lazy("Answers kept for repeated requests"), _answers, _answers_said),
        Store("files", gettext_lazy("Images and recordings"), _outside, _files_said),
        Store("exports", gettext_lazy("Exported files"), _outside, _exports_said),
        Store("logs", gettext_lazy("Logs and audit log"), _outside, _logs_said),
    )


def _rows(request: PrivacyRequest, receipt: Mapping[str, Any]) -> Said:
    outcome, n = Outcome(receipt["outcome"]), sum(receipt["counts"].values())
    if outcome == Outcome.HOLDS:
        return Said(outcome, _("The answer is written down and holds from then on."))
    if outcome == Outcome.GIVEN:
        return Said(outcome, ngettext("%(n)s row is in the file.", "%(n)s rows are in the file.", n) % {"n": f"{n:,}"})
    words = ngettext("%(n)s row was erased.", "%(n)s rows were erased.", n) % {"n": f"{n:,}"}
    return Said(outcome, words + " " + _("Imports of older files leave the person out."))


def _answers(person: Person, request: PrivacyRequest) -> Receipt | None:
    if request.kind != Kind.ERASE:
        return None
    n = Answer.objects.filter(key__storefront=person.storefront_id).count()
    answers_forget(person.storefront)
    label = Answer._meta.label_lower
    return Receipt(Outcome.GONE, {label: n}) if n else Receipt(Outcome.NOTHING)


def _answers_said(request: PrivacyRequest, receipt: Mapping[str, Any]) -> Said:
    outcome = Outcome(receipt["outcome"])
    if outcome == Outcome.GONE:
        return Said(outcome, _("All of the storefront's are forgotten: each may name the person."))
    return Said(outcome, _("None were kept."))


def _outside(person: Person, request: PrivacyRequest) -> Receipt | None:
    return Receipt(Outcome.NO_PERSON) if request.kind == Kind.ERASE else None


def _files_said(request: PrivacyRequest, receipt: Mapping[str, Any]) -> Said:
    return Said(Outcome.NO_PERSON, _("They belong to items; nobody can add one of their own."))


def _exports_said(request: PrivacyRequest, receipt: Mapping[str, Any]) -> Said:
    words = _("The server keeps no file that it hands out. Whoever took one away has to delete it.")
    return Said(Outcome.NO_PERSON, words)


def _logs_said(request: PrivacyRequest, receipt: Mapping[str, Any]) -> Said:
    words = _("They know people by pseudonyms, which lead to nobody now. A proxy of yours may log addresses.")
    return Said(Outcome.NO_PERSON, words)
