"""What an import and an export ask."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core import signing
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from ...models import Storefront
from .reading import MOST_BYTES, MOST_ROWS, FileError, Sheet, sheet_read

KINDS = (("csv", gettext_lazy("CSV, for spreadsheets")), ("jsonl", gettext_lazy("JSON lines, for programs")))
HOURS_HELD = 1


class ImportForm(forms.Form):
    storefront = forms.ModelChoiceField(
        Storefront.objects.none(), label=gettext_lazy("Storefront"), widget=UnfoldAdminSelectWidget(), empty_label=None
    )
    file = forms.FileField(label=gettext_lazy("File"), widget=UnfoldAdminFileFieldWidget())
    reason = forms.CharField(
        label=gettext_lazy("Reason of this change"),
        required=False,
        max_length=500,
        widget=UnfoldAdminTextInputWidget(),
        help_text=gettext_lazy("It stands in the audit log."),
    )

    def __init__(self, *args: Any, storefronts: QuerySet[Storefront], **options: Any):
        super().__init__(*args, **options)
        self.fields["storefront"].queryset = storefronts
        said = {"size": f"{MOST_BYTES / 1e6:g}", "rows": f"{MOST_ROWS:,}"}
        self.fields["file"].help_text = (
            _("CSV or JSON, in UTF-8, at most %(size)s MB and %(rows)s rows. It is only looked at first.") % said
        )

    def clean_file(self) -> Sheet:
        file = self.cleaned_data["file"]
        self.file_name = file.name
        try:
            # One byte more than there may be is enough to refuse it.
            return sheet_read(file.read(MOST_BYTES + 1))
        except FileError as error:
            raise forms.ValidationError(str(error)) from None


class ExportForm(forms.Form):
    storefront = forms.ModelChoiceField(
        Storefront.objects.none(),
        label=gettext_lazy("Storefront"),
        to_field_name="slug",
        widget=UnfoldAdminSelectWidget(),
        empty_label=None,
    )
    kind = forms.ChoiceField(label=gettext_lazy("Format"), choices=KINDS, widget=UnfoldAdminSelectWidget())

    def __init__(self, *args: Any, storefronts: QuerySet[Storefront], **options: Any):
        super().__init__(*args, **options)
        self.fields["storefront"].queryset = storefronts


def agreement(wish: dict[str, Any], salt: str) -> str:
    """What was looked at, to be sent back with the consent to it. The server keeps nothing meanwhile."""
    return signing.dumps(wish, salt=salt, compress=True)


def agreed(text: str, salt: str) -> dict[str, Any] | None:
    """What was agreed to; None where it is older than an hour, another's, or none of ours."""
    try:
        return signing.loads(text, salt=salt, max_age=HOURS_HELD * 3600)
    except signing.BadSignature:
        return None
