"""What an operator wants done again and again on a storefront."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import Storefront

from .runs import TrainingRun

MOST_HOURS = 24 * 31


class Schedule(models.Model):
    """One piece of work and its rhythm. `jobs.schedules` claims those that are due; the row says what came of it."""

    class What(models.TextChoices):
        RETRAIN = "retrain", _("train anew")
        EMBED = "embed", _("give new items their vectors")
        EVALUATE = "evaluate", _("evaluate")
        CLEAN = "clean", _("clean up")

    class State(models.TextChoices):
        NEVER = "", _("not run yet")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        HELD = "held", _("held back by the gates")
        FAILED = "failed", _("failed")

    storefront = models.ForeignKey(
        Storefront, on_delete=models.CASCADE, related_name="schedules", verbose_name=_("storefront")
    )
    what = models.CharField(_("what"), max_length=16, choices=What)
    algorithm = models.CharField(
        _("algorithm"),
        max_length=64,
        blank=True,
        help_text=_("Of training and evaluating. Empty: that of the live model."),
    )
    every_hours = models.PositiveSmallIntegerField(
        _("every so many hours"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_HOURS)],
        help_text=_("Either this or a time of the day."),
    )
    daily_at = models.TimeField(_("daily at"), null=True, blank=True, help_text=_("UTC."))
    promote = models.BooleanField(
        _("put live through the gates"),
        default=False,
        help_text=_(
            "A trained model goes live if it passes every gate of the storefront; else it waits in the registry."
        ),
    )
    active = models.BooleanField(_("active"), default=True)
    state = models.CharField(
        _("last outcome"), max_length=16, choices=State, default=State.NEVER, blank=True, editable=False
    )
    said = models.TextField(_("what was said"), blank=True, editable=False)
    run = models.ForeignKey(
        TrainingRun,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("training run"),
    )
    # The worker that holds the work writes with its own token; one that lost its lease writes to nobody.
    lease_token = models.UUIDField(null=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    heartbeat_at = models.DateTimeField(null=True, editable=False)
    last_run_at = models.DateTimeField(_("last run"), null=True, editable=False)
    ended_at = models.DateTimeField(_("ended"), null=True, editable=False)
    next_run_at = models.DateTimeField(_("next run"), default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("schedule")
        verbose_name_plural = _("schedules")
        ordering = ["storefront", "what", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(every_hours__isnull=True) ^ models.Q(daily_at__isnull=True),
                name="schedule_one_rhythm",
            )
        ]
        indexes = [models.Index(fields=["active", "next_run_at"], name="schedule_due")]

    def __str__(self) -> str:
        algorithm = f" ({self.algorithm})" if self.algorithm else ""
        return f"{self.get_what_display()}{algorithm} · {self.storefront}"

    def clean(self) -> None:
        if (self.every_hours is None) == (self.daily_at is None):
            raise ValidationError({"every_hours": _("Say either every how many hours, or at what time of the day.")})
        if self.promote and self.what != self.What.RETRAIN:
            raise ValidationError({"promote": _("Only a trained model can be put live.")})
        if self.algorithm and self.what not in (self.What.RETRAIN, self.What.EVALUATE):
            raise ValidationError({"algorithm": _("Only training and evaluating are about an algorithm.")})

    def after(self, now: datetime) -> datetime:
        """When it is due next. Times that passed while nobody worked are not made up for."""
        if self.every_hours is not None:
            return now + timedelta(hours=self.every_hours)
        today = datetime.combine(now.astimezone(UTC).date(), self.daily_at, tzinfo=UTC)
        return today if today > now else today + timedelta(days=1)
