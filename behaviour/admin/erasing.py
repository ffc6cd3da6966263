"""What the page of a person and that of a request share: being sure, and what the log of actions keeps."""

from __future__ import annotations

from django import forms
from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

from ..models import Person, PrivacyRequest


class EraseForm(forms.Form):
    """Typing the id is the guard against the wrong tab."""

    external_id = forms.CharField(
        label=gettext_lazy("The person's id, to be sure"), widget=UnfoldAdminTextInputWidget()
    )

    def __init__(self, person: Person, data=None):
        super().__init__(data)
        self.person = person

    def clean_external_id(self) -> str:
        if self.cleaned_data["external_id"] != self.person.external_id:
            raise forms.ValidationError(_("This is not the id of this person."))
        return self.cleaned_data["external_id"]


def erasure_log(request: HttpRequest, person: Person) -> None:
    """Say that it happened, by row number: the log of actions must not keep the id that is to be forgotten."""
    content_type = ContentType.objects.get_for_model(Person)
    about = {"content_type": content_type, "object_id": str(person.pk)}
    nameless = _("erased person")
    LogEntry.objects.create(user=request.user, action_flag=DELETION, object_repr=nameless, **about)


def request_address(request: PrivacyRequest) -> str:
    """The page of a request, with its receipts."""
    return reverse("admin:behaviour_privacyrequest_change", args=[request.pk])
