"""What was found wrong: since when, whether it is over, whether somebody was told, and what to do."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.admin.access import ReadOnlyAdmin, confirmation, in_words, object_or_404
from catalog.admin.filters import StorefrontFilter
from catalog.models import Storefront

from ..models import Alert
from ..services.alerts import alert_words
from ..services.audit import audit_record
from .stored_words import stored_words

Delivery = Alert.Delivery
MOST_NOTES = 10


#: What became of telling it.
SENT = {
    Delivery.WAITING: gettext_lazy("not sent yet"),
    Delivery.DELIVERED: gettext_lazy("sent"),
    Delivery.FAILED: gettext_lazy("could not be sent"),
    Delivery.NEEDLESS: gettext_lazy("over before a message was sent"),
}


class SentFilter(admin.SimpleListFilter):
    title = gettext_lazy("message")
    parameter_name = "delivery"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [(state.value, str(words)) for state, words in SENT.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(delivery=self.value()) if self.value() in Delivery.values else queryset


class OpenFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("1", pgettext("alert", "open")), ("0", pgettext("alert", "closed"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset if self.value() not in ("0", "1") else queryset.filter(closed_at__isnull=self.value() == "1")


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    empty_words = gettext_lazy(
        "Nothing was found wrong. An alert appears here when the condition of an alert rule becomes true; the "
        "rules are asked every minute."
    )
    list_display = ("what", "storefront", "state", "opened_at", "closed_at", "telling")
    list_filter = (StorefrontFilter, OpenFilter, SentFilter)
    list_select_related = ("storefront", "rule__storefront")
    search_fields = ("error", "rule__kind", "rule__figure", "storefront__name")
    list_per_page = 50
    fields = (
        "what",
        "to_do",
        "storefront",
        "rule",
        "state_words",
        "opened_at",
        "closed_at",
        "telling_words",
        "telling_end",
        "attempts_made",
        "sent_at",
        "next_try",
        "error_shown",
    )
    actions_detail = ("tell_again",)

    def has_tell_again_permission(self, request: HttpRequest, obj: Alert | None = None) -> bool:
        return self.permits(request, "recommender.change_alert", obj)

    def get_actions_detail(self, request: HttpRequest, object_id: str) -> list:
        alert = self.get_object(request, object_id)
        useful = alert is not None and Delivery.FAILED in (alert.delivery, alert.closing)
        return super().get_actions_detail(request, object_id) if useful else []

    @action(
        description=gettext_lazy("Tell again"),
        url_path="tell-again",
        permissions=["tell_again"],
        icon="send",
        variant=ActionVariant.PRIMARY,
    )
    def tell_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        alert = object_or_404(self, request, object_id)
        if request.method == "POST":
            part = "closing" if alert.telling_end else "delivery"
            untold = Alert.objects.filter(**{part: Delivery.FAILED}, pk=alert.pk)
            if untold.update(**{part: Delivery.WAITING}, attempts=0, next_try_at=timezone.now()):
                audit_record(action="tell again", subject=alert, storefront=alert.storefront, actor=request.user)
                messages.success(request, _("A worker tries within a minute."))
            else:
                messages.warning(request, _("It was told, or is being tried."))
            return redirect(reverse("admin:recommender_alert_change", args=[alert.pk]))
        return confirmation(
            self,
            request,
            alert,
            title=_("Tell it again?"),
            explanation=_("It could not be told: %(why)s") % {"why": stored_words(alert.error)},
            button=_("Tell again"),
        )

    @display(description=gettext_lazy("what was found"))
    def what(self, alert: Alert) -> str:
        return alert_words(alert)["what"]

    @display(description=gettext_lazy("what to do"))
    def to_do(self, alert: Alert) -> str:
        return alert_words(alert)["do"]

    @display(description=gettext_lazy("state"), label={"open": "danger", "closed": "success"})
    def state(self, alert: Alert) -> tuple[str, str]:
        return (
            ("open", pgettext("alert", "open")) if alert.closed_at is None else ("closed", pgettext("alert", "closed"))
        )

    state_words = in_words(state)

    @display(
        description=gettext_lazy("message"),
        ordering="delivery",
        label={
            Delivery.WAITING: "info",
            Delivery.DELIVERED: "success",
            Delivery.FAILED: "danger",
            Delivery.NEEDLESS: "",
        },
    )
    def telling(self, alert: Alert) -> tuple[str, str]:
        return alert.delivery, str(SENT[Delivery(alert.delivery)])

    telling_words = in_words(telling)

    @display(description=gettext_lazy("all-clear"))
    def telling_end(self, alert: Alert) -> str:
        return str(SENT[Delivery(alert.closing)]) if alert.closing else "–"

    @display(description=gettext_lazy("why not"))
    def error_shown(self, alert: Alert) -> str:
        return stored_words(alert.error) or "–"

    @display(description=gettext_lazy("attempts to send"))
    def attempts_made(self, alert: Alert) -> int:
        """Of the message, or of the all-clear once it is its turn."""
        return alert.attempts

    @display(description=gettext_lazy("sent at"))
    def sent_at(self, alert: Alert) -> str:
        return f"{alert.delivered_at:%Y-%m-%d %H:%M} UTC" if alert.delivered_at else "–"

    @display(description=gettext_lazy("next attempt"))
    def next_try(self, alert: Alert) -> str:
        waits = Delivery.WAITING in (alert.delivery, alert.closing)
        return f"{alert.next_try_at:%Y-%m-%d %H:%M} UTC" if waits else "–"


def alert_notes(storefronts: Sequence[Storefront]) -> list[dict[str, str]]:
    """The open alerts as Home lists them: the newest, a sentence each. One query."""
    rows = Alert.objects.filter(storefront__in=storefronts, closed_at=None).select_related("rule__storefront")
    return [
        {"text": _since(row, alert_words(row)["what"]), "url": reverse("admin:recommender_alert_change", args=[row.pk])}
        for row in rows[:MOST_NOTES]
    ]


def _since(alert: Alert, what: str) -> str:
    """With the day from which its "last 24 hours" count: it may have been open for some."""
    return f"{alert.opened_at:%Y-%m-%d}: {what}"
