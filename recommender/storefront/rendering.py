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
OWN = Path(__file__).parent.parent / "templates"


def rendered(request: HttpRequest, vertical: str, template: str, context: dict[str, Any]) -> str:
    """`template` in the look of `vertical` (a slug)."""
    return _engine(_folder(vertical)).get_template(template).render(context, request)


def templates_compile(vertical: str) -> None:
    """Read and compile every page of `vertical` and what pages are made of, so that no visitor waits for that."""
    folder = _folder(vertical)
    for templates in (OWN, Path(folder)):
        for path in sorted(templates.glob("storefront/*.html")):
            _engine(folder).get_template(f"storefront/{path.name}")


def _folder(vertical: str) -> str:
    # A plugin names its folder; the built-in verticals keep theirs where they are themselves.
    return registry.vertical(vertical).templates or str(BUILT_IN / vertical / "templates")


@cache
def _engine(folder: str) -> DjangoTemplates:
    """The project's template engine with `folder` before all others."""
    options = dict(settings.TEMPLATES[0]["OPTIONS"])
    return DjangoTemplates({"NAME": folder, "DIRS": [folder], "APP_DIRS": True, "OPTIONS": options})
