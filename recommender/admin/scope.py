"""What every page of figures is about: one storefront and one period, chosen in the address; and its download."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.generic import TemplateView
from unfold.views import UnfoldModelAdminViewMixin

from catalog.admin.access import storefronts_of
from catalog.models import Storefront

from ..models import Measured
from ..services.periods import DEFAULT, OFFERED, Period, last_days
from .charts import Chart
from .downloads import csv_response

#: Figures that are older than this have no clock, or no worker, behind them.
STALE_AFTER = timedelta(minutes=10)


@dataclass(frozen=True)
class Scope:
    """`storefronts`: those that the operator may choose from."""

    storefronts: Sequence[Storefront]
    storefront: Storefront | None
    period: Period

    @property
    def days(self) -> int:
        return self.period.days

    @property
    def storefront_tabs(self) -> list[dict[str, Any]]:
        return [
            {"slug": one.slug, "name": one.name, "current": one == self.storefront, "query": self.query(one.slug)}
            for one in self.storefronts
        ]

    @property
    def period_tabs(self) -> list[dict[str, Any]]:
        return [
            {"name": days_words(days), "current": days == self.days, "query": self.query(days=days)} for days in OFFERED
        ]

    def query(self, slug: str = "", days: int = 0) -> str:
        chosen = slug or (self.storefront.slug if self.storefront else "")
        return f"storefront={chosen}&days={days or self.days}"


def scope_of(request: HttpRequest, permission: str = "catalog.view_storefront") -> Scope:
    """Storefronts are those on which whoever asks has the permission.

    An unknown storefront or period is answered with the first, or the usual one.
    """
    storefronts = list(storefronts_of(request, permission))
    asked = request.GET.get("storefront", "")
    chosen = next((one for one in storefronts if one.slug == asked), storefronts[0] if storefronts else None)
    days = request.GET.get("days", "")
    offered = int(days) if days in map(str, OFFERED) else DEFAULT
    return Scope(storefronts, chosen, last_days(offered))


def days_words(days: int) -> str:
    return _("24 hours") if days == 1 else _("%(n)s days") % {"n": days}


@dataclass(frozen=True)
class Age:
    """How old figures are, in words; `late` says what to do where they are too old."""

    words: str
    late: str = ""


def age_of(at, *, stale: timedelta = STALE_AFTER) -> Age:
    if at is None:
        return Age(
            _("Nothing has been counted yet."),
            _("The first figures come within a minute, if a worker and the clock are running: manage.py serve"),
        )
    words = _("Counted %(ago)s ago.") % {"ago": span_words(timezone.now() - at)}
    if timezone.now() - at <= stale:
        return Age(words)
    return Age(
        words,
        _("A worker and the clock bring figures up to date. Start both, manage.py serve, or see System health."),
    )


def span_words(span: timedelta) -> str:
    seconds = max(0, round(span.total_seconds()))
    if seconds < 60:
        return ngettext("%(n)s second", "%(n)s seconds", seconds) % {"n": seconds}
    if (minutes := seconds // 60) < 60:
        return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}
    if (hours := minutes // 60) < 48:
        return ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours}
    return ngettext("%(n)s day", "%(n)s days", hours // 24) % {"n": f"{hours // 24:,}"}


class FiguresPage(UnfoldModelAdminViewMixin, TemplateView, ABC):
    """A page about one storefront and one period. `?csv=<slug of a chart>` is that chart as a file."""

    raise_exception = True

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.scope = scope_of(request, self.permission_required[0])
        figures = self.figures(self.scope) if self.scope.storefront else {}
        if wanted := request.GET.get("csv"):
            return csv_of(wanted, charts_in(figures))
        state = Measured.objects.filter(storefront=self.scope.storefront).first()
        age = age_of(state.until if state else None)
        context = {"scope": self.scope, "age": age, "state": state, **figures}
        return self.render_to_response(self.get_context_data(**context))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), **called_by_title(self)}

    @abstractmethod
    def figures(self, scope: Scope) -> dict[str, Any]:
        """What the template shows of a storefront."""


def called_by_title(view: UnfoldModelAdminViewMixin) -> dict[str, Any]:
    """Context for a page that hangs under a model without being about it: its own name is all that leads there."""
    return {"content_title": view.title, "model_admin": None}


def charts_in(figures: dict[str, Any]) -> list[Chart]:
    charts: list[Chart] = []
    for value in figures.values():
        charts += [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, Chart)]
    return charts


class Filed(Protocol):
    """What can be downloaded: a chart, or the curves of several runs."""

    @property
    def slug(self) -> str: ...
    @property
    def columns(self) -> Sequence[str]: ...
    @property
    def plain_rows(self) -> list[list[Any]]: ...


def csv_of(slug: str, charts: Sequence[Filed]) -> HttpResponse:
    """Raises Http404 for a chart that the page does not have."""
    chart = next((one for one in charts if one.slug == slug), None)
    if chart is None:
        raise Http404(_("This page has no chart %(slug)s.") % {"slug": slug[:40]})
    return csv_response(chart.slug, chart.columns, chart.plain_rows)
