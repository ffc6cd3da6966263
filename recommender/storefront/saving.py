"""What a visitor keeps in a list of their own: the kind of behaviour that the vertical calls saving."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from behaviour.models import Behaviour
from behaviour.services import behaviours_forget
from catalog.models import Item

from .answers import Acted, answer
from .cards import Card
from .forms import PlaceForm
from .keeping import keeping_of
from .nouns import counted
from .pages import item_or_404, language_of, page_of, storefront_or_404, storefront_page
from .panels import card_tools
from .verbs import saves_kind
from .visitor import visitor_of

A_PAGE = 24


@require_safe
def saved(request: HttpRequest, slug: str) -> HttpResponse:
    """The visitor's own list, what was saved last first."""
    storefront = storefront_or_404(slug)
    kind = saves_kind(storefront)
    if not kind:
        raise Http404
    visitor = visitor_of(request, storefront)
    rows = Behaviour.objects.filter(person=visitor.person, kind=kind).values("item_id").annotate(at=Max("occurred_at"))
    page = page_of(request, Paginator(rows.order_by("-at", "-item_id"), A_PAGE)) if visitor.person else None
    pks = [row["item_id"] for row in page] if page else []
    items = Item.objects.filter(storefront=storefront).available().in_bulk(pks)
    gone, language = len(pks) - len(items), language_of()
    context = {
        "cards": [Card(items[pk], storefront) for pk in pks if pk in items],
        "missing": counted(storefront, gone, language) if gone else "",
        "counted": counted(storefront, page.paginator.count, language) if page else "",
        "page": page,
        **card_tools(visitor),
    }
    return storefront_page(request, visitor, "storefront/saved.html", context)


@require_POST
def unsave(request: HttpRequest, slug: str, external_id: str) -> HttpResponse:
    """Take an item out of the list, wherever it was put in."""
    storefront = storefront_or_404(slug)
    item = item_or_404(storefront, external_id)
    visitor = visitor_of(request, storefront)
    form = PlaceForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest(_("This form was not understood. Go back, reload the page and try again."))
    kind = saves_kind(storefront)
    if visitor.person is not None:
        behaviours_forget(person=visitor.person, item=item, kinds=[kind])
    keeping = keeping_of(storefront)
    said = str(keeping.gone).format(title=item.title) if keeping else ""
    after = _("Updated after you took back what you did with “%(title)s”.") % {"title": item.title}
    return answer(request, visitor, item, form.cleaned_data, Acted(said, kind, after=after))
