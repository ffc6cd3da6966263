"""How it works: what is live on this storefront, in plain words."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from ..services.describing import described
from .nouns import counted
from .pages import language_of, storefront_or_404, storefront_page
from .visitor import visitor_of


@require_safe
def how(request: HttpRequest, slug: str) -> HttpResponse:
    storefront = storefront_or_404(slug)
    language = language_of()
    live = described(storefront=storefront, language=language)
    models = [(model, counted(storefront, model.items or 0, language)) for model in live.models]
    context = {"live": live, "models": models}
    return storefront_page(request, visitor_of(request, storefront), "storefront/how.html", context)
