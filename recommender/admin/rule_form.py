"""The form of an operator's rule. Which placements and fields there are depends on the storefront."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _
from unfold import widgets

from catalog.expressions import COMMON
from catalog.models import Storefront
from catalog.schema import say, schema_for, verticals_known

from .. import registry
from ..models import OperatorRule, Segment
from ..services import ServiceError
from ..services.rules import FIELDS, rule_check
from ..serving.steering import LOOKED_FOR
from .names import placement_names


class RuleForm(forms.ModelForm):
    placements = forms.MultipleChoiceField(
        label=gettext_lazy("Placements"),
        required=False,
        widget=forms.CheckboxSelectMultiple(),
        help_text=gettext_lazy(
            "None ticked: every placement that recommends. A filter then holds in search and on topic pages too."
        ),
    )
    segment = forms.ChoiceField(label=gettext_lazy("Segment"), required=False, widget=widgets.UnfoldAdminSelectWidget())
    reason = forms.CharField(
        label=gettext_lazy("Reason of this change"),
        required=False,
        max_length=500,
        widget=widgets.UnfoldAdminTextInputWidget(),
        help_text=gettext_lazy("It stands in the audit log."),
    )

    class Meta:
        model = OperatorRule
        fields = FIELDS
        labels = {"starts_at": pgettext_lazy("of time", "From")}
        widgets = {"condition": widgets.UnfoldAdminTextareaWidget(attrs={"rows": 3, "spellcheck": "false"})}

    def __init__(self, *args: Any, storefront: Storefront | None = None, **options: Any):
        super().__init__(*args, **options)
        if storefront is not None and self.instance.pk is None:
            self.instance.storefront = storefront
        if "condition" in self.fields and self.instance.storefront_id:
            self.fields["placements"].choices = list(rule_placements(self.instance.storefront).items())
            segments = Segment.objects.filter(storefront=self.instance.storefront).values_list("slug", "name")
            self.fields["segment"].choices = [("", _("everybody")), *segments]
            self.fields["condition"].help_text = fields_help(self.instance.storefront)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.errors:
            return cleaned
        for name in FIELDS:
            setattr(self.instance, name, cleaned[name])
        try:
            rule_check(self.instance)
        except ServiceError as error:
            raise forms.ValidationError(str(error)) from None
        except ValidationError as error:
            self.add_error(None, error)
        return cleaned

    def _post_clean(self) -> None:
        """`rule_check` has looked at the whole row already."""

    @property
    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in FIELDS}


def rule_placements(storefront: Storefront) -> dict[str, str]:
    """Slug → name of the lists that a rule can be for: the vertical's own, and those by which everybody looks."""
    vertical = registry.verticals().get(storefront.vertical)
    known = {place.slug for place in vertical.placements} | LOOKED_FOR if vertical else LOOKED_FOR
    names = {"search": _("Search")} | placement_names(storefront)
    return {slug: name for slug, name in names.items() if slug in known}


def fields_help(storefront: Storefront) -> str:
    """The fields that a condition may read, as a sentence."""
    if storefront.vertical not in verticals_known():
        return str(_("The plugin of this storefront is not installed."))
    fields = [field for field in (*COMMON, *schema_for(storefront.vertical)) if not field.sensitive]
    language = get_language() or "en"
    named = [f"{field.name} ({say(field.label, language)})" if field.label else field.name for field in fields]
    return _(
        "Compare with = != < <= > >= in, not in, is missing; join with and, or, not. Texts stand in quotes. Fields: %s"
    ) % ", ".join(named)
