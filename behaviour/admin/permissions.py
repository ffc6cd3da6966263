"""What each permission is called where operators choose among them: the kind of row, and what may be done to it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import ManyToManyField
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

DEEDS = {
    "add": gettext_lazy("add"),
    "change": gettext_lazy("change"),
    "delete": gettext_lazy("delete"),
    "view": gettext_lazy("look at"),
}


def permission_words(permission: Permission) -> str:
    """Django's own name begins with its app and ends in English."""
    model = permission.content_type.model_class()
    deed = DEEDS.get(permission.codename.partition("_")[0])
    if model is None or deed is None:
        return str(permission)
    return _("%(kind)s: %(deed)s") % {"kind": capfirst(str(model._meta.verbose_name)), "deed": deed}


class PermissionsInWords:
    """Of an admin whose form has a picker of permissions."""

    def formfield_for_manytomany(self, db_field: ManyToManyField, request: HttpRequest, **options: Any) -> Any:
        field = super().formfield_for_manytomany(db_field, request, **options)
        if field is not None and db_field.remote_field.model is Permission:
            field.label_from_instance = permission_words
        return field
