"""Entering a request that came by letter, and refusing one."""

from __future__ import annotations

from datetime import UTC, datetime, time

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminDateWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from ..models import Account, Consent, Person, PrivacyRequest
from ..services import PURPOSES, RequestError, request_enter

Came = PrivacyRequest.Came


class EnterForm(forms.ModelForm):
    """Persons are named, not listed. Saving enters the request by the service that everybody's go through."""

    external_id = forms.CharField(
        label=gettext_lazy("The person's id"), max_length=128, widget=UnfoldAdminTextInputWidget()
    )
    purposes = forms.MultipleChoiceField(
        label=gettext_lazy("Objects to"),
        choices=[(value, label) for value, label in Consent.Purpose.choices if value in PURPOSES],
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
        required=False,
        help_text=gettext_lazy("Of an objection alone."),
    )
    came = forms.ChoiceField(
        label=gettext_lazy("How it came"),
        choices=[(came.value, came.label) for came in (Came.LETTER, Came.OPERATOR)],
        widget=UnfoldAdminSelectWidget(),
    )
    received_on = forms.DateField(
        label=gettext_lazy("Received on"),
        widget=UnfoldAdminDateWidget(),
        help_text=gettext_lazy("The time until it is due counts from this day, as the person's letter came."),
    )

    by: Account | None = None  # who enters it

    class Meta:
        model = PrivacyRequest
        fields = ("storefront", "kind")

    def clean(self) -> dict:
        data = super().clean()
        storefront = data.get("storefront")
        if storefront is not None and data.get("external_id"):
            self.person = Person.objects.filter(storefront=storefront, external_id=data["external_id"]).first()
            if self.person is None:
                self.add_error(
                    "external_id",
                    _("Nobody of this id is known in %(storefront)s: nothing is held, and the letter can say so.")
                    % {"storefront": storefront},
                )
        if data.get("received_on") and data["received_on"] > timezone.now().date():
            self.add_error("received_on", _("A request cannot have come in the future."))
        if data.get("kind") == PrivacyRequest.Kind.OBJECT and not data.get("purposes"):
            self.add_error("purposes", _("Say what is objected to: personalisation, training, or both."))
        return data

    def save(self, commit: bool = True) -> PrivacyRequest:
        data = self.cleaned_data
        midnight = datetime.combine(data["received_on"], time(), tzinfo=UTC)
        try:
            entered = request_enter(
                person=self.person,
                kind=data["kind"],
                purposes=data["purposes"],
                came=data["came"],
                received_at=min(midnight, timezone.now()),
                by=self.by,
            )
        except RequestError as error:  # `clean` has asked the same
            raise forms.ValidationError(str(error)) from None
        self.instance = entered
        return entered

    def save_m2m(self) -> None:
        """There is nothing to add to what the service wrote."""


class RefuseForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=500,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=gettext_lazy("The person may ask for it. Name nobody."),
    )
