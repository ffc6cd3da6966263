"""Errors as application/problem+json (RFC 9457): one shape for whatever goes wrong, with no internals in it."""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.signals import got_request_exception
from django.db import OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from django.http.request import UnreadablePostError
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
# An answer must not grow with what somebody sends to provoke it.
MOST_FAULTS = 100
MOST_LINES = 1000  # of an import
LONGEST = 1000


@dataclass(frozen=True, slots=True)
class ProblemType:
    status: int
    title: str
    remedy: str


#: Every problem that this API reports, by the last part of its `type`.
TYPES = {
    "malformed": ProblemType(
        400, "The body cannot be read", "Send one JSON object as UTF-8, as the pages describe it."
    ),
    "invalid": ProblemType(400, "The request is not valid", "Mend what `errors` names; nothing was stored."),
    "unauthenticated": ProblemType(401, "A key is needed", "Send `Authorization: Bearer kd_…` with a live key."),
    "forbidden": ProblemType(403, "The key may not do this", "Use a key that has the scope which `detail` names."),
    "not_found": ProblemType(404, "Not found", "Check the address and the ids in it."),
    "method_not_allowed": ProblemType(405, "Method not allowed", "Use a method that the `Allow` header lists."),
    "conflict": ProblemType(409, "Conflict", "What is stored contradicts it; `detail` says what. Nothing was stored."),
    "idempotency_mismatch": ProblemType(
        422, "The Idempotency-Key is taken", "Use a new key for a new request; nothing was stored."
    ),
    "import_refused": ProblemType(
        422,
        "Some lines were refused",
        "Mend the lines that `errors` names and send everything again; the other batches are stored.",
    ),
    "throttled": ProblemType(429, "Too many requests", "Wait as long as `Retry-After` says, then go on."),
    "too_large": ProblemType(413, "The body is too large", "Send smaller batches."),
    "unsupported_media_type": ProblemType(415, "Not JSON", "Send `Content-Type: application/json`, in UTF-8."),
    "internal": ProblemType(500, "Something broke on our side", "Try again; report the `request_id` if it stays."),
    "unavailable": ProblemType(503, "Not available just now", "Nothing was stored. Try again after `Retry-After`."),
}
_BY_STATUS = {problem.status: code for code, problem in TYPES.items() if code not in ("malformed", "import_refused")}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong. `pointer` is a JSON pointer into the body (RFC 6901), or `?name` for a parameter."""

    pointer: str
    code: str
    detail: str
    line: int | None = None  # of an import, counted from 1; the pointer is then into that line


class Problem(Exception):
    """Raise it anywhere below a view; the client gets `detail` and `faults` as they are."""

    def __init__(
        self,
        code: str,
        detail: str,
        faults: Sequence[Fault] = (),
        headers: dict[str, str] | None = None,
        extra: dict[str, Any] | None = None,
    ):
        self.code = code
        self.detail = detail
        self.faults = list(faults)
        self.headers = headers or {}
        self.extra = extra or {}  # further members of the body
        super().__init__(detail)


def invalid(faults: Sequence[Fault]) -> Problem:
    """A 400 that names each fault; the first of them is also its summary."""
    more = f" ({len(faults) - 1:,} more)" if len(faults) > 1 else ""
    return Problem("invalid", f"{faults[0].pointer}: {faults[0].detail}{more}", faults)


def problem_response(exception: Exception, context: dict) -> Response:
    """DRF's exception handler: any exception becomes a problem, an unforeseen one a 500 that says nothing else."""
    set_rollback()
    problem = _problem_of(exception)
    request = context["request"]
    if problem is None:
        logger.error("Request %s failed.", request_id(request), exc_info=exception)
        got_request_exception.send(sender=None, request=request)
        problem = Problem("internal", "The request could not be answered. The log has the reason under request_id.")
    return Response(
        _body(problem, request), TYPES[problem.code].status, headers=problem.headers, content_type=CONTENT_TYPE
    )


@csrf_exempt  # there is nothing here that a form of another site could change
def address_unknown(request: HttpRequest, **kwargs) -> JsonResponse:
    """The view of every address under /api/v1 that is nobody else's."""
    problem = Problem("not_found", f"The API has nothing here. What there is: {reverse('api-docs')}")
    return JsonResponse(_body(problem, request), status=404, content_type=CONTENT_TYPE)


def problem_type(request: HttpRequest, code: str) -> JsonResponse:
    """What a problem's `type` links to: what it means and what to do about it."""
    if code not in TYPES:
        return address_unknown(request)
    return JsonResponse({"code": code, **asdict(TYPES[code])})


def request_id(request) -> str:
    """The client's X-Request-ID where it sent a plain one, else an id of ours; the same one all through a request."""
    request = getattr(request, "_request", request)
    if not hasattr(request, "kindred_request_id"):
        sent = request.headers.get("X-Request-ID", "")
        request.kindred_request_id = sent if re.fullmatch(r"[A-Za-z0-9._-]{1,64}", sent) else str(uuid.uuid4())
    return request.kindred_request_id


def _body(problem: Problem, request) -> dict:
    return {
        "type": reverse("api-problem", args=[problem.code]),
        "title": TYPES[problem.code].title,
        "status": TYPES[problem.code].status,
        "detail": problem.detail[:LONGEST],
        "instance": request.path,
        "errors": [_fault_shown(fault) for fault in problem.faults[: MOST_LINES if problem.extra else MOST_FAULTS]],
        "request_id": request_id(request),
        **problem.extra,
    }


def _fault_shown(fault: Fault) -> dict[str, Any]:
    line = {} if fault.line is None else {"line": fault.line}
    return {**line, "pointer": fault.pointer[:LONGEST], "code": fault.code, "detail": fault.detail[:LONGEST]}


def _problem_of(exception: Exception) -> Problem | None:
    match exception:
        case Problem():
            return exception
        case Http404():
            return Problem("not_found", "There is nothing with this id here.")
        case PermissionDenied():
            return Problem("forbidden", TYPES["forbidden"].remedy)
        case RequestDataTooBig():
            return Problem("too_large", "The body is larger than the server takes. Send smaller batches.")
        case UnreadablePostError() | SuspiciousOperation():
            return Problem("malformed", "The body broke off or does not fit its headers.")
        case OperationalError():
            logger.warning("The database did not answer: %s", exception)
            return Problem(
                "unavailable", "The database did not answer. Nothing was stored.", headers={"Retry-After": "1"}
            )
        case exceptions.ParseError():
            return Problem("malformed", str(exception.detail))
        case exceptions.APIException() if exception.status_code in _BY_STATUS:
            header = getattr(exception, "auth_header", None)
            headers = {"WWW-Authenticate": header} if header else {}
            return Problem(_BY_STATUS[exception.status_code], str(exception.detail), headers=headers)
    return None
