"""The typed attributes of an item or a person as form fields of their own, from the vertical's schema."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext_lazy as _
from unfold import widgets

from ..schema import Field, Schema, SchemaError, say

PREFIX = "attribute_"


class LinesField(forms.CharField):
    """A list of texts, one on each line."""

    def __init__(self, **options: Any):
        options.setdefault("widget", widgets.UnfoldAdminExpandableTextareaWidget(attrs={"rows": 2}))
        options.setdefault("help_text", _("One on each line."))
        super().__init__(**options)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(str, value)) if isinstance(value, (list, tuple)) else value

    def to_python(self, value: Any) -> list[str]:
        return [line.strip() for line in str(value or "").splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return list(initial or []) != self.to_python(data)


class AttributesForm(forms.ModelForm):
    """A model form whose `attributes` are edited field by field; make it for a schema with `attributes_form`."""

    schema = Schema()

    def __init__(self, *args: Any, **options: Any):
        super().__init__(*args, **options)
        for field in self.schema:
            value = (self.instance.attributes or {}).get(field.name)
            self.initial.setdefault(PREFIX + field.name, value)
            if field.options and PREFIX + field.name in self.fields:
                # Other entries than those that are offered came in through the API, and stay.
                known = {entry: field.option_label(entry, get_language() or "en") for entry in field.options}
                self.fields[PREFIX + field.name].choices = [
                    *(known | {e: e for e in value or () if e not in known}).items()
                ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        values = {field.name: _plain(cleaned.get(PREFIX + field.name)) for field in self.schema}
        try:
            self.instance.attributes = self.schema.clean(values)
        except SchemaError as error:
            for problem in error.errors:
                if PREFIX + problem.field not in self.errors:
                    self.add_error(PREFIX + problem.field, problem.message)
        return cleaned

    def add_error(self, field: str | None, error: Any) -> None:
        """The model complains about `attributes` as a whole; `clean` has told each field already."""
        problems = getattr(error, "error_dict", None)
        if problems is not None and "attributes" in problems:
            rest = {name: errors for name, errors in problems.items() if name != "attributes"}
            if not rest:
                return
            error = ValidationError(rest)
        super().add_error(field, error)


def attributes_form(base: type[AttributesForm], schema: Schema) -> type[AttributesForm]:
    """`base` with one form field for each field of `schema`, labelled in the reader's language."""
    declared = {PREFIX + field.name: form_field(field) for field in schema}
    return type(base.__name__, (base,), {"schema": schema, **declared})


def attribute_names(schema: Schema) -> list[str]:
    """What the fields of `attributes_form` are called, for a fieldset."""
    return [PREFIX + field.name for field in schema]


def attributes_shown(attributes: Mapping[str, Any], schema: Schema) -> SafeString:
    """The attributes as a list of terms, for those who may only look."""
    fields = {field.name: field for field in schema}
    rows = [
        (_label(fields[name]), _words(value, fields[name])) if name in fields else (name, _words(value))
        for name, value in attributes.items()
    ]
    if not rows:
        return format_html("–")
    return format_html('<dl class="rx-terms">{}</dl>', format_html_join("", "<dt>{}</dt><dd>{}</dd>", rows))


def form_field(field: Field) -> forms.Field:
    """A form field that parses; what is allowed is left to the schema, so that there is one set of messages."""
    options: dict[str, Any] = {"label": _label(field), "required": field.required, "help_text": _help(field)}
    match field.type:
        case "integer":
            return forms.IntegerField(**options, widget=widgets.UnfoldAdminIntegerFieldWidget())
        case "number":
            return forms.FloatField(**options, widget=widgets.UnfoldAdminDecimalFieldWidget(attrs={"step": "any"}))
        case "boolean":
            return forms.NullBooleanField(**options, widget=widgets.UnfoldAdminNullBooleanSelectWidget())
        case "choice":
            choices = [("", "–"), *choices_of(field)]
            return forms.ChoiceField(**options, choices=choices, widget=widgets.UnfoldAdminSelectWidget())
        case "date":
            return forms.DateField(**options, widget=widgets.UnfoldAdminSingleDateWidget())
        case "list" if field.options:
            return forms.MultipleChoiceField(**options, widget=widgets.UnfoldAdminCheckboxSelectMultipleWidget())
        case "list":
            return LinesField(**options)
    return forms.CharField(**options, widget=widgets.UnfoldAdminTextInputWidget())


def choices_of(field: Field) -> list[tuple[str, str]]:
    """(value, words in the reader's language) of each choice."""
    return [(choice, field.choice_label(choice, get_language() or "en")) for choice in field.choices]


def _label(field: Field) -> str:
    return say(field.label or field.name, get_language() or "en")


def _help(field: Field) -> str:
    notes = []
    if field.minimum is not None and field.maximum is not None:
        notes.append(_("From %(low)g to %(high)g.") % {"low": field.minimum, "high": field.maximum})
    if field.type == "list" and not field.options:
        notes.append(_("One on each line."))
    if field.sensitive:
        notes.append(_("Sensitive: never shown in explanations."))
    return " ".join(map(str, notes))


def _plain(value: Any) -> Any:
    """As JSON has it. An empty list counts as not given."""
    if isinstance(value, date):
        return value.isoformat()
    return None if value == [] else value


def _words(value: Any, field: Field | None = None) -> str:
    if field is not None and field.type == "choice":
        return field.choice_label(value, get_language() or "en")
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, list):
        said = [
            field.option_label(entry, get_language() or "en") if field is not None else str(entry) for entry in value
        ]
        return pgettext("between entries", ", ").join(map(str, said))
    return str(value)
