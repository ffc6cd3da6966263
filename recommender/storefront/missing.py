"""A page that is not there, in the look of the storefront in which it was asked for: nobody is sent away from it."""

from __future__ import annotations

import re

from django.http import Http404, HttpRequest, HttpResponse
from django.views.defaults import page_not_found

from .pages import storefront_or_404, storefront_page
from .visitor import visitor_of

_WITHIN = re.compile(r"/s/([\w-]+)/")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    within = _WITHIN.match(request.path_info)
    # Without a session the fault lies before the pages, and theirs cannot be drawn.
    if within is None or not hasattr(request, "session"):
        return page_not_found(request, exception)
    try:
        storefront = storefront_or_404(within[1])
    except Http404:
        return page_not_found(request, exception)
    return storefront_page(request, visitor_of(request, storefront), "storefront/missing.html", {}, 404)
