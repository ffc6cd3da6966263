"""The e-mail address of a visitor's account: given later, changed, or taken out."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from behaviour.services import account_email_change, account_email_forget, attempt_count, attempts_forget

from .accounts import TRIES
from .address_form import AddressForm
from .pages import storefront_or_404
from .privacy import privacy_page
from .visitor import visitor_of


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def email_change(request: HttpRequest, slug: str) -> HttpResponse:
    """Hold another address, or a first one. Its form stands on the page of what is held."""
    storefront = storefront_or_404(slug)
    visitor = visitor_of(request, storefront)
    page = HttpResponseRedirect(reverse("storefront:privacy", args=[slug]))
    account = visitor.account
    # An operator's is the other operators' concern.
    if request.method != "POST" or account is None or account.is_staff:
        return page
    if not attempt_count(what="password", who=str(account.pk), most=TRIES):
        # The password is not even looked at.
        sentence = _("Too many tries. Please wait a quarter of an hour, then try again.")
        return privacy_page(request, visitor, AddressForm(account=account), refused=sentence, status=429)
    form = AddressForm(request.POST, account=account)
    if not form.is_valid():
        return privacy_page(request, visitor, form, status=422)
    attempts_forget(what="password", who=str(account.pk))
    account_email_change(account=account, email=form.cleaned_data["email"])
    messages.success(request, _("Your e-mail address is kept."))
    return page


@require_POST
def email(request: HttpRequest, slug: str) -> HttpResponse:
    """Take the address out of the account."""
    storefront = storefront_or_404(slug)
    account = visitor_of(request, storefront).account
    if account is not None and not account.is_staff:
        account_email_forget(account=account)
    messages.success(request, _("Your e-mail address is removed."))
    return HttpResponseRedirect(reverse("storefront:privacy", args=[slug]))
