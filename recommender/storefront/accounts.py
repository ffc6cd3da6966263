"""Signing up, in and out. What somebody did here before belongs to their account from then on."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.contrib.auth import login, logout
from django.contrib.auth.forms import AuthenticationForm, BaseUserCreationForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from behaviour.models import Account
from behaviour.services import attempt_count, attempts_forget, person_claim
from catalog.models import Storefront

from .pages import next_or, storefront_or_404, storefront_page
from .visitor import (
    Visitor,
    browse_as_stop,
    visitor_becomes_person,
    visitor_forget,
    visitor_of,
)

OWN_BACKEND = "django.contrib.auth.backends.ModelBackend"
TRIES = 10  # for one name from one address in a quarter of an hour
TRIES_FROM = 60  # for all names from one address
SIGN_UPS = 20  # from one address


class SignUpForm(BaseUserCreationForm):
    """A name and a password are enough; an address helps whoever forgets the password."""

    class Meta:
        model = Account
        fields = ("username", "email")
        labels = {"username": gettext_lazy("User name"), "email": gettext_lazy("E-mail (you may leave it out)")}
        help_texts = {
            "username": gettext_lazy("At most 150 characters: letters, digits and any of @ . + - _"),
            "email": gettext_lazy("Used only to send you a link if you forget your password."),
        }
        widgets = {"email": forms.EmailInput(attrs={"autocomplete": "email"})}


class SignInForm(AuthenticationForm):
    # In the words of this form: its field is called a name.
    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": gettext_lazy("That name and password do not match. Passwords are case-sensitive."),
    }
    username = forms.CharField(
        label=gettext_lazy("User name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "username"})
    )


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request: HttpRequest, slug: str) -> HttpResponse:
    storefront = storefront_or_404(slug)
    form = SignUpForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        if not attempt_count(what="sign-up", who=address_of(request), most=SIGN_UPS):
            form.full_clean()
            form.add_error(None, _("Too many accounts were made from here. Please try again in a quarter of an hour."))
        if form.is_valid():
            return _enter(
                request,
                storefront,
                form.save(),
                _("Welcome, %(name)s."),
                _("Welcome, %(name)s. What you did here is now yours."),
            )
    return _page(request, storefront, form, "sign_up")


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest, slug: str) -> HttpResponse:
    storefront = storefront_or_404(slug)
    form = SignInForm(request, data=request.POST if request.method == "POST" else None)
    if request.method == "POST":
        who = f"{address_of(request)} {request.POST.get('username', '').lower()[:150]}"
        allowed = attempt_count(what="sign-in", who=who, most=TRIES)
        if not (attempt_count(what="sign-in-from", who=address_of(request), most=TRIES_FROM) and allowed):
            # The password is not even looked at.
            form = SignInForm(request, initial={"username": request.POST.get("username", "")[:150]})
            sentence = _("Too many tries. Please wait a quarter of an hour, then try again.")
            return _page(request, storefront, form, "sign_in", refused=sentence, status=429)
        if form.is_valid():
            attempts_forget(what="sign-in", who=who)
            return _enter(
                request,
                storefront,
                form.get_user(),
                _("Hello, %(name)s."),
                _("Hello, %(name)s. What you did here is part of your account."),
            )
    return _page(request, storefront, form, "sign_in")


@require_POST
def sign_out(request: HttpRequest, slug: str) -> HttpResponse:
    storefront_or_404(slug)
    logout(request)
    messages.success(request, _("You are signed out. What you do now is not added to your account."))
    return HttpResponseRedirect(reverse("storefront:home", args=[slug]))


def _enter(
    request: HttpRequest, storefront: Storefront, account: Account, said: str, said_of_past: str
) -> HttpResponse:
    """Sign in. `said_of_past` is said where something was done before, which the account then takes over."""
    browse_as_stop(request, storefront)
    before = visitor_of(request, storefront)
    if before.account is None and (before.person is not None or before.views):
        said = said_of_past
        person_claim(account=account, person=visitor_becomes_person(before))
    # A form that checked a password says which backend did; an account that was just made has none yet.
    login(request, account, backend=getattr(account, "backend", OWN_BACKEND))
    messages.success(request, said % {"name": account.get_username()})
    response = HttpResponseRedirect(next_or(request, reverse("storefront:home", args=[storefront.slug])))
    visitor_forget(response, storefront)
    return response


def _page(
    request: HttpRequest, storefront: Storefront, form: forms.Form, page: str, refused: str = "", status: int = 200
) -> HttpResponse:
    visitor: Visitor = visitor_of(request, storefront)
    status = 422 if form.errors and status == 200 else status
    context = {"form": form, "refused": refused, "next": request.POST.get("next") or request.GET.get("next", "")}
    return storefront_page(request, visitor, f"storefront/{page}.html", context, status)


def address_of(request: HttpRequest) -> str:
    return request.META.get("REMOTE_ADDR", "")
