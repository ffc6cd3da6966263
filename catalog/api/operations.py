"""What one method of one address is: the scope it needs, what it reads and what it answers, said in one place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema

from .parameters import Parameter
from .problems import CONTENT_TYPE, TYPES
from .schemas import ProblemOut

ALWAYS = (
    "invalid",
    "unauthenticated",
    "forbidden",
    "not_found",
    "method_not_allowed",
    "throttled",
    "internal",
    "unavailable",
)
WITH_BODY = ("too_large", "unsupported_media_type", "conflict", "idempotency_mismatch")

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$"},
    OpenApiParameter.HEADER,
    description="Your name for this request: sent again within 24 hours, it gets the first answer again.",
)

#: The web server's own answer, before the platform sees the request: no problem document.
TOO_LONG = OpenApiResponse(description="The address is longer than 8,000 characters. Send fewer values.")


def operation(
    name: str,
    summary: str,
    *,
    scope: str,
    tag: str,
    path: dict[str, str] | None = None,
    query: Sequence[Parameter] = (),
    body: type | None = None,
    answers: dict[int, Any],
    examples: Sequence[OpenApiExample] = (),
    problems: Sequence[str] = (),
    description: str = "",
) -> Callable:
    """Declare a handler. The view reads `query` before it calls the handler, and refuses callers without `scope`.

    `name`: the operation id. `path`: what its path parameters mean, besides the storefront. `answers`: status →
    serializer, or None for no content. `problems`: codes that it can report besides those that all can.
    """
    path = {"storefront": "The slug of the storefront that the key belongs to.", **(path or {})}
    refusals = _problem_answers({*ALWAYS, *(WITH_BODY if body else ()), *problems})

    def declare(handler: Callable) -> Callable:
        handler.scope = scope
        handler.parameters = {parameter.name: parameter for parameter in query}
        documented = extend_schema(
            operation_id=name,
            summary=summary,
            description=f"{description or summary}\n\nNeeds the scope `{scope}`.",
            tags=[tag],
            parameters=[
                *(OpenApiParameter(key, str, OpenApiParameter.PATH, description=text) for key, text in path.items()),
                *(parameter.documented() for parameter in query),
                *([IDEMPOTENCY_KEY] if body and handler.__name__ == "post" else []),  # see once.py
            ],
            request=body,
            responses={**answers, **refusals, **({414: TOO_LONG} if query else {})},
            examples=list(examples),
        )
        return documented(handler)

    return declare


def _problem_answers(codes: set[str]) -> dict[tuple[int, str], OpenApiResponse]:
    return {
        (TYPES[code].status, CONTENT_TYPE): OpenApiResponse(
            ProblemOut,
            description=f"{TYPES[code].title}. {TYPES[code].remedy}",
            examples=[_example(code)],
        )
        for code in TYPES
        if code in codes
    }


def _example(code: str) -> OpenApiExample:
    problem = TYPES[code]
    errors = (
        [{"pointer": "/price", "code": "invalid", "detail": "Must be a whole number."}] if code == "invalid" else []
    )
    return OpenApiExample(
        code,
        value={
            "type": f"/api/v1/problems/{code}",
            "title": problem.title,
            "status": problem.status,
            "detail": problem.remedy,
            "instance": "/api/v1/storefronts/shop/items",
            "errors": errors,
            "request_id": "0b3c5f0e-6f0e-4a27-9a53-0f6a5a1f9d11",
        },
        response_only=True,
        status_codes=[str(problem.status)],
        media_type=CONTENT_TYPE,
    )
