"""Pages that call a row by a name that operators can read, where `str(row)` is made of slugs and ids."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _


class Named(SimpleLazyObject):
    """A row whose place among the breadcrumbs is called `name`: they show `str(row)`, which is made of slugs."""

    def __init__(self, row: Model, name: str):
        super().__init__(lambda: row)
        self.__dict__["name_shown"] = name

    def __str__(self) -> str:
        return self.__dict__["name_shown"]


def called(row: Model, name: str) -> dict[str, Any]:
    """What the page of a row is given, so that it is called `name` in its title and among its breadcrumbs."""
    return {"original": Named(row, name), "subtitle": name}


class Calling:
    """Of an admin, which says `name_of` a row: the page that tells a row's history calls it so."""

    name_of: Callable[[Any], str]

    def history_view(self, request: HttpRequest, object_id: str, extra_context: dict | None = None) -> HttpResponse:
        row = self.get_object(request, object_id)
        extra = {}
        if row is not None:
            name = self.name_of(row)
            extra = {"object": Named(row, name), "title": _("What was changed: %(name)s") % {"name": name}}
        return super().history_view(request, object_id, {**(extra_context or {}), **extra})
