"""Hiding a whole topic: it leaves every list until the visitor wants it back."""

from __future__ import annotations

from hashlib import blake2b

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from behaviour.kinds import HIDE_TOPIC
from behaviour.services import behaviour_retract, behaviours_record, topic_unhide

from .answers import Acted, answer
from .facts import fact, is_told
from .forms import TopicForm, UndoForm
from .pages import item_or_404, next_or, storefront_or_404
from .verbs import EVENT_PREFIX
from .visitor import visitor_becomes_person, visitor_of, visitor_remember


@require_POST
def topic_hide(request: HttpRequest, slug: str) -> HttpResponse:
    """Never show anything of this topic again, unless it is asked for by name."""
    storefront = storefront_or_404(slug)
    form = TopicForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest(_("This form was not understood. Go back, reload the page and try again."))
    sent = form.cleaned_data
    item = item_or_404(storefront, sent["item"])
    if sent["topic"] not in item.categories:
        return HttpResponseBadRequest(_("This item is not in that topic."))
    visitor = visitor_of(request, storefront)
    person = visitor_becomes_person(visitor)
    digest = blake2b(sent["topic"].encode(errors="replace"), digest_size=8).hexdigest()
    event_id = f"{EVENT_PREFIX}{person.pk}:{sent['token']}:{HIDE_TOPIC}:{digest}"
    if not is_told(storefront, event_id):
        record = fact(person, None, HIDE_TOPIC, event_id, text=sent["topic"])
        report = behaviours_record(storefront=storefront, records=[record])
        if report.errors:
            return HttpResponseBadRequest(str(report.errors[0]))
    said = _("Hidden. Nothing from %(topic)s will be recommended to you.") % {"topic": sent["topic"]}
    after = _("Updated after you hid %(topic)s.") % {"topic": sent["topic"]}
    undo_url = reverse("storefront:topic_show", args=[slug])
    acted = Acted(said, HIDE_TOPIC, event_id, True, said, after, undo_url, sent["topic"])
    return answer(request, visitor, item, sent, acted)


@require_POST
def topic_show(request: HttpRequest, slug: str) -> HttpResponse:
    """Take it back: the event that the form names, or every time that this topic was hidden."""
    storefront = storefront_or_404(slug)
    visitor = visitor_of(request, storefront)
    topic = request.POST.get("topic", "")
    if visitor.person is not None:
        if event := request.POST.get("event", ""):
            hidden = visitor.person.behaviours.filter(event_id=event, kind=HIDE_TOPIC)
            topic = hidden.values_list("text", flat=True).first() or ""
            behaviour_retract(person=visitor.person, event_id=event)
        else:
            topic_unhide(person=visitor.person, topic=topic)
    said = _("Taken back. It is as if it had not happened.")
    form = UndoForm(request.POST)
    if request.htmx and form.is_valid() and (external_id := request.POST.get("item", "")):
        item = item_or_404(storefront, external_id)
        after = _("Updated after you took something back.")
        return answer(request, visitor, item, form.cleaned_data, Acted(said, HIDE_TOPIC, after=after, topic=topic))
    messages.success(request, said)
    response = HttpResponseRedirect(next_or(request, reverse("storefront:home", args=[slug])))
    visitor_remember(response, visitor)
    return response
