"""What every address of the Gorse API has in common: the key, the parameters that Gorse's clients send, the answers.

A client of Gorse (https://gorse.io) that is pointed at /gorse/<storefront> goes on unchanged. Its users are persons
here, its feedback behaviours; where Gorse leaves open what a thing means, the storefront's vertical says it.
"""

from __future__ import annotations

from typing import Any

from django.http import Http404, JsonResponse
from django.views import View
from rest_framework.response import Response

from behaviour.models import Person
from catalog.api.base import StorefrontView
from catalog.api.problems import Fault, invalid
from catalog.models import Item

MOST = 1000  # rows of one page
N = 10  # rows of a list where the client does not say

#: A write is answered with how many rows it was about.
ROWS = "RowAffected"


class Health(View):
    """Load balancers ask this without a key."""

    def get(self, request, **kwargs) -> JsonResponse:
        return JsonResponse({"Ready": True, "DataStoreConnected": True, "CacheStoreConnected": True})


class GorseView(StorefrontView):
    """A view of one storefront as Gorse would answer it. Handlers are declared with `needs`."""

    schema = None  # these addresses are Gorse's to document
    http_method_names = ["get", "post", "put", "patch", "delete"]

    def read_query(self, request) -> dict[str, Any]:
        return {}  # Gorse's clients send parameters that are of no concern here; `number` reads those that are

    def number(self, name: str, default: int, most: int = MOST) -> int:
        """A whole number from the query string, at least 0. Raises a Problem for anything else."""
        text = self.request.query_params.get(name, "")
        if not text:
            return default
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            raise invalid([Fault(f"?{name}", "invalid", f"Must be a whole number from 0; got {text!r:.60}.")])
        return min(int(text), most)

    def rows(self) -> list[dict[str, Any]]:
        """The body as objects: one, or a list of any number."""
        body = self.request.data
        found = body if isinstance(body, list) else [body]
        faults = [
            Fault(f"/{place}", "type", "Must be an object.")
            for place, row in enumerate(found)
            if not isinstance(row, dict)
        ]
        if faults:
            raise invalid(faults)
        return found

    def person(self, user: str) -> Person:
        found = Person.objects.filter(storefront=self.storefront, external_id=user).first()
        if found is None:
            raise Http404
        return found

    def item(self, item: str) -> Item:
        found = Item.objects.filter(storefront=self.storefront, external_id=item).first()
        if found is None:
            raise Http404
        return found


def affected(count: int) -> Response:
    return Response({ROWS: count})


def needs(scope: str):
    """Declare the scope of a handler, as `catalog.api.operations.operation` does for documented ones."""

    def declare(handler):
        handler.scope = scope
        return handler

    return declare
