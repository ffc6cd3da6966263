"""The pages of import and export under a list of the admin.

The buttons, the addresses and the rows of a filtered list are django-import-export's. What is different: an export is
sent while it is read, an import goes through the services, whole or not at all, and both are in the audit log.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from import_export.admin import ImportExportMixin

from ...auditing import Change, audit
from ...models import Storefront
from ...schema import verticals_known
from ..access import storefronts_of
from .forms import ExportForm, ImportForm, agreed, agreement
from .reading import FileError, Sheet
from .resource import FileResource, FileResult
from .shown import result_shown
from .writing import file_response


class ExchangeMixin(ImportExportMixin):
    """Before ScopedAdmin. Says who may do it, and what the files are like (`file_resource`)."""

    export_permission: str
    import_permissions: tuple[str, ...]
    import_template_name = "admin/catalog/import.html"
    export_template_name = "admin/catalog/export.html"

    @abstractmethod
    def file_resource(self, request: HttpRequest, storefront: Storefront, reason: str = "") -> FileResource:
        """Of one storefront, with what whoever asks may see."""

    def has_export_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(self.export_permission)

    def has_import_permission(self, request: HttpRequest) -> bool:
        return all(request.user.has_perm(permission) for permission in self.import_permissions)

    def _storefronts(self, request: HttpRequest, *permissions: str) -> QuerySet[Storefront]:
        """Those on which all of that may be done, and whose vertical can be asked what its rows are like."""
        found = Storefront.objects.filter(vertical__in=verticals_known())
        for permission in permissions:
            found = found.filter(pk__in=storefronts_of(request, permission))
        return found

    # --- out ---------------------------------------------------------------------------------------------------------

    def export_action(self, request: HttpRequest) -> HttpResponse:
        if not self.has_export_permission(request):
            raise PermissionDenied
        storefronts = self._storefronts(request, self.export_permission)
        narrowed = storefronts.filter(slug=request.GET.get("storefront", "")).first() or storefronts.first()
        form = ExportForm(request.POST or None, storefronts=storefronts, initial={"storefront": narrowed})
        chosen = form.cleaned_data["storefront"] if form.is_valid() else narrowed
        try:
            rows = self._rows(request, chosen) if chosen else self.model.objects.none()
        except IncorrectLookupParameters:
            messages.error(request, _("The list cannot be narrowed like that. Choose its filters again."))
            return redirect(self._list())
        if form.is_valid():
            return self._exported(request, chosen, rows, form.cleaned_data["kind"])
        context = {
            "title": _("Export %(things)s") % {"things": self.opts.verbose_name_plural},
            "form": form,
            "storefront": chosen,
            "count": rows.count() if chosen else 0,
            "narrowed_by": self._narrowed_by(request),
        }
        return self._page(request, self.export_template_name, context)

    def _rows(self, request: HttpRequest, storefront: Storefront) -> QuerySet:
        """The rows of the list as it is narrowed, of one storefront."""
        query = request.GET.copy()
        query["storefront"] = storefront.slug  # filters of its vertical's own facets ask for it
        request.GET = query
        rows = self.get_export_queryset(request).filter(storefront=storefront)
        return rows.select_related(None).order_by("pk")

    def _exported(self, request: HttpRequest, storefront: Storefront, rows: QuerySet, kind: str) -> HttpResponse:
        resource = self.file_resource(request, storefront)
        after = {
            "rows": rows.count(),
            "format": kind,
            # Not what was looked for: that may be somebody's id.
            "narrowed_by": self._narrowed_by(request),
            "columns": list(resource.fields),
        }
        audit(Change(f"export {resource.what}", storefront, request.user, storefront, after=after))
        return file_response(resource, rows, kind)

    def _narrowed_by(self, request: HttpRequest) -> list[str]:
        given = {name: value for name, value in request.GET.items() if value and not name.startswith("_")}
        return sorted(given.keys() - {"storefront", "o", "p", "all"})

    # --- in ----------------------------------------------------------------------------------------------------------

    def import_action(self, request: HttpRequest, **options: Any) -> HttpResponse:
        """Ask for a file, and show what it would change. Nothing is written."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        storefronts = self._storefronts(request, *self.import_permissions)
        narrowed = storefronts.filter(slug=request.GET.get("storefront", "")).first() or storefronts.first()
        sent = (request.POST, request.FILES) if request.method == "POST" else ()
        form = ImportForm(*sent, storefronts=storefronts, initial={"storefront": narrowed})
        context: dict[str, Any] = {"form": form}
        if form.is_valid():
            wish, sheet = form.cleaned_data, form.cleaned_data["file"]
            resource = self.file_resource(request, wish["storefront"], wish["reason"])
            try:
                result = resource.import_data(sheet, dry_run=True)
            except FileError as error:
                form.add_error("file", str(error))
            else:
                context |= self._looked_at(request, resource, sheet, result, form.file_name)
        if narrowed and "outcome" not in context:
            asked = next((one for one in storefronts if str(one.pk) == request.POST.get("storefront")), narrowed)
            context["columns"] = [FileResource.STOREFRONT, *self.file_resource(request, asked).fields]
            context["storefront"] = asked
        return self._import_page(request, context)

    def process_import(self, request: HttpRequest, **options: Any) -> HttpResponse:
        """Do what was looked at, if it would still do the same."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        page = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_import")
        wish = agreed(request.POST.get("agreement", ""), self._salt(request))
        if wish is None:
            messages.error(request, _("What you agreed to is older than an hour, or not yours. Send the file again."))
            return redirect(page)
        storefront = self._storefronts(request, *self.import_permissions).filter(slug=wish["storefront"]).first()
        if storefront is None:
            raise PermissionDenied
        resource = self.file_resource(request, storefront, wish["reason"])
        sheet = Sheet(wish["names"], [(place, values) for place, values in wish["rows"]], wish["cells"])
        try:
            result = resource.import_data(sheet, expected=wish["digest"], file_name=wish["file"])
        except FileError as error:  # its vertical was replaced meanwhile
            messages.error(request, str(error))
            return redirect(page)
        if not result.kept:
            messages.warning(request, _("Rows changed since you looked, so nothing was imported. Look again."))
            return self._import_page(request, self._looked_at(request, resource, sheet, result, wish["file"]))
        said = ngettext("%(n)s row imported.", "%(n)s rows imported.", result.wanted)
        messages.success(request, said % {"n": f"{result.wanted:,}"})
        return redirect(f"{self._list()}?storefront={storefront.slug}")

    def _looked_at(
        self, request: HttpRequest, resource: FileResource, sheet: Sheet, result: FileResult, file: str
    ) -> dict[str, Any]:
        wish = {
            "storefront": resource.storefront.slug,
            "reason": resource.reason,
            "file": file,
            "names": sheet.names,
            "rows": sheet.rows,
            "cells": sheet.cells,
            "digest": result.digest,
        }
        able = bool(result.wanted) and not result.refused
        return {
            "storefront": resource.storefront,
            "file_name": file,
            "key": resource.key,
            "outcome": result_shown(result),
            "agreement": agreement(wish, self._salt(request)) if able else "",
            "form": None,
        }

    def _import_page(self, request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
        context["title"] = _("Import %(things)s") % {"things": self.opts.verbose_name_plural}
        return self._page(request, self.import_template_name, context)

    def _page(self, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        request.current_app = self.admin_site.name
        # For the crumbs, Unfold looks for what stands above the page.
        about = {"opts": self.opts, "media": self.media, "list_url": self._list()}
        return TemplateResponse(request, template, {**self.admin_site.each_context(request), **about, **context})

    def _salt(self, request: HttpRequest) -> str:
        return f"kindred.exchange.{self.opts.label_lower}.{request.user.pk}"

    def _list(self) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
