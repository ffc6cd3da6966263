"""What is held of a visitor, and what they can do about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django import forms
from django.contrib import messages
from django.contrib.auth import logout
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from behaviour.kinds import Kind, consent_first, kinds_for
from behaviour.models import Behaviour, Consent, PrivacyRequest
from behaviour.services import (
    PURPOSES,
    AccountError,
    account_erase,
    behaviour_retract,
    consents_give,
    person_erase,
    person_hand_out,
    person_object,
)
from catalog.models import Item
from catalog.schema import say

from .address_form import AddressForm
from .pages import language_of, next_or, page_of, storefront_or_404, storefront_page
from .visitor import Visitor, view_forget, visitor_becomes_person, visitor_forget, visitor_of, visitor_remember

A_PAGE = 50
OPENED = "opened:"
#: The words of this page that a consent is given to. A change of their meaning needs a new name.
WORDING = "storefront-privacy-1"
ASKED = (Consent.Purpose.PERSONALISATION, Consent.Purpose.TRAINING)


@dataclass(frozen=True)
class Signal:
    """Something that somebody did; `event` names it, also a view that only the browser holds (OPENED and its item)."""

    label: str
    about: str
    when: datetime
    event: str = ""
    value: str = ""


@dataclass(frozen=True)
class Answered:
    """A purpose, what it means, and what holds now."""

    purpose: str
    label: str
    granted: bool
    can_grant: bool = True


@require_safe
def privacy(request: HttpRequest, slug: str) -> HttpResponse:
    storefront = storefront_or_404(slug)
    visitor = visitor_of(request, storefront)
    return privacy_page(request, visitor)


def privacy_page(
    request: HttpRequest, visitor: Visitor, form: forms.Form | None = None, refused: str = "", status: int = 200
) -> HttpResponse:
    """What is held of the visitor. `form`: that of the address, where it was sent and did not pass."""
    account = visitor.account
    if form is None and account is not None and not account.is_staff:
        form = AddressForm(account=account)
    page = None
    if visitor.person is not None:
        rows = Behaviour.objects.filter(person=visitor.person).select_related("item").order_by("-occurred_at", "-id")
        page = page_of(request, Paginator(rows, A_PAGE))
    context = {
        "page": page,
        "signals": [_signal(row, visitor) for row in page] if page else _looked_at(visitor),
        "answers": _answers(visitor),
        "asked": bool(visitor.person and visitor.person.consents),
        "form": form,
        "refused": refused,
    }
    return storefront_page(request, visitor, "storefront/privacy.html", context, status)


@require_POST
def personalisation(request: HttpRequest, slug: str) -> HttpResponse:
    """Turn lists that follow the visitor on or off."""
    answers = {Consent.Purpose.PERSONALISATION.value: request.POST.get("answer") == "yes"}
    return _consented(request, slug, answers)


@require_POST
def consent(request: HttpRequest, slug: str) -> HttpResponse:
    """Answer for one purpose; what is sensitive can only be refused here: its own form asks for it."""
    purpose, granted = request.POST.get("purpose", ""), request.POST.get("answer") == "yes"
    if purpose not in ASKED and not (purpose == Consent.Purpose.SENSITIVE and not granted):
        return HttpResponseBadRequest(_("This is not asked here. Go back, reload the page and try again."))
    return _consented(request, slug, {purpose: granted})


@require_POST
def signal_delete(request: HttpRequest, slug: str) -> HttpResponse:
    storefront = storefront_or_404(slug)
    visitor = visitor_of(request, storefront)
    event = request.POST.get("event", "")
    response = HttpResponseRedirect(next_or(request, reverse("storefront:privacy", args=[slug])))
    if visitor.person is not None:
        gone = behaviour_retract(person=visitor.person, event_id=event)
    else:
        gone = view_forget(response, visitor, event.removeprefix(OPENED))
    messages.success(request, _("Removed.") if gone else _("It was removed before."))
    return response


@require_safe
def export(request: HttpRequest, slug: str) -> HttpResponse:
    """Everything that is held, as JSON."""
    storefront = storefront_or_404(slug)
    visitor = visitor_of(request, storefront)
    if visitor.person is not None:
        held = person_hand_out(person=visitor.person, came=PrivacyRequest.Came.STOREFRONT)
    else:
        held = {"person": None, "behaviours": [], "in_this_browser": [view.item for view in visitor.views]}
    if visitor.account is not None:
        account = visitor.account
        held["account"] = {"name": account.username, "email": account.email, "since": account.date_joined}
    response = JsonResponse(held, json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Content-Disposition"] = f'attachment; filename="{storefront.slug}-my-data.json"'
    response["Cache-Control"] = "private, no-store"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask once more, then erase for good."""
    storefront = storefront_or_404(slug)
    visitor = visitor_of(request, storefront)
    error = ""
    if request.method == "POST":
        if visitor.label:
            error = _("You are browsing as somebody else. Stop that first: their history is not yours to erase.")
        elif not request.POST.get("sure"):
            error = _("Tick the box, so that nothing is erased by a slip of the finger.")
        else:
            try:
                return _erased(request, visitor, with_account=bool(request.POST.get("account")))
            except AccountError as refusal:
                error = str(refusal)
    return storefront_page(request, visitor, "storefront/erase.html", {"error": error}, 422 if error else 200)


