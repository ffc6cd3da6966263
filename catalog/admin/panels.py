"""Pages about one row beside its form: a head with picture and figures, and tabs.

What stands there is often known only above the catalogue: who keeps behaviours, or serves lists, declares a `Panel`
of items or persons when Django loads its admin, and the row's admin draws what there is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from .access import object_or_404


@dataclass(frozen=True, slots=True)
class Panel:
    """One tab. Whoever lacks one of its permissions on the row's storefront does not see it.

    `draw(request, row)` gives its HTML, from a template.
    """

    slug: str
    title: str | Promise
    draw: Callable[[HttpRequest, Any], str]
    permissions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure of the head: what it counts, and of what."""

    label: str
    value: str
    note: str = ""


Facts = Callable[[HttpRequest, Any], Iterable[Fact]]
Picture = Callable[[Any], str]

_panels: dict[type[Model], dict[str, Panel]] = {}
_facts: dict[type[Model], list[Facts]] = {}
_pictures: dict[type[Model], Picture] = {}


def panel_add(model: type[Model], panel: Panel) -> None:
    """Tabs stand in the order in which they are added. Raises ValueError where there is one of that name."""
    own = _panels.setdefault(model, {})
    if panel.slug in own:
        raise ValueError(f"{model.__name__} has a panel {panel.slug!r} already.")
    own[panel.slug] = panel


def facts_add(model: type[Model], facts: Facts) -> None:
    """`facts(request, row)` is asked whenever the head of a row is drawn: it costs a few queries at most."""
    _facts.setdefault(model, []).append(facts)


def picture_from(model: type[Model], picture: Picture) -> None:
    """`picture(row)` gives the HTML of the row's picture."""
    _pictures[model] = picture


class PanelsMixin:
    """Of the admin of such rows: the head above the form, and an address for each tab."""

    change_form_outer_before_template = "admin/catalog/about_before.html"

    def get_urls(self) -> list:
        view = self.admin_site.admin_view(self.panel_view)
        name = f"{self.opts.app_label}_{self.opts.model_name}_panel"
        return [path("<path:object_id>/about/<slug:panel>/", view, name=name), *super().get_urls()]

    def terms_of(self, row: Any) -> list[tuple[str, str]]:
        """What the row is, as (label, words)."""
        return []

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context=None) -> HttpResponse:
        extra = dict(extra_context or {})
        if request.method == "GET" and IS_POPUP_VAR not in request.GET:
            row = self.get_object(request, unquote(object_id))
            if row is not None and self.has_view_permission(request, row):
                extra["about"] = self.about(request, row)
        return super().change_view(request, object_id, form_url, extra)

    def panel_view(self, request: HttpRequest, object_id: str, panel: str) -> HttpResponse:
        row = object_or_404(self, request, object_id)
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        found = _panels.get(self.model, {}).get(panel)
        if found is None:
            raise Http404(_("There is no such page of this row."))
        if not self._sees(request, row, found):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": row,
            "title": str(row),
            "about": self.about(request, row, panel),
            "panel": found,
            "body": found.draw(request, row),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/catalog/about_panel.html", context)

    def about(self, request: HttpRequest, row: Any, here: str = "") -> dict[str, Any]:
        """Variables of `about.html`. `here`: the tab that is shown; empty for the form."""
        page = f"admin:{self.opts.app_label}_{self.opts.model_name}"
        tabs = [{"title": _("Details"), "url": reverse(f"{page}_change", args=[row.pk]), "current": not here}]
        tabs += [
            {
                "title": panel.title,
                "url": reverse(f"{page}_panel", args=[row.pk, panel.slug]),
                "current": panel.slug == here,
            }
            for panel in _panels.get(self.model, {}).values()
            if self._sees(request, row, panel)
        ]
        picture = _pictures.get(self.model)
        return {
            "name": str(row),
            "picture": picture(row) if picture else "",
            "terms": self.terms_of(row),
            "facts": [fact for facts in _facts.get(self.model, ()) for fact in facts(request, row)],
            "tabs": tabs,
        }

    def _sees(self, request: HttpRequest, row: Any, panel: Panel) -> bool:
        return all(self.permits(request, permission, row) for permission in panel.permissions)
