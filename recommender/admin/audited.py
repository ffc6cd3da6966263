"""Rows that operators write by a form, and whose every change goes into the audit log."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from catalog.admin.access import ScopedAdmin

from ..services.audit import audit_record, fields_said


class AuditedAdmin(ScopedAdmin):
    """`audited`: the fields that the log keeps. A row stays on the storefront on which it was written."""

    audited: tuple[str, ...] = ()

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        fields = tuple(super().get_readonly_fields(request, obj))
        return fields if obj is None else ("storefront", *fields)

    def fields_written(self, form: ModelForm) -> list[str]:
        return list(self.audited)

    def save_model(self, request: HttpRequest, obj: Model, form: ModelForm, change: bool) -> None:
        before = fields_said(type(obj).objects.get(pk=obj.pk), *self.audited) if change else None
        with transaction.atomic():
            if change:  # a worker may be writing the other fields meanwhile
                obj.save(update_fields=self.fields_written(form))
            else:
                super().save_model(request, obj, form, change)
            self.record(request, "change" if change else "create", obj, before, fields_said(obj, *self.audited))

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        with transaction.atomic():
            self.record(request, "delete", obj, fields_said(obj, *self.audited), None)
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        for row in queryset:
            self.delete_model(request, row)

    def record(self, request: HttpRequest, action: str, obj: Any, before: dict | None, after: dict | None) -> None:
        audit_record(
            action=action, subject=obj, storefront=obj.storefront, actor=request.user, before=before, after=after
        )