def _erased(request: HttpRequest, visitor: Visitor, *, with_account: bool) -> HttpResponse:
    storefront = visitor.storefront
    if visitor.account is not None and with_account:
        account_erase(account=visitor.account)
        logout(request)
        said = _("Your account and everything that was held of it is erased, in every storefront.")
    else:
        if visitor.person is not None:
            person_erase(person=visitor.person, came=PrivacyRequest.Came.STOREFRONT)
        said = _("Everything that was held of you here is erased.")
    messages.success(request, said)
    response = HttpResponseRedirect(reverse("storefront:privacy", args=[storefront.slug]))
    visitor_forget(response, storefront)
    return response


def _consented(request: HttpRequest, slug: str, answers: dict[str, bool]) -> HttpResponse:
    storefront = storefront_or_404(slug)
    visitor = visitor_of(request, storefront)
    # Whoever says no must be remembered as having said so.
    person = visitor_becomes_person(visitor)
    if set(answers) <= set(PURPOSES) and not any(answers.values()):
        objection = {"purposes": list(answers), "came": PrivacyRequest.Came.STOREFRONT}
        visitor.person = person_object(person=person, version=WORDING, **objection)
    else:
        visitor.person = consents_give(person=person, answers=answers, version=WORDING)
    if (told := answers.get(Consent.Purpose.PERSONALISATION)) is None:
        said = _("Your answer is kept, and holds at once.")
    else:
        said = (
            _("Personalisation is on. Lists follow what you do.")
            if told
            else _("Personalisation is off. What you hid stays hidden; nothing else about you shapes a list.")
        )
    messages.success(request, said)
    response = HttpResponseRedirect(next_or(request, reverse("storefront:privacy", args=[slug])))
    visitor_remember(response, visitor)
    return response


def _answers(visitor: Visitor) -> list[Answered]:
    first = consent_first(visitor.storefront.vertical)
    given = visitor.person.consents if visitor.person else {}
    answers = [
        Answered(Consent.Purpose.PERSONALISATION, _("Lists that follow what you do"), visitor.personalised),
        Answered(
            Consent.Purpose.TRAINING,
            _("Learning from what you do, so that others get better lists, too"),
            given.get("training") is True if first else given.get("training") is not False,
        ),
    ]
    if first:
        granted = given.get("sensitive") is True
        label = _("Keeping what you tell and read about body and mind")
        answers.append(Answered(Consent.Purpose.SENSITIVE, label, granted, can_grant=False))
    return answers


def _signal(row: Behaviour, visitor: Visitor) -> Signal:
    kind = kinds_for(visitor.storefront.vertical).get(row.kind)
    label = (say(kind.label, language_of()) if kind else "") or row.kind
    about = row.item.title if row.item else row.text
    return Signal(label, about, row.occurred_at, row.event_id, _valued(row.value, kind))


def _valued(value: float | None, kind: Kind | None) -> str:
    """A share as one, a mark out of the best there is, how many of it were bought: one goes without saying."""
    if value is None or (value == 1 and (kind is None or kind.maximum is None)):
        return ""
    if kind is None or kind.maximum is None:
        return number_format(f"{value:g}", use_l10n=True)
    if kind.maximum == 1:
        return f"{value:.0%}"
    return f"{value:g} / {kind.maximum:g}"


def _looked_at(visitor: Visitor) -> list[Signal]:
    """What only the cookie of somebody holds who is not a person yet."""
    label = _("Opened, remembered by this browser alone")
    titles = Item.objects.filter(storefront=visitor.storefront).in_bulk(visitor.session)
    return [
        Signal(label, titles[view.item].title, datetime.fromtimestamp(view.at, tz=UTC), f"{OPENED}{view.item}")
        for view in reversed(visitor.views)
        if view.item in titles
    ]
