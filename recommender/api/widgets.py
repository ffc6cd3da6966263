"""What other sites embed."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import condition, require_safe

SCRIPT = Path(__file__).parent.parent / "static" / "widgets" / "shelf.js"


@cache
def _script() -> tuple[bytes, str]:
    text = SCRIPT.read_bytes()
    return text, f'"{hashlib.sha256(text).hexdigest()[:16]}"'


@require_safe
@condition(etag_func=lambda request: _script()[1])
def shelf(request: HttpRequest) -> HttpResponse:
    """The script of the shelf. It is the same for all sites: who may use it is up to the key in their page."""
    response = HttpResponse(_script()[0], content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "public, max-age=3600"
    response["Access-Control-Allow-Origin"] = "*"  # for sites that check it with `integrity`
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
