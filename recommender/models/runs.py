"""Training runs, and the artifacts that they leave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models import Storefront


class TrainingRun(models.Model):
    """One training, from the wish to the artifact. The row is the truth; the task is only its messenger."""

    #: The task of runs that train an algorithm; others are slugs of `language.task`, or one of the other two.
    RANKING = "train"
    CHANGE_ENCODER = "embed"
    WRITE_KEYWORDS = "write-keywords"

    class Status(models.TextChoices):
        QUEUED = "queued", _("queued")
        RUNNING = "running", _("running")
        FINISHED = "finished", _("finished")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("stopped")

    storefront = models.ForeignKey(
        Storefront, on_delete=models.CASCADE, related_name="training_runs", verbose_name=_("storefront")
    )
    task = models.CharField(
        _("task"), max_length=32, default=RANKING, help_text=_("Train a ranking algorithm, or teach a language model.")
    )
    algorithm = models.CharField(_("algorithm"), max_length=64, blank=True)
    config = models.JSONField(_("settings"), default=dict, blank=True, help_text=_("Empty: found on validation."))
    protocol = models.CharField(_("protocol"), max_length=32, default="leave-one-out")
    seed = models.PositiveIntegerField(_("seed"), default=0)
    activate = models.BooleanField(_("put live when done"), default=False)
    status = models.CharField(_("status"), max_length=16, choices=Status, default=Status.QUEUED)
    stage = models.CharField(_("stage"), max_length=100, blank=True)
    progress = models.FloatField(_("progress"), default=0)
    # What is drawn while it trains: [{"step": …, "loss": …, …}, …], one entry an evaluation.
    curves = models.JSONField(_("curves"), default=list, blank=True, editable=False)
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
        return f"#{self.pk} {self.algorithm or self.task}"

    @property
    def ended(self) -> bool:
        return self.status in (self.Status.FINISHED, self.Status.FAILED, self.Status.CANCELLED)


class Artifact(models.Model):
    """A trained algorithm: a folder with a manifest. Rows are written after the folder is whole."""

    class Product(models.TextChoices):
        RANKING = "ranking", _("ranking")
        ENCODER = "encoder", _("text encoder")
        INTEREST = "interest", _("interest model")
        KEYWORDS = "keywords", _("keyword writer")
        LANGUAGE_MODEL = "language-model", _("language model")
        REPORT = "report", _("report")  # of a run that leaves rows and no model: vectors, keywords of persons

    storefront = models.ForeignKey(
        Storefront, on_delete=models.CASCADE, related_name="artifacts", verbose_name=_("storefront")
    )
    run = models.OneToOneField(
        TrainingRun, on_delete=models.SET_NULL, null=True, related_name="artifact", verbose_name=_("training run")
    )
    product = models.CharField(_("product"), max_length=32, choices=Product, default=Product.RANKING)
    algorithm = models.CharField(_("algorithm"), max_length=64, help_text=_("Or the language task that made it."))
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

    @property
    def figures(self) -> dict[str, int | float | str]:
        """What a language run measured: `before.ndcg@10` for one inside another; curves and lists are left out."""
        return dict(_flat(self.manifest.get("figures", {})))


def _flat(figures: Mapping[str, Any], start: str = "") -> Iterator[tuple[str, int | float | str]]:
    for name, value in figures.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{start}{name}.")
        elif isinstance(value, (int, float, str)):
            yield start + name, value
