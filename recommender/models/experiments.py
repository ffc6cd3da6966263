"""Experiments on a placement, their arms, and the slot in which a placement tries what it knows little of."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import Storefront

from .runs import Artifact


def new_salt() -> str:
    return secrets.token_hex(8)


class Experiment(models.Model):
    """Persons of a placement are split among arms, and what comes of it is compared.

    `results` are what a worker made of it last: see jobs.experiments. A decision is written once and stays.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        RUNNING = "running", _("running")
        STOPPED = "stopped", _("stopped")

    class Method(models.TextChoices):
        FIXED = "fixed", _("one look at the planned end")
        SEQUENTIAL = "sequential", _("valid at every look")

    class Allocation(models.TextChoices):
        SPLIT = "split", _("fixed shares")
        BANDIT = "bandit", _("Thompson sampling")

    storefront = models.ForeignKey(
        Storefront, on_delete=models.CASCADE, related_name="experiments", verbose_name=_("storefront")
    )
    name = models.CharField(_("name"), max_length=120)
    hypothesis = models.CharField(_("hypothesis"), max_length=500, blank=True)
    placement = models.CharField(_("placement"), max_length=64)
    salt = models.CharField(max_length=32, default=new_salt, editable=False)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT)
    method = models.CharField(_("intervals"), max_length=12, choices=Method, default=Method.SEQUENTIAL)
    allocation = models.CharField(_("allocation"), max_length=8, choices=Allocation, default=Allocation.SPLIT)
    primary_metric = models.CharField(_("primary metric"), max_length=32, default="ctr")
    # [[metric, the relative loss that is still borne], …]
    guardrails = models.JSONField(_("guardrails"), default=list, blank=True)
    minimum_effect = models.FloatField(
        _("smallest effect"), default=0.1, help_text=_("Relative: 0.1 is a tenth more of the primary metric.")
    )
    planned_persons = models.PositiveIntegerField(_("planned persons"), default=0, help_text=_("In all arms together."))
    ramp = models.FloatField(_("share that takes part"), default=1.0)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    planned_end = models.DateTimeField(_("planned end"), null=True, blank=True)
    stopped_at = models.DateTimeField(_("stopped"), null=True, blank=True)
    winner = models.ForeignKey(
        "Arm", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("chosen arm")
    )
    decision = models.TextField(_("decision"), blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    results = models.JSONField(_("results"), default=dict, blank=True)
    measured_at = models.DateTimeField(_("measured"), null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        verbose_name = _("experiment")
        verbose_name_plural = _("experiments")
        ordering = ["-id"]
        constraints = [
            # Two experiments on one placement would each be the other's noise.
            models.UniqueConstraint(
                fields=["storefront", "placement"],
                condition=models.Q(status="running"),
                name="experiment_one_running",
            ),
            models.CheckConstraint(condition=models.Q(ramp__gt=0, ramp__lte=1), name="experiment_ramp_is_a_share"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_bandit(self) -> bool:
        return self.allocation == self.Allocation.BANDIT


class Arm(models.Model):
    """One of the ways in which an experiment's persons are served. Without an artifact: whatever is live."""

    experiment = models.ForeignKey(
        Experiment, on_delete=models.CASCADE, related_name="arms", verbose_name=_("experiment")
    )
    number = models.PositiveSmallIntegerField(_("number"), help_text=_("0 is the baseline."))
    name = models.CharField(_("name"), max_length=60)
    artifact = models.ForeignKey(
        Artifact, on_delete=models.PROTECT, null=True, blank=True, related_name="arms", verbose_name=_("artifact")
    )
    options = models.JSONField(_("serving options"), default=dict, blank=True)
    share = models.FloatField(_("share"), help_text=_("Of those who take part; a bandit moves it."))

    class Meta:
        verbose_name = _("arm")
        verbose_name_plural = _("arms")
        ordering = ["experiment", "number"]
        constraints = [
            models.UniqueConstraint(fields=["experiment", "number"], name="arm_number_once"),
            models.CheckConstraint(condition=models.Q(share__gt=0, share__lte=1), name="arm_share_is_a_share"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """What lists of this arm are marked with."""
        return f"{self.experiment_id}:{self.number}"


class Allocation(models.Model):
    """What a bandit decided at a moment: rows in the order of the arms' numbers."""

    experiment = models.ForeignKey(
        Experiment, on_delete=models.CASCADE, related_name="allocations", verbose_name=_("experiment")
    )
    shares = models.JSONField(_("shares"), default=list)
    best = models.JSONField(_("chance to be the best"), default=list)
    regret = models.FloatField(_("regret"), default=0.0)
    at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        verbose_name = _("allocation")
        verbose_name_plural = _("allocations")
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.experiment_id} {self.at:%Y-%m-%d %H:%M}"


class Exploration(models.Model):
    """A slot of a placement in which, for a share of the lists, an eligible item is drawn by chance.

    Every list of the placement records the chance with which the slot's item was shown: that is what makes an honest
    estimate of other choices possible.
    """

    storefront = models.ForeignKey(
        Storefront, on_delete=models.CASCADE, related_name="explorations", verbose_name=_("storefront")
    )
    placement = models.CharField(_("placement"), max_length=64)
    share = models.FloatField(_("share of the lists"), default=0.1)
    position = models.PositiveSmallIntegerField(_("position"), default=3, help_text=_("In the list, counted from 0."))
    category = models.CharField(
        _("category"), max_length=200, blank=True, help_text=_("Only items of this category. Empty: of any.")
    )
    newer_than_days = models.PositiveSmallIntegerField(
        _("at most so many days old"), null=True, blank=True, help_text=_("Empty: of any age.")
    )
    active = models.BooleanField(_("active"), default=True)
    report = models.JSONField(default=dict, blank=True, editable=False)
    measured_at = models.DateTimeField(_("measured"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("exploration slot")
        verbose_name_plural = _("exploration slots")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["storefront", "placement"], condition=models.Q(active=True), name="exploration_one_active"
            ),
            models.CheckConstraint(condition=models.Q(share__gt=0, share__lte=1), name="exploration_share_is_a_share"),
        ]

    def __str__(self) -> str:
        return f"{self.placement} {self.position + 1}"
