"""The lists that were served."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import Storefront

from .deployments import Deployment
from .experiments import Arm


class Recommendation(models.Model):
    """One served list. Every later click, purchase and complaint can name it."""

    class Fallback(models.TextChoices):
        NONE = "", _("none")
        NO_MODEL = "no_model", _("no model is live")
        COLD_PERSON = "cold_person", _("nothing is known about the person")
        MODEL_UNAVAILABLE = "model_unavailable", _("the model could not be loaded")

    id = models.UUIDField(_("id"), primary_key=True, default=uuid.uuid4, editable=False)
    storefront = models.ForeignKey(
        Storefront,
        on_delete=models.CASCADE,
        related_name="recommendations",
        db_index=False,
        verbose_name=_("storefront"),
    )
    person = models.ForeignKey(
        "behaviour.Person",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="recommendations",
        verbose_name=_("person"),
    )
    placement = models.CharField(_("placement"), max_length=64)
    deployment = models.ForeignKey(
        Deployment,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("deployment"),
    )
    fallback = models.CharField(_("fallback"), max_length=20, choices=Fallback, blank=True, default=Fallback.NONE)
    # [[item id, score, source], …] in the order shown: the index is the position. One row a list, not one an item.
    items = models.JSONField(_("items"), default=list)
    context = models.JSONField(_("context"), default=dict, blank=True)
    # What the ranking goes on with, packed by services.pages; emptied when no cursor can ask for it any more.
    rest = models.TextField(_("later pages"), null=True, editable=False)  # noqa: DJ001 - null stays out of its index
    arm = models.ForeignKey(
        Arm,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="recommendations",
        db_index=False,
        verbose_name=_("arm of an experiment"),
    )
    # Where the placement explores: {"position", "item", "propensity", "pool", …}; see services.exploring.
    exploration = models.JSONField(_("exploration"), null=True, blank=True)
    milliseconds = models.FloatField(
        _("milliseconds"), null=True, blank=True, help_text=_("From the question to the finished list.")
    )
    created_at = models.DateTimeField(_("served"), default=timezone.now)

    class Meta:
        verbose_name = _("served list")
        verbose_name_plural = _("served lists")
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["storefront", "created_at"], name="recommendation_in_time"),
            models.Index(
                fields=["arm", "created_at"], condition=models.Q(arm__isnull=False), name="recommendation_of_arm"
            ),
            models.Index(
                fields=["storefront", "placement", "created_at"],
                condition=models.Q(exploration__isnull=False),
                name="recommendation_explored",
            ),
            models.Index(
                fields=["created_at"], condition=models.Q(rest__isnull=False), name="recommendation_with_rest"
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def start(self) -> int:
        """Position of the first item: a later page of a list goes on counting."""
        return self.context.get("start", 0)
