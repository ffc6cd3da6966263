"""What somebody agreed to, question by question, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold import widgets

from catalog.admin.attributes import AttributesForm

from ..models import Consent, Person

PREFIX = "consent_"
#: What can be answered, as a form sends it.
ANSWERS = {"": None, "true": True, "false": False}
CHOICES = (("", gettext_lazy("not asked")), ("true", gettext_lazy("yes")), ("false", gettext_lazy("no")))


class ConsentsForm(AttributesForm):
    """A model form whose `consents` are answered one by one; make it for somebody with `consents_form`."""

    purposes: tuple[str, ...] = ()

    def __init__(self, *args: Any, **options: Any):
        super().__init__(*args, **options)
        written = {value: sent for sent, value in ANSWERS.items()}
        for purpose in self.purposes:
            self.initial.setdefault(PREFIX + purpose, written.get((self.instance.consents or {}).get(purpose), ""))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        answers = {purpose: ANSWERS[cleaned.get(PREFIX + purpose) or ""] for purpose in self.purposes}
        self.instance.consents = {purpose: answer for purpose, answer in answers.items() if answer is not None}
        return cleaned


def purposes_of(person: Person) -> tuple[str, ...]:
    """The questions of ours, and those that a client has asked besides."""
    asked = [purpose for purpose in person.consents or {} if purpose not in Consent.Purpose.values]
    return (*Consent.Purpose.values, *asked)


def consents_form(base: type[ConsentsForm], person: Person) -> type[ConsentsForm]:
    """`base` with one choice for each question, and below it when and to which words the answer was given."""
    given = _given(person)
    fields = {
        PREFIX + purpose: forms.ChoiceField(
            label=purpose_name(purpose),
            choices=CHOICES,
            required=False,
            widget=widgets.UnfoldAdminSelectWidget(),
            help_text=given.get(purpose, ""),
        )
        for purpose in purposes_of(person)
    }
    return type(base.__name__, (base,), {"purposes": purposes_of(person), **fields})


def consent_names(person: Person) -> list[str]:
    """What the fields of `consents_form` are called, for a fieldset."""
    return [PREFIX + purpose for purpose in purposes_of(person)]


def purpose_name(purpose: str) -> str:
    """A client's own questions are called as the client calls them."""
    return capfirst(str(dict(Consent.Purpose.choices).get(purpose, purpose)))


def consents_shown(person: Person) -> SafeString | str:
    """For those who may only look."""
    answers: Mapping[str, bool] = person.consents or {}
    if not answers:
        return _("Nothing was asked yet.")
    given = _given(person)
    rows = [
        (purpose_name(purpose), _("yes") if granted else _("no"), given.get(purpose, ""))
        for purpose, granted in answers.items()
    ]
    items = format_html_join("", '<dt>{}</dt><dd>{} <span class="rx-quiet">{}</span></dd>', rows)
    return format_html('<dl class="rx-terms rx-stacked">{}</dl>', items)


def _given(person: Person) -> dict[str, str]:
    """Purpose → when the standing answer was given, and to which words. One query."""
    said = {}
    for row in Consent.objects.filter(person=person).order_by("id"):
        day = f"{row.recorded_at:%Y-%m-%d}"
        words = {"day": day, "version": row.version}
        said[row.purpose] = (
            _("Answered on %(day)s, to the wording %(version)s.") % words
            if row.version
            else _("Answered on %(day)s.") % words
        )
    return said
