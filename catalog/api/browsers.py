"""What a browser may ask of the API, and from where."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from rest_framework.response import Response

from catalog.visitors import origin_known

#: All that browsers may ask for, by operation id. Whatever is not here is closed to them, also what is yet to come.
OPERATIONS = frozenset(
    {
        "recommendations_get",
        "recommendations_ask",
        "items_similar",
        "search",
        "behaviours_record",
        "behaviours_batch",
        "impressions_record",
        "clicks_record",
    }
)
HEADERS = "Authorization, Content-Type, Idempotency-Key, X-Api-Key, X-Request-Id"
EXPOSED = "Idempotency-Replayed, Retry-After, X-Request-Id"
MINUTES_REMEMBERED = 10


def origin_of(request: HttpRequest) -> str:
    """The site that the page is of. Browsers name none where a page asks its own site for something to read."""
    return request.headers.get("Origin") or f"{request.scheme}://{request.get_host()}"


def is_preflight(request: HttpRequest) -> bool:
    return (
        request.method == "OPTIONS"
        and "Origin" in request.headers
        and "Access-Control-Request-Method" in request.headers
    )


def preflight(request: HttpRequest, storefront_slug: str) -> HttpResponse:
    """What a browser asks before it sends a key from another site; there is no key yet to judge it by."""
    response = HttpResponse(status=204)
    patch_vary_headers(response, ["Origin"])
    if origin_known(storefront_slug, request.headers["Origin"]):
        response["Access-Control-Allow-Origin"] = request.headers["Origin"]
        response["Access-Control-Allow-Methods"] = "GET, POST"
        response["Access-Control-Allow-Headers"] = HEADERS
        response["Access-Control-Max-Age"] = str(60 * MINUTES_REMEMBERED)
    return response


def answer_to_visitor(response: Response, origin: str) -> None:
    """Let the page of `origin` read the answer, without the client's own notes: those are between servers."""
    patch_vary_headers(response, ["Origin"])
    response["Access-Control-Allow-Origin"] = origin
    response["Access-Control-Expose-Headers"] = EXPOSED
    data = getattr(response, "data", None)
    rows = data.get("data") if isinstance(data, dict) else None
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict):
            row.pop("metadata", None)
