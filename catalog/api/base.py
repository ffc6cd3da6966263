"""What every address under /api/v1/storefronts/<slug>/ has in common."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import Http404
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BooleanField, CharField, IntegerField, ListSerializer, Serializer
from rest_framework.views import APIView

from catalog.models import Answer, Storefront
from catalog.rates import request_count, visitor_count
from catalog.schema import schema_for

from .authentication import ApiKeyAuthentication
from .browsers import answer_to_visitor, is_preflight, preflight
from .once import Replay, begin, end
from .parameters import query_read
from .parsing import StrictJSONParser
from .permissions import HasScope
from .pointers import escaped
from .problems import Fault, Problem, invalid, problem_response, request_id
from .visitors import speak_for_visitor

MOST_RECORDS = 1000
WHOLE = "non_field_errors"
RETRY = {"Retry-After": "60"}
_TYPES = (
    (CharField, (str,), "a text"),
    (BooleanField, (bool,), "true or false"),
    (IntegerField, (int, float), "a number"),
)


class StorefrontView(APIView):
    """A view of one storefront. Handlers are declared with `operations.operation`.

    When a handler runs, the key is known and has the scope, `self.storefront` is its storefront and
    `self.query` holds the query parameters. Answers are JSON, whatever the client says it accepts.
    """

    authentication_classes = [ApiKeyAuthentication]
    permission_classes = [HasScope]
    parser_classes = [StrictJSONParser]
    renderer_classes = [JSONRenderer]
    http_method_names = ["get", "head", "post", "put", "patch", "delete"]

    def dispatch(self, request, storefront: str, **kwargs):
        self.storefront_slug = storefront
        self.answer: Answer | None = None
        if is_preflight(request):
            return preflight(request, storefront)
        return super().dispatch(request, **kwargs)

    def perform_content_negotiation(self, request, force=False):
        return JSONRenderer(), "application/json"

    def get_exception_handler(self):
        return problem_response

    def handle_exception(self, exception: Exception) -> Response:
        return exception.response() if isinstance(exception, Replay) else super().handle_exception(exception)

    def initial(self, request: Request, **kwargs) -> None:
        super().initial(request, **kwargs)
        visitor, handler = request.user, getattr(self, request.method.lower(), None)
        if wait := request_count(request.auth) if visitor is None else visitor_count(request.auth, visitor.person):
            raise Problem(
                "throttled",
                "This key has made all the requests that it may make in this minute.",
                headers={"Retry-After": str(math.ceil(wait))},
            )
        if "HTTP_TRANSFER_ENCODING" in request.META and not getattr(handler, "streams", False):
            raise Problem("malformed", "A body needs its Content-Length; sent in chunks, it is not read.")
        if any("\x00" in part for part in kwargs.values() if isinstance(part, str)):
            raise Http404  # PostgreSQL does not even take the question
        self.storefront: Storefront = request.auth.storefront
        try:
            schema_for(self.storefront.vertical)
        except LookupError as error:  # its plugin was uninstalled; the others go on
            raise Problem("unavailable", f"{error} An operator has to install it.", headers=RETRY) from None
        self.query: dict[str, Any] = self.read_query(request)
        if visitor is not None:
            speak_for_visitor(visitor, self.query, getattr(handler, "body_fields", frozenset()), request)
        if getattr(handler, "keeps_answers", True):
            self.answer = begin(request)

    def read_query(self, request: Request) -> dict[str, Any]:
        handler = getattr(self, request.method.lower(), None)
        if handler is None or request.method.lower() not in self.http_method_names:
            raise MethodNotAllowed(request.method)  # before its parameters are called unknown
        return query_read(request.query_params, getattr(handler, "parameters", {}))

    def finalize_response(self, request, response: Response, **kwargs):
        response = super().finalize_response(request, response, **kwargs)
        response["X-Request-ID"] = request_id(request)
        if origin := getattr(getattr(request, "_request", request), "kindred_origin", ""):
            answer_to_visitor(response, origin)
        if self.answer is not None:
            end(self.answer, response)
        return response


def record_of(request: Request) -> Mapping[str, Any]:
    """The body, which must be one object."""
    if not isinstance(request.data, dict):
        raise invalid([Fault("", "type", "The body must be one JSON object.")])
    return request.data


def validated(shape: type[Serializer], request: Request) -> dict[str, Any]:
    """The body as `shape` reads it, for what no service validates. Raises a Problem that names each wrong field."""
    return validated_record(shape, record_of(request))


def validated_record(shape: type[Serializer], record: Mapping[str, Any]) -> dict[str, Any]:
    """The same for one object, wherever it comes from."""
    serializer = shape(data=record)
    faults = [
        Fault(f"/{escaped(name)}", "unknown", f"Unknown field. There are: {', '.join(serializer.fields)}.")
        for name in record
        if name not in serializer.fields
    ]
    for name, field in serializer.fields.items():
        if isinstance(field, ListSerializer) and isinstance(record.get(name), list):
            faults += _unknown_within(field.child, record[name], f"/{name}")
    if not serializer.is_valid():
        faults += faults_within(serializer.errors, "")
    faults += _of_another_type(record, serializer)
    if faults:
        raise invalid(faults)
    return dict(serializer.validated_data)


def _of_another_type(record: Mapping[str, Any], serializer: Serializer) -> list[Fault]:
    """Values that the framework would quietly turn into what they are not: 0 into "0", "yes" into true."""
    return [
        Fault(f"/{name}", "type", f"Must be {word}.")
        for name, field in serializer.fields.items()
        for kind, types, word in _TYPES
        if isinstance(field, kind) and record.get(name) is not None and type(record[name]) not in types
        if name not in serializer.errors
    ]


def _unknown_within(shape: Serializer, entries: list, pointer: str) -> list[Fault]:
    """Names that objects of a list should not have: DRF drops them without a word."""
    known = ", ".join(shape.fields)
    return [
        Fault(f"{pointer}/{number}/{escaped(name)}", "unknown", f"Unknown field. There are: {known}.")
        for number, entry in enumerate(entries)
        if isinstance(entry, dict)
        for name in entry
        if name not in shape.fields
    ]


def faults_within(errors: Any, pointer: str) -> list[Fault]:
    """What a serializer found wrong, each where it stands."""
    if isinstance(errors, dict):
        # DRF's name for what is wrong with a whole object is no part of it.
        places = [(found, pointer + ("" if name == WHOLE else f"/{name}")) for name, found in errors.items()]
    elif any(isinstance(one, dict) for one in errors):
        places = [(found, f"{pointer}/{number}") for number, found in enumerate(errors) if found]
    else:
        return [Fault(pointer, getattr(message, "code", "invalid"), str(message)) for message in errors]
    return [fault for found, place in places for fault in faults_within(found, place)]


def records_of(request: Request) -> Sequence[Mapping[str, Any]]:
    """The records of a batch: the body is a list of 1 to 1,000 objects."""
    records = request.data
    if not isinstance(records, list):
        raise invalid([Fault("", "type", "The body of a batch must be one JSON list of objects.")])
    if not 1 <= len(records) <= MOST_RECORDS:
        raise invalid([Fault("", "size", f"A batch holds 1 to {MOST_RECORDS:,} objects; got {len(records):,}.")])
    faults = [
        Fault(f"/{position}", "type", "Must be an object.")
        for position, record in enumerate(records)
        if not isinstance(record, dict)
    ]
    if faults:
        raise invalid(faults)
    return records
