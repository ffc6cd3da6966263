"""Of what operators want to be told, and where."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.contrib import admin
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from unfold.contrib.filters.admin import BooleanRadioFilter
from unfold.decorators import display

from catalog.admin.filters import StorefrontFilter

from ..models import AlertRule
from ..services.alerts import webhook_secret
from .audited import AuditedAdmin
from .scope import span_words

Kind = AlertRule.Kind


@admin.register(AlertRule)
class AlertRuleAdmin(AuditedAdmin):
    audited = (
        "kind",
        "figure",
        "threshold",
        "channel",
        "target",
        "quiet_from",
        "quiet_until",
        "cool_down_minutes",
        "active",
    )
    list_display = ("name", "storefront", "limit", "told", "quiet", "active")
    # Not by its target: that is for those who may change the rule.
    search_fields = ("kind", "figure", "storefront__name")
    list_filter = (StorefrontFilter, "kind", "channel", ("active", BooleanRadioFilter))
    list_select_related = ("storefront",)
    list_per_page = 50

    def get_fieldsets(self, request: HttpRequest, obj: AlertRule | None = None):
        """An address of a webhook may open a door: only whoever may change it reads it whole."""
        writes = self.has_change_permission(request, obj) if obj else True
        told = ["channel", "target"] if writes else ["told"]
        if obj and writes and obj.channel == AlertRule.Channel.WEBHOOK:
            told.append("secret")
        return (
            (pgettext_lazy("alert rule", "When"), {"fields": ("storefront", "kind", "figure", "threshold", "active")}),
            (gettext_lazy("Whom it is told"), {"fields": tuple(told)}),
            (gettext_lazy("When not to tell"), {"fields": ("quiet_from", "quiet_until", "cool_down_minutes")}),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: AlertRule | None = None) -> tuple[str, ...]:
        return (*super().get_readonly_fields(request, obj), "told", "secret")

    def record(
        self, request: HttpRequest, action: str, obj: AlertRule, before: dict | None, after: dict | None
    ) -> None:
        """The log is read by more people than may read the address of a webhook."""
        super().record(request, action, obj, _without_address(before), _without_address(after))

    @display(description=gettext_lazy("what"), ordering="kind")
    def name(self, rule: AlertRule) -> str:
        return f"{rule.get_kind_display()}: {rule.get_figure_display()}" if rule.figure else rule.get_kind_display()

    @display(description=gettext_lazy("threshold"), ordering="threshold")
    def limit(self, rule: AlertRule) -> str:
        words = {
            Kind.DRIFT: _("more than %(n)s%% up or down in a day"),
            Kind.LAG: _("no event for %(span)s"),
            Kind.FAILED: _("%(n)s or more"),
            Kind.STALE: _("more than %(n)s%% without a vector"),
        }
        lag = span_words(timedelta(minutes=rule.threshold)) if rule.kind == Kind.LAG else ""
        return words[Kind(rule.kind)] % {"n": f"{rule.threshold:g}", "span": lag}

    @display(description=pgettext_lazy("alert rule", "to"))
    def told(self, rule: AlertRule) -> str:
        if rule.channel == AlertRule.Channel.WEBHOOK:
            return _("webhook at %(host)s") % {"host": urlsplit(rule.target).hostname}
        return rule.target

    @display(description=gettext_lazy("quiet hours"))
    def quiet(self, rule: AlertRule) -> str:
        return f"{rule.quiet_from:%H:%M}–{rule.quiet_until:%H:%M} UTC" if rule.quiet_from else "–"

    @display(description=gettext_lazy("signing key"))
    def secret(self, rule: AlertRule) -> SafeString:
        return format_html("<code>{}</code>", webhook_secret(rule))


def _without_address(said: dict[str, Any] | None) -> dict[str, Any] | None:
    """A webhook by its host, and by a mark that changes with the rest of its address."""
    if said is None or said["channel"] != AlertRule.Channel.WEBHOOK:
        return said
    mark = salted_hmac("kindred.alerts.target", said["target"], algorithm="sha256").hexdigest()[:8]
    return {**said, "target": f"{urlsplit(said['target']).hostname} ({mark})"}
