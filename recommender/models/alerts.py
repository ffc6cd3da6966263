"""What operators want to be told of, and what they were told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, validate_email
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import Storefront


class AlertRule(models.Model):
    """A condition of a storefront, and whom it concerns."""

    class Kind(models.TextChoices):
        DRIFT = "drift", _("a figure drifts")
        LAG = "lag", _("data comes late")
        FAILED = "failed", _("work fails")
        STALE = "stale", _("the index is stale")

    class Channel(models.TextChoices):
        EMAIL = "email", _("e-mail")
        WEBHOOK = "webhook", _("webhook")

    class Figure(models.TextChoices):
        CTR = "ctr", _("click-through rate")
        CONVERSION = "conversion", _("conversion")
        COVERAGE = "coverage", _("coverage")
        FALLBACK = "fallback", _("fallback share")
        P95 = "p95", _("p95 of serving")
        DISMISSALS = "dismissals", _("dismissals")
        DIVERSITY = "diversity", _("diversity")

    storefront = models.ForeignKey(
        Storefront, on_delete=models.CASCADE, related_name="alert_rules", verbose_name=_("storefront")
    )
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    figure = models.CharField(
        _("figure"),
        max_length=16,
        choices=Figure,
        blank=True,
        help_text=_("Of drift: the last 24 hours beside the 24 before."),
    )
    threshold = models.FloatField(
        _("threshold"),
        validators=[MinValueValidator(0)],
        help_text=_(
            "Drift: per cent of change, up or down. Late data: minutes without an event. Failed work: how many pieces. "
            "Stale index: per cent of the items without a vector."
        ),
    )
    channel = models.CharField(_("channel"), max_length=16, choices=Channel)
    target = models.CharField(
        pgettext_lazy("alert rule", "to"), max_length=500, help_text=_("An e-mail address, or the URL of a webhook.")
    )
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True, help_text=_("UTC."))
    quiet_until = models.TimeField(
        _("quiet until"), null=True, blank=True, help_text=_("UTC. What is found meanwhile is told afterwards.")
    )
    cool_down_minutes = models.PositiveIntegerField(
        _("cool-down, minutes"), default=60, help_text=_("After an alert has closed, no new one opens for so long.")
    )
    active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("alert rule")
        verbose_name_plural = _("alert rules")
        ordering = ["storefront", "kind", "id"]
        constraints = [models.UniqueConstraint(fields=["storefront", "id"], name="alertrule_unique_in_storefront")]

    def __str__(self) -> str:
        figure = f": {self.get_figure_display()}" if self.figure else ""
        return f"{self.get_kind_display()}{figure} · {self.storefront}"

    def clean(self) -> None:
        errors: dict[str, object] = {}
        if (self.kind == self.Kind.DRIFT) != bool(self.figure):
            errors["figure"] = _("A drift is of one figure; the other kinds are of none.")
        if self.threshold is not None and self.threshold <= 0:
            errors["threshold"] = _("The threshold lies above 0.")
        if (self.quiet_from is None) != (self.quiet_until is None) or (
            self.quiet_from is not None and self.quiet_from == self.quiet_until
        ):
            errors["quiet_until"] = _("Quiet hours have two different ends, or there are none.")
        if self.channel == self.Channel.EMAIL:
            try:
                validate_email(self.target)
            except ValidationError:
                errors["target"] = _("This is no e-mail address.")
        elif not _web_address(self.target):
            errors["target"] = _("A webhook is an address that begins with https:// or http://, without a user name.")
        if errors:
            raise ValidationError(errors)

    def quiet_end(self, now: datetime) -> datetime | None:
        """When the quiet hours that `now` lies in are over; None outside of them."""
        if self.quiet_from is None or self.quiet_until is None:
            return None
        now = now.astimezone(UTC)
        start, end, at = self.quiet_from, self.quiet_until, now.time()
        inside = start <= at < end if start < end else at >= start or at < end
        if not inside:
            return None
        today = datetime.combine(now.date(), end, tzinfo=UTC)
        return today if today > now else today + timedelta(days=1)


class Alert(models.Model):
    """A condition that was found true: since when, what was seen, and what became of telling it.

    `delivery` is about its beginning, `closing` about its end; they are told one after the other, so that `attempts`,
    `next_try_at` and `error` are of whichever is being told.
    """

    class Delivery(models.TextChoices):
        WAITING = "waiting", _("to be told")
        DELIVERED = "delivered", _("told")
        FAILED = "failed", _("could not be told")
        NEEDLESS = "needless", _("over before it was told")

    storefront = models.ForeignKey(Storefront, on_delete=models.CASCADE, related_name="+", verbose_name=_("storefront"))
    rule = models.ForeignKey(AlertRule, on_delete=models.CASCADE, related_name="alerts", verbose_name=_("alert rule"))
    opened_at = models.DateTimeField(_("open since"), default=timezone.now)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    seen = models.JSONField(_("what was seen"), default=dict)
    delivery = models.CharField(_("telling"), max_length=16, choices=Delivery, default=Delivery.WAITING)
    # That it is over is told only to whom it was told that it began; empty until then.
    closing = models.CharField(_("telling that it is over"), max_length=16, choices=Delivery, blank=True, default="")
    attempts = models.PositiveSmallIntegerField(
        _("attempts"), default=0, help_text=_("At what is told now, or was told last.")
    )
    next_try_at = models.DateTimeField(_("next attempt"), default=timezone.now)
    delivered_at = models.DateTimeField(_("told at"), null=True, blank=True)
    error = models.TextField(_("why not"), blank=True)

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        ordering = ["-id"]
        constraints = [
            # Two workers that look at once cannot open it twice.
            models.UniqueConstraint(fields=["rule"], condition=models.Q(closed_at=None), name="alert_open_once")
        ]
        indexes = [
            models.Index(fields=["delivery", "next_try_at"], name="alert_to_tell"),
            models.Index(fields=["next_try_at"], condition=models.Q(closing="waiting"), name="alert_to_tell_over"),
            models.Index(fields=["storefront", "closed_at"], name="alert_open"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.rule}"

    @property
    def telling_end(self) -> bool:
        """Whether what is to be told now is that it is over."""
        return self.delivery == self.Delivery.DELIVERED and bool(self.closing)


def _web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
    except ValueError:
        return False
