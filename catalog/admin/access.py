"""Pages that only show, and pages that ask before they act."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib.admin.utils import unquote
from django.db.models import Field, Model, QuerySet
from django.http import Http404, HttpRequest
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.decorators import display

from ..models import Storefront
from .searching import SearchMixin


def storefronts_of(request: HttpRequest, permission: str = "catalog.view_storefront") -> QuerySet[Storefront]:
    """Those on which whoever asks may do that."""
    allowed = request.user.storefronts_allowed(permission)
    return Storefront.objects.all() if allowed is None else Storefront.objects.filter(pk__in=allowed)


def scoped(request: HttpRequest, rows: QuerySet, permission: str = "", path: str = "storefront") -> QuerySet:
    """The rows of storefronts on which whoever asks may do that; without a permission, look at such rows."""
    options = rows.model._meta
    allowed = request.user.storefronts_allowed(permission or f"{options.app_label}.view_{options.model_name}")
    return rows if allowed is None else rows.filter(**{f"{path}__in": allowed})


class ScopedAdmin(SearchMixin, ModelAdmin):
    """Rows that belong to a storefront: an operator meets those of the storefronts on which they have a role.

    `storefront_path` leads from a row to its storefront; `empty_words` stand where there is no row.
    """

    storefront_path = "storefront"
    change_list_template = "admin/catalog/list.html"
    #: What an empty list says to whoever cannot add a row: when there will be some.
    empty_words: str | Promise = gettext_lazy("There is nothing here yet.")
    #: What the button of an empty list says, where "Add" is not the word for it.
    add_words: str | Promise = ""

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return scoped(request, super().get_queryset(request), path=self.storefront_path)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_view_permission(request, obj) and self._inside(request, "view", obj)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_change_permission(request, obj) and self._inside(request, "change", obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_delete_permission(request, obj) and self._inside(request, "delete", obj)

    def formfield_for_foreignkey(self, db_field: Field, request: HttpRequest, **options: Any) -> Any:
        """Only rows of storefronts on which something may be written can be chosen."""
        model = db_field.remote_field.model
        path = "pk" if model is Storefront else "storefront"
        if model is Storefront or any(field.name == "storefront" for field in model._meta.fields):
            rows = options.get("queryset", model._default_manager.all())
            permission = f"{self.opts.app_label}.add_{self.opts.model_name}"
            options["queryset"] = scoped(request, rows, permission, path)
        return super().formfield_for_foreignkey(db_field, request, **options)

    def permits(self, request: HttpRequest, permission: str, obj: Model | str | None = None) -> bool:
        """Whether whoever asks may do that: to this row (or the row of this id), else anywhere."""
        return request.user.has_perm(permission) and self._reaches(request, permission, obj)

    def _inside(self, request: HttpRequest, action: str, obj: Model | str | None) -> bool:
        return self._reaches(request, f"{self.opts.app_label}.{action}_{self.opts.model_name}", obj)

    def _reaches(self, request: HttpRequest, permission: str, obj: Model | str | None) -> bool:
        """Unfold asks with the id of a row where Django asks with the row."""
        allowed = request.user.storefronts_allowed(permission)
        if allowed is None or obj is None:
            return True
        row = obj if isinstance(obj, Model) else self.get_object(request, unquote(str(obj)))
        return row is not None and (row.pk is None or storefront_key(row, self.storefront_path) in allowed)


def storefront_key(obj: Model, path: str) -> int | None:
    *way, last = path.split("__")
    for step in way:
        obj = getattr(obj, step)
    return obj.pk if last == "pk" else getattr(obj, f"{last}_id")


class ReadOnlyAdmin(ScopedAdmin):
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
