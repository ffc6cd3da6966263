"""Questions in somebody's own words: answered with pages at once, kept only where they agreed to that."""

from __future__ import annotations

import time
from hashlib import blake2b

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from behaviour.kinds import kinds_for
from behaviour.services import behaviours_record

from .. import selectors
from ..services import Served, ServiceError
from ..services.wishes import recommend_from_words
from .cards import cards_of
from .facts import fact
from .pages import language_of, storefront_or_404, storefront_page
from .panels import card_tools
from .verbs import EVENT_PREFIX
from .visitor import SAME_VIEW, Visitor, may_be_remembered, visitor_of

KIND = "question"
ANSWERS = 8
LONGEST = 500  # characters


class QuestionForm(forms.Form):
    text = forms.CharField(max_length=LONGEST)


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, slug: str) -> HttpResponse:
    """A form, and under it the pages that may answer. A POST, so that no question stands in an address or a log."""
    storefront = storefront_or_404(slug)
    if KIND not in kinds_for(storefront.vertical):
        raise Http404
    visitor = visitor_of(request, storefront)
    kept = may_be_kept(visitor)
    context = {"kept": kept, "longest": LONGEST, "cards": [], "asked": "", **card_tools(visitor)}
    if request.method == "POST":
        form = QuestionForm(request.POST)
        if form.is_valid():
            words = form.cleaned_data["text"]
            served = _answers(visitor, words)
            context |= {"asked": words, "cards": cards_of(served, storefront) if served else []}
            if kept and not visitor.label:  # a demo person's past is read by whoever browses as them
                _question_record(visitor, words)
        else:
            context["fault"] = _("Write your question in at most %(n)s characters.") % {"n": LONGEST}
    return storefront_page(request, visitor, "storefront/ask.html", context)


def may_be_kept(visitor: Visitor) -> bool:
    """A question tells what worries somebody: where consent comes first, it needs the consent to exactly that."""
    person = visitor.person
    return (
        person is not None and may_be_remembered(visitor) and selectors.agreed_to_sensitive(visitor.storefront, person)
    )


def _answers(visitor: Visitor, words: str) -> Served | None:
    try:
        return recommend_from_words(
            storefront=visitor.storefront,
            text=words,
            person=visitor.person,
            count=ANSWERS,
            placement="search",
            language=language_of(),
            searching=True,
        )
    except ServiceError:
        return None


def _question_record(visitor: Visitor, words: str) -> None:
    digest = blake2b(words.encode(errors="replace"), digest_size=8).hexdigest()
    event_id = f"{EVENT_PREFIX}{visitor.person.pk}:{KIND}:{digest}:{int(time.time()) // SAME_VIEW}"
    behaviours_record(storefront=visitor.storefront, records=[fact(visitor.person, None, KIND, event_id, text=words)])
