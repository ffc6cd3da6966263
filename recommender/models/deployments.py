"""What operators have put live."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import Storefront

from .runs import Artifact


class Deployment(models.Model):
    """An artifact that an operator put live. The history stays: rollback is activating the one before."""

    storefront = models.ForeignKey(
        Storefront, on_delete=models.CASCADE, related_name="deployments", verbose_name=_("storefront")
    )
    placement = models.CharField(
        _("placement"), max_length=64, blank=True, help_text=_("Empty: every placement without one of its own.")
    )
    artifact = models.ForeignKey(
        Artifact, on_delete=models.PROTECT, related_name="deployments", verbose_name=_("artifact")
    )
    previous = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("previous")
    )
    active = models.BooleanField(_("live"), default=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    activated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    activated_at = models.DateTimeField(_("since"), default=timezone.now)

    class Meta:
        verbose_name = _("deployment")
        verbose_name_plural = _("deployments")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["storefront", "placement"], condition=models.Q(active=True), name="deployment_one_live"
            )
        ]

    def __str__(self) -> str:
        return f"{self.artifact} → {self.placement or '*'}"


class LanguageDeployment(models.Model):
    """A language model that an operator put live: the interest model, or the keyword writer, of a storefront.

    The text encoder is not among them: its change takes vectors of every item first; see LiveEncoder.
    """

    storefront = models.ForeignKey(
        Storefront, on_delete=models.CASCADE, related_name="language_deployments", verbose_name=_("storefront")
    )
    product = models.CharField(_("product"), max_length=32, choices=Artifact.Product)
    artifact = models.ForeignKey(
        Artifact, on_delete=models.PROTECT, related_name="language_deployments", verbose_name=_("artifact")
    )
    previous = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("previous")
    )
    active = models.BooleanField(_("live"), default=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    activated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    activated_at = models.DateTimeField(_("since"), default=timezone.now)

    class Meta:
        verbose_name = _("live language model")
        verbose_name_plural = _("live language models")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["storefront", "product"], condition=models.Q(active=True), name="language_deployment_one_live"
            )
        ]

    def __str__(self) -> str:
        return f"{self.artifact} → {self.get_product_display()}"

    @property
    def folder(self) -> Path:
        """Where the model's files lie."""
        return self.artifact.path
