"""A vertical's templates override the storefront's own, file by file."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.template.backends.django import DjangoTemplates

from .. import registry, verticals

BUILT_IN = Path(verticals.__file__).parent


def rendered(request: HttpRequest, vertical: str, template: str, context: dict[str, Any]) -> str:
    """`template` in the look of `vertical` (a slug)."""
    # A plugin names its folder; the built-in verticals keep theirs where they are themselves.
    folder = registry.vertical(vertical).templates or str(BUILT_IN / vertical / "templates")
    return _engine(folder).get_template(template).render(context, request)


@cache
def _engine(folder: str) -> DjangoTemplates:
    """The project's template engine with `folder` before all others."""
    options = dict(settings.TEMPLATES[0]["OPTIONS"])
    return DjangoTemplates({"NAME": folder, "DIRS": [folder], "APP_DIRS": True, "OPTIONS": options})
