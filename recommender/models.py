"""How behaviour leads to items: runs, artifacts, deployments, vectors and the lists that were served."""

from __future__ import annotations

import uuid
from pathlib import Path

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import Item, Storefront


class LiveEncoder(models.Model):
    """The text encoder whose vectors a storefront serves with. Switching it is one row's update."""

    storefront = models.OneToOneField(
        Storefront, on_delete=models.CASCADE, related_name="encoder", verbose_name=_("storefront")
    )
    fingerprint = models.CharField(_("fingerprint"), max_length=64)
    model = models.CharField(_("model"), max_length=500)
    dimensions = models.PositiveIntegerField(_("dimensions"))
    switched_at = models.DateTimeField(_("live since"), default=timezone.now)

    class Meta:
        verbose_name = _("live encoder")
        verbose_name_plural = _("live encoders")

    def __str__(self) -> str:
        return f"{self.model} ({self.fingerprint[:8]})"

    @property
    def folder(self) -> Path:
        """Where a worker exported the encoder for the web processes."""
        return settings.VAR_DIR / "encoders" / self.fingerprint


class ItemVector(models.Model):
    """The embedding of one item's text: float32, little-endian, L2-normalised."""

    storefront = models.ForeignKey(Storefront, on_delete=models.CASCADE, related_name="+", db_index=False)
    item = models.ForeignKey(
        Item, on_delete=models.CASCADE, related_name="vectors", db_index=False, verbose_name=_("item")
    )
    encoder = models.CharField(_("encoder"), max_length=64, help_text=_("The encoder's fingerprint."))
    text_hash = models.CharField(_("text hash"), max_length=64)
    vector = models.BinaryField()
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        verbose_name = _("item vector")
        verbose_name_plural = _("item vectors")
        constraints = [models.UniqueConstraint(fields=["item", "encoder"], name="vector_once")]
        indexes = [
            models.Index(fields=["encoder", "text_hash"], name="vector_cache"),
            models.Index(fields=["storefront", "encoder", "updated_at"], name="vector_changes"),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.encoder[:8]}"


class TrainingRun(models.Model):
    """One training, from the wish to the artifact. The row is the truth; the task is only its messenger."""

    class Status(models.TextChoices):
        QUEUED = "queued", _("queued")
        RUNNING = "running", _("running")
        FINISHED = "finished", _("finished")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("stopped")

    storefront = models.ForeignKey(
        Storefront, on_delete=models.CASCADE, related_name="training_runs", verbose_name=_("storefront")
    )
    algorithm = models.CharField(_("algorithm"), max_length=64)
    config = models.JSONField(_("settings"), default=dict, blank=True, help_text=_("Empty: found on validation."))
    protocol = models.CharField(_("protocol"), max_length=32, default="leave-one-out")
    seed = models.PositiveIntegerField(_("seed"), default=0)
    activate = models.BooleanField(_("put live when done"), default=False)
    status = models.CharField(_("status"), max_length=16, choices=Status, default=Status.QUEUED)
    stage = models.CharField(_("stage"), max_length=100, blank=True)
    progress = models.FloatField(_("progress"), default=0)
    log = models.TextField(_("log"), blank=True)
    error = models.TextField(_("error"), blank=True)
    cancel_requested = models.BooleanField(default=False, editable=False)
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=0)
    # The worker that holds the run writes with its own token; one that lost its lease writes to nobody.
    lease_token = models.UUIDField(null=True, editable=False)
    heartbeat_at = models.DateTimeField(_("last sign of life"), null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("training run")
        verbose_name_plural = _("training runs")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(progress__gte=0, progress__lte=1), name="run_progress_is_share")
        ]
        indexes = [models.Index(fields=["storefront", "status"], name="run_status")]

    def __str__(self) -> str:
        return f"#{self.pk} {self.algorithm}"

    @property
    def ended(self) -> bool:
        return self.status in (self.Status.FINISHED, self.Status.FAILED, self.Status.CANCELLED)


class Artifact(models.Model):
    """A trained algorithm: a folder with a manifest. Rows are written after the folder is whole."""

    storefront = models.ForeignKey(
        Storefront, on_delete=models.CASCADE, related_name="artifacts", verbose_name=_("storefront")
    )
    run = models.OneToOneField(
        TrainingRun, on_delete=models.SET_NULL, null=True, related_name="artifact", verbose_name=_("training run")
    )
    algorithm = models.CharField(_("algorithm"), max_length=64)
    folder = models.CharField(_("folder"), max_length=200, unique=True, help_text=_("Inside the artifacts folder."))
    manifest = models.JSONField(_("manifest"), default=dict)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("artifact")
        verbose_name_plural = _("artifacts")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["storefront", "id"], name="artifact_unique_in_storefront")]

    def __str__(self) -> str:
        return f"{self.algorithm} #{self.pk}"

    @property
    def path(self) -> Path:
        return settings.VAR_DIR / "artifacts" / self.folder


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
    created_at = models.DateTimeField(_("served"), default=timezone.now)

    class Meta:
        verbose_name = _("recommendation")
        verbose_name_plural = _("recommendations")
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["storefront", "created_at"], name="recommendation_in_time")]

    def __str__(self) -> str:
        return str(self.id)
