"""What one method of one address is: the scope it needs, what it reads and what it answers, said in one place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema

from .parameters import Parameter
from .problems import CONTENT_TYPE, TYPES
from .schemas import ImportProblemOut, ProblemOut

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
OF_STREAMS = ("import_refused", "too_large", "unsupported_media_type")
IMPORTED = {"read": 3000, "created": 2000, "updated": 0, "unchanged": 0, "erased": 0, "refused": 1, "held_back": 999}

GZIP = OpenApiParameter(
    "Content-Encoding",
    {"type": "string", "enum": ["identity", "gzip"]},
    OpenApiParameter.HEADER,
    description="How the body is packed; left out, not at all.",
)
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
    stream: str = "",
    keeps_answers: bool = True,
) -> Callable:
    """Declare a handler. The view reads `query` before it calls the handler, and refuses callers without `scope`.

    `name`: the operation id. `path`: what its path parameters mean, besides the storefront. `answers`: status →
    serializer, or None for no content. `problems`: codes that it can report besides those that all can. `stream`:
    the media type of a body that is read as a stream. `keeps_answers`: an Idempotency-Key is taken.
    """
    keeps_answers = keeps_answers and body is not None
    path = {"storefront": "The slug of the storefront that the key belongs to.", **(path or {})}
    documented = extend_schema(
        operation_id=name,
        summary=summary,
        description=f"{description or summary}\n\nNeeds the scope `{scope}`.",
        tags=[tag],
        parameters=[
            *(OpenApiParameter(key, str, OpenApiParameter.PATH, description=text) for key, text in path.items()),
            *(parameter.documented() for parameter in query),
            *([GZIP] if stream else [IDEMPOTENCY_KEY] if keeps_answers else []),
        ],
        request={stream: OpenApiTypes.BINARY} if stream else body,
        responses={
            **answers,
            **_problem_answers({*ALWAYS, *(OF_STREAMS if stream else WITH_BODY if body else ()), *problems}),
            **({414: TOO_LONG} if query else {}),
        },
        examples=list(examples),
    )

    def declare(handler: Callable) -> Callable:
        handler.operation = name
        handler.scope = scope
        handler.streams = bool(stream)
        handler.keeps_answers = keeps_answers
        handler.body_fields = _field_names(body)
        handler.parameters = {parameter.name: parameter for parameter in query}
        return documented(handler)

    return declare


def _field_names(body: Any) -> frozenset[str]:
    """What a serializer, its class or a list of it calls its fields."""
    shape = body if isinstance(body, type) else type(getattr(body, "child", body))
    return frozenset(getattr(shape, "_declared_fields", ()))


def _problem_answers(codes: set[str]) -> dict[tuple[int, str], OpenApiResponse]:
    return {
        (TYPES[code].status, CONTENT_TYPE): OpenApiResponse(
            ImportProblemOut if code == "import_refused" else ProblemOut,
            description=f"{TYPES[code].title}. {TYPES[code].remedy}",
            examples=[_example(code)],
        )
        for code in TYPES
        if code in codes
    }


def _example(code: str) -> OpenApiExample:
    problem = TYPES[code]
    fault = {"pointer": "/price", "code": "invalid", "detail": "Must be a whole number."}
    errors = {"invalid": [fault], "import_refused": [{"line": 2017, **fault}]}.get(code, [])
    report = {"report": IMPORTED} if code == "import_refused" else {}
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
            **report,
        },
        response_only=True,
        status_codes=[str(problem.status)],
        media_type=CONTENT_TYPE,
    )
