"""Which storefront is something new for? Asked before a form whose fields depend on the answer."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin

from ..models import Storefront
from .verticals import vertical_name


def choose_storefront(
    model_admin: ModelAdmin, request: HttpRequest, title: str, storefronts: Iterable[Storefront], lead: str = ""
) -> HttpResponse:
    """A page that leads back here with `?storefront=`; straight away where there is only one to choose."""
    offered = list(storefronts)
    if len(offered) == 1:
        return redirect(f"{request.path}?{urlencode({'storefront': offered[0].slug})}")
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": title,
        "lead": lead or _("Each has placements and fields of its own."),
        "choices": [(storefront, vertical_name(storefront.vertical)) for storefront in offered],
    }
    return TemplateResponse(request, "admin/catalog/choose_storefront.html", context)
