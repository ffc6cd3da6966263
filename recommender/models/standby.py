"""Artifacts that wait to go live: the challenger of a placement, and the shadow that answers where nobody sees it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import Storefront

from .runs import Artifact


class Standby(models.Model):
    """An artifact beside the champion (the active Deployment) of a placement."""

    class Role(models.TextChoices):
        CHALLENGER = "challenger", _("challenger")
        SHADOW = "shadow", _("shadow")

    storefront = models.ForeignKey(
        Storefront, on_delete=models.CASCADE, related_name="standbys", verbose_name=_("storefront")
    )
    placement = models.CharField(
        _("placement"), max_length=64, blank=True, help_text=_("Empty: every placement without one of its own.")
    )
    role = models.CharField(_("role"), max_length=16, choices=Role)
    artifact = models.ForeignKey(
        Artifact, on_delete=models.PROTECT, related_name="standbys", verbose_name=_("artifact")
    )
    share = models.FloatField(_("share"), default=0.0, help_text=_("Of a shadow: the part of lists that it mirrors."))
    active = models.BooleanField(_("active"), default=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(_("since"), default=timezone.now)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("standby")
        verbose_name_plural = _("standbys")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["storefront", "placement", "role"], condition=models.Q(active=True), name="standby_one_a_role"
            ),
            models.CheckConstraint(condition=models.Q(share__gte=0, share__lte=1), name="standby_share"),
        ]

    def __str__(self) -> str:
        return f"{self.artifact} ({self.get_role_display()})"


class ShadowList(models.Model):
    """One list that was answered by both, off the request path. It says nothing of the person."""

    standby = models.ForeignKey(Standby, on_delete=models.CASCADE, related_name="lists", verbose_name=_("shadow"))
    overlap = models.FloatField(_("overlap@10"))
    champion_ms = models.FloatField(_("champion, ms"))
    shadow_ms = models.FloatField(_("shadow, ms"), null=True, help_text=_("Empty where it had no answer."))
    created_at = models.DateTimeField(_("mirrored"), default=timezone.now)

    class Meta:
        verbose_name = _("mirrored list")
        verbose_name_plural = _("mirrored lists")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(overlap__gte=0, overlap__lte=1), name="shadow_overlap")
        ]

    def __str__(self) -> str:
        return f"{self.standby} {self.overlap:.2f}"
