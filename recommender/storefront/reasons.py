"""Why this? In the card's own menu or on a page of its own; and taking back a signal that was named there."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from behaviour.services import behaviours_forget

from .cards import Card
from .forms import ForgetForm
from .pages import (
    fragment,
    item_or_404,
    language_of,
    next_or,
    recommendation_named,
    storefront_or_404,
    storefront_page,
)
from .visitor import visitor_of, visitor_remember
from .why import why_of


@require_safe
def why(request: HttpRequest, slug: str, external_id: str) -> HttpResponse:
    """For htmx what a menu shows in place of its entries; else a page."""
    storefront = storefront_or_404(slug)
    item = item_or_404(storefront, external_id)
    visitor = visitor_of(request, storefront)
    served = recommendation_named(request, storefront)
    card = Card(item, storefront, str(served.pk) if served else "")
    context = {"card": card, "why": why_of(visitor, item, language_of())}
    if request.htmx:
        return fragment(request, visitor, "storefront/why_menu.html", {**context, "visitor": visitor})
    return storefront_page(request, visitor, "storefront/why_page.html", context)


@require_POST
def signal_forget(request: HttpRequest, slug: str) -> HttpResponse:
    """Forget what the visitor did with an item: it speaks for nothing any more."""
    storefront = storefront_or_404(slug)
    form = ForgetForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest(_("This form was not understood. Go back, reload the page and try again."))
    visitor = visitor_of(request, storefront)
    item = item_or_404(storefront, form.cleaned_data["item"])
    if visitor.person is not None:
        behaviours_forget(person=visitor.person, item=item)
    said = _("Removed. What you did with “%(title)s” no longer counts.") % {"title": item.title}
    if request.htmx and form.cleaned_data["of"]:
        asked = item_or_404(storefront, form.cleaned_data["of"])
        context = {
            "card": Card(asked, storefront),
            "why": why_of(visitor, asked, language_of()),
            "visitor": visitor,
            "said": said,
        }
        return fragment(request, visitor, "storefront/reasons.html", context)
    messages.success(request, said)
    response = HttpResponseRedirect(next_or(request, reverse("storefront:home", args=[slug])))
    visitor_remember(response, visitor)
    return response
