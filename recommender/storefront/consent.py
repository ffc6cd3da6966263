"""Where consent comes first: what is asked, the profile that may be told after it, and taking it all back.

Nothing is ticked beforehand, each purpose is asked on its own, and the form of the profile is not even in the page
before its consent was given.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from behaviour.models import Person
from behaviour.services import consents_give, profile_tell
from catalog.schema import Field, say
from catalog.services import RecordError

from .. import registry
from .pages import language_of, storefront_or_404, storefront_page
from .visitor import Visitor, visitor_becomes_person, visitor_of, visitor_remember

#: Names the words below. Whoever changes one of them changes this, so that each answer is to words that are known;
#: a test holds the two together.
VERSION = "2026-11-24"


@dataclass(frozen=True)
class Question:
    """One purpose, as it is asked."""

    purpose: str
    title: str
    text: str


QUESTIONS = (
    Question(
        "personalisation",
        gettext_lazy("Let what I open here shape my lists"),
        gettext_lazy(
            "The pages that you open, save or find helpful are kept, and pages like them are shown sooner. Topics "
            "about body and mind that are nobody else’s business are left out, unless you allow them below."
        ),
    ),
    Question(
        "sensitive",
        gettext_lazy("Keep a health profile of me"),
        gettext_lazy(
            "You may then tell your age group, conditions, allergies and goals. They are used to leave out what does "
            "not suit you. What you ask and read about body and mind may then shape your lists, too. None of it "
            "stands in an explanation, in a log or in what others get to see."
        ),
    ),
    Question(
        "training",
        gettext_lazy("Let models learn from what I do"),
        gettext_lazy("What many people open together teaches which pages belong together. Your name is not in it."),
    ),
)


@dataclass(frozen=True)
class Asked:
    """A question with its answer: None while it was never asked."""

    question: Question
    granted: bool | None


@dataclass(frozen=True)
class Option:
    code: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class Entry:
    """One question of the profile. `answered` tells an answer "none" from no answer."""

    name: str
    label: str
    many: bool
    options: list[Option]
    answered: bool

    @property
    def none(self) -> bool:
        return self.many and self.answered and not any(option.chosen for option in self.options)


@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest, slug: str) -> HttpResponse:
    """Consent, then the profile. A POST answers either, or takes everything back."""
    storefront = storefront_or_404(slug)
    if not registry.vertical(storefront.vertical).consent_required:
        raise Http404
    visitor = visitor_of(request, storefront)
    if request.method == "POST":
        return _answered(request, visitor)
    consents = visitor.person.consents if visitor.person else {}
    agreed = consents.get("sensitive") is True
    context = {
        "asked": [Asked(question, consents.get(question.purpose)) for question in QUESTIONS],
        "agreed": agreed,
        "entries": entries_of(visitor.person, language_of()) if agreed else [],
        "answered": any(question.purpose in consents for question in QUESTIONS),
    }
    return storefront_page(request, visitor, "storefront/profile.html", context)


def entries_of(person: Person, language: str) -> list[Entry]:
    """The profile's questions: every field that can be answered by choosing."""
    schema = registry.vertical(person.storefront.vertical).person_schema
    return [_entry(field, person.attributes, language) for field in schema if field.choices or field.options]


def _entry(field: Field, told: dict, language: str) -> Entry:
    chosen = told.get(field.name)
    many = field.type == "list"
    codes = dict.fromkeys([*(field.options if many else field.choices), *(chosen or () if many else ())])
    label = field.option_label if many else field.choice_label
    options = [
        Option(code, label(code, language), code in (chosen or ()) if many else code == chosen) for code in codes
    ]
    return Entry(field.name, say(field.label, language), many, options, chosen is not None)


def _answered(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    storefront = visitor.storefront
    if "withdraw" in request.POST:
        if visitor.person is not None:
            answers = dict.fromkeys((question.purpose for question in QUESTIONS), False)
            visitor.person = consents_give(person=visitor.person, answers=answers, version=VERSION)
        messages.success(request, _("Taken back. Your profile is deleted, and nothing of yours shapes these pages."))
    elif "consent" in request.POST:
        answers = {question.purpose: question.purpose in request.POST for question in QUESTIONS}
        if visitor.person is not None or any(answers.values()):  # who says no to everything stays nobody
            visitor_becomes_person(visitor)
            visitor.person = consents_give(person=visitor.person, answers=answers, version=VERSION)
        messages.success(request, _("Kept. You can change or take back each answer here at any time."))
    elif visitor.person is not None:
        _told(request, visitor)
    response = HttpResponseRedirect(reverse("storefront:profile", args=[storefront.slug]))
    visitor_remember(response, visitor)
    return response


def _told(request: HttpRequest, visitor: Visitor) -> None:
    """No answer takes an answer back; "none of these" is an answer."""
    answers = {}
    for entry in entries_of(visitor.person, language_of()):
        known = {option.code for option in entry.options}
        if entry.many:
            ticked = [code for code in request.POST.getlist(entry.name) if code in known]
            answers[entry.name] = ticked or ([] if f"{entry.name}-none" in request.POST else None)
        else:
            chosen = request.POST.get(entry.name, "")
            answers[entry.name] = chosen if chosen in known else None
    try:
        visitor.person = profile_tell(person=visitor.person, answers=answers)
    except RecordError as error:
        messages.error(request, str(error))
        return
    messages.success(request, _("Your profile is kept. What does not suit you is left out from now on."))
