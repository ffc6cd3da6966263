"""A forgotten password: Django's own views and tokens, in the look of a storefront.

Known and unknown addresses get the same answer after the same work: a worker looks for who is written to.
"""

from __future__ import annotations

from typing import Any

from celery import current_app
from django import forms
from django.contrib import messages
from django.contrib.auth.forms import PasswordResetForm
from django.contrib.auth.views import PasswordResetConfirmView, PasswordResetView
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from behaviour.models import Account
from behaviour.services import attempt_count

from .accounts import address_of
from .pages import language_of, storefront_or_404, storefront_page
from .visitor import visitor_of

LETTERS = 3  # to one address in a quarter of an hour
ASKED_FROM = 20  # from one network address


def letters_request(account_ids: list[int], storefront_id: int, language: str, site: str) -> None:
    """Ask a worker to write; by its name, for what a worker imports is not for a web process."""
    task = current_app.signature(
        "recommender.tasks.mail_new_password", args=[account_ids, storefront_id, language, site]
    )
    transaction.on_commit(task.delay)


class ForgottenForm(PasswordResetForm):
    email = forms.EmailField(
        label=gettext_lazy("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )


class _InStorefront:
    """Draws a view's page as every page of the storefront."""

    page = ""

    def setup(self, request: HttpRequest, slug: str, **named: Any) -> None:
        super().setup(request, slug=slug, **named)
        self.storefront = storefront_or_404(slug)

    def get_success_url(self) -> str:
        return reverse("storefront:sign_in", args=[self.storefront.slug])

    def render_to_response(self, context: dict[str, Any], status: int = 200, **_options: Any) -> HttpResponse:
        form = context.get("form")
        status = 422 if status == 200 and form is not None and form.errors else status
        page = f"storefront/{self.page}.html"
        return storefront_page(self.request, visitor_of(self.request, self.storefront), page, context, status)


class Forgotten(_InStorefront, PasswordResetView):
    """Ask for a letter."""

    form_class = ForgottenForm
    page = "forgotten"

    def form_valid(self, form: ForgottenForm) -> HttpResponse:
        email = form.cleaned_data["email"]
        if not attempt_count(what="forgotten-from", who=address_of(self.request), most=ASKED_FROM):
            sentence = _("Too many tries. Please wait a quarter of an hour, then try again.")
            return self.render_to_response(self.get_context_data(form=form, refused=sentence), status=429)
        # Who fills somebody's letter box is answered the same, and no letter is sent.
        written = attempt_count(what="forgotten", who=email.lower(), most=LETTERS)
        # Operators have more to lose than a wish list: another operator helps them.
        found = [account.pk for account in form.get_users(email) if not account.is_staff] if written else []
        site = f"{self.request.scheme}://{self.request.get_host()}"
        letters_request(found, self.storefront.pk, language_of(), site)
        said = _("If an account here has this address, a letter to it is on its way. Its link leads on.")
        messages.success(self.request, said)
        return HttpResponseRedirect(self.get_success_url())


class NewPassword(_InStorefront, PasswordResetConfirmView):
    """Choose one, by the link in the letter."""

    page = "new_password"

    def get_user(self, uidb64: str) -> Account | None:
        account = super().get_user(uidb64)
        return None if account is not None and account.is_staff else account

    def form_valid(self, form: forms.Form) -> HttpResponse:
        response = super().form_valid(form)
        messages.success(self.request, _("Your new password holds. Sign in with it."))
        return response
