"""What became of a list: the items of it that came into sight, and those that were opened from it."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import Storefront

from .recommendations import Recommendation


class Impression(models.Model):
    """An item of a served list that came into somebody's sight, for the first time in that list."""

    storefront = models.ForeignKey(
        Storefront, on_delete=models.CASCADE, related_name="+", db_index=False, verbose_name=_("storefront")
    )
    recommendation = models.ForeignKey(
        Recommendation,
        on_delete=models.CASCADE,
        related_name="impressions",
        db_index=False,
        verbose_name=_("recommendation"),
    )
    position = models.PositiveSmallIntegerField(_("position"), help_text=_("In the list, counted from 0."))
    seen_at = models.DateTimeField(_("seen"), default=timezone.now)

    class Meta:
        verbose_name = _("impression")
        verbose_name_plural = _("impressions")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["recommendation", "position"], name="impression_once")]
        indexes = [models.Index(fields=["storefront", "seen_at"], name="impression_in_time")]

    def __str__(self) -> str:
        return f"{self.recommendation_id} {self.position}"


class Click(models.Model):
    """An item that somebody opened from a served list, for the first time from that list."""

    storefront = models.ForeignKey(
        Storefront, on_delete=models.CASCADE, related_name="+", db_index=False, verbose_name=_("storefront")
    )
    recommendation = models.ForeignKey(
        Recommendation,
        on_delete=models.CASCADE,
        related_name="clicks",
        db_index=False,
        verbose_name=_("recommendation"),
    )
    position = models.PositiveSmallIntegerField(_("position"), help_text=_("In the list, counted from 0."))
    clicked_at = models.DateTimeField(_("clicked"), default=timezone.now)

    class Meta:
        verbose_name = _("click")
        verbose_name_plural = _("clicks")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["recommendation", "position"], name="click_once")]
        indexes = [models.Index(fields=["storefront", "clicked_at"], name="click_in_time")]

    def __str__(self) -> str:
        return f"{self.recommendation_id} {self.position}"
