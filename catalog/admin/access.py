"""Pages that only show, and pages that ask before they act."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib.admin.utils import unquote
from django.db.models import Model
from django.http import Http404, HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin
from unfold.decorators import display


class ReadOnlyAdmin(ModelAdmin):
    """Rows that are facts: an operator looks at them, nobody writes them by hand."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def in_words(labelled: Callable) -> Callable:
    """The words of a column with coloured labels, for the page of one row: there Unfold draws none."""

    @display(description=labelled.short_description)
    def words(model_admin: ModelAdmin, obj: Model) -> str:
        return labelled(model_admin, obj)[1]

    return words


def object_or_404(model_admin: ModelAdmin, request: HttpRequest, object_id: str) -> Model:
    """The row that a page is about. Raises Http404, also for ids that are none."""
    found = model_admin.get_object(request, unquote(str(object_id)))
    if found is None:
        name = model_admin.opts.verbose_name
        raise Http404(_("There is no %(name)s with the id %(id)s.") % {"name": name, "id": object_id})
    return found


def confirmation(
    model_admin: ModelAdmin,
    request: HttpRequest,
    obj: Model,
    *,
    title: str,
    explanation: str,
    button: str,
    form: forms.Form | None = None,
    danger: bool = False,
) -> TemplateResponse:
    """The page between a button and its effect: looking at it (GET) changes nothing, sending it (POST) acts."""
    context: dict[str, Any] = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "original": obj,
        "title": title,
        "explanation": explanation,
        "button": button,
        "form": form,
        "danger": danger,
    }
    request.current_app = model_admin.admin_site.name
    return TemplateResponse(request, "admin/catalog/confirmation.html", context)
