"""POSTs with an `Idempotency-Key`, between the request and `catalog.idempotency`."""

from __future__ import annotations

import json

from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.idempotency import KeyMismatch, StillRunning, answer_begin, answer_end
from catalog.models import Answer

from .problems import CONTENT_TYPE, Fault, Problem, invalid

HEADER = "Idempotency-Key"


class Replay(Exception):
    """There is an answer already."""

    def __init__(self, answer: Answer):
        self.answer = answer

    def response(self) -> Response:
        body = bytes(self.answer.body)
        return Response(
            json.loads(body) if body else None,
            self.answer.status,
            headers={"Idempotency-Replayed": "true"},
            content_type=CONTENT_TYPE if self.answer.status >= 400 else None,
        )


def begin(request: Request) -> Answer | None:
    """Claim the request's key; None where it has none. Raises Replay, or a Problem for a key that does not fit."""
    name = request.headers.get(HEADER)
    if name is None or request.method != "POST":
        return None
    same = b"\n".join([request.get_full_path().encode(), request.body])
    try:
        answer, answered = answer_begin(key=request.auth, name=name, request=same, whose=_whose(request))
    except KeyMismatch as error:
        raise Problem("idempotency_mismatch", str(error)) from None
    except StillRunning as error:
        raise Problem("conflict", str(error), headers={"Retry-After": "1"}) from None
    except ValueError as error:
        raise invalid([Fault("", "idempotency_key", str(error))]) from None
    if answered:
        raise Replay(answer)
    return answer


def _whose(request: Request) -> str:
    """Browsers of many persons share a key: each has names of its own."""
    if request.user is None:
        return ""
    named = request.data.get("person") if isinstance(request.data, dict) else ""
    return f"{request.user.origins} {request.user.person or named}"


def end(answer: Answer, response: Response) -> None:
    body = b"" if response.data is None else JSONRenderer().render(response.data)
    answer_end(answer, status=response.status_code, body=body)
