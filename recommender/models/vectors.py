"""Text embeddings of items: which encoder is live, what it gave, and where it failed."""

from __future__ import annotations

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
    artifact = models.ForeignKey(
        "recommender.Artifact",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("artifact"),
        help_text=_("Empty: the encoder of the settings."),
    )
    switched_at = models.DateTimeField(_("live since"), default=timezone.now)

    class Meta:
        verbose_name = _("text encoder")
        verbose_name_plural = _("text encoders")

    def __str__(self) -> str:
        return f"{self.model} ({self.fingerprint[:8]})"

    @property
    def folder(self) -> Path:
        """Where a worker exported the encoder for the web processes."""
        return settings.VAR_DIR / "encoders" / self.fingerprint


class LiveMediaEncoder(models.Model):
    """The encoder that looks at a storefront's images, or listens to its recordings; its vectors are ItemVectors."""

    class Modality(models.TextChoices):
        IMAGE = "image", _("images")
        AUDIO = "audio", _("sound")

    storefront = models.ForeignKey(
        Storefront, on_delete=models.CASCADE, related_name="media_encoders", verbose_name=_("storefront")
    )
    modality = models.CharField(_("modality"), max_length=8, choices=Modality)
    fingerprint = models.CharField(_("fingerprint"), max_length=64)
    model = models.CharField(_("model"), max_length=500)
    dimensions = models.PositiveIntegerField(_("dimensions"))
    switched_at = models.DateTimeField(_("live since"), default=timezone.now)

    class Meta:
        verbose_name = _("image or sound encoder")
        verbose_name_plural = _("image and sound encoders")
        constraints = [models.UniqueConstraint(fields=["storefront", "modality"], name="media_encoder_one_live")]

    def __str__(self) -> str:
        return f"{self.model} ({self.fingerprint[:8]})"

    @property
    def folder(self) -> Path:
        """Where a worker exported the half that reads texts; there is none where the encoder knows images alone."""
        return settings.VAR_DIR / "encoders" / self.fingerprint


class ItemVector(models.Model):
    """The embedding of one item's text, images or recordings: float32, little-endian, L2-normalised."""

    storefront = models.ForeignKey(Storefront, on_delete=models.CASCADE, related_name="+", db_index=False)
    item = models.ForeignKey(
        Item, on_delete=models.CASCADE, related_name="vectors", db_index=False, verbose_name=_("item")
    )
    encoder = models.CharField(_("encoder"), max_length=64, help_text=_("The encoder's fingerprint."))
    text_hash = models.CharField(_("text hash"), max_length=64)
    vector = models.BinaryField()
    updated_at = models.DateTimeField(_("updated"), auto_now=True)
    # Not when it was read: an item can change while it is being read, and its change be committed after it was made.
    read_at = models.DateTimeField(
        _("as of"), default=timezone.now, help_text=_("The newest change of the item that the vector knows of.")
    )

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


class EmbeddingFailure(models.Model):
    """An item whose text an encoder could not read. It is tried again later and keeps nobody else waiting."""

    storefront = models.ForeignKey(Storefront, on_delete=models.CASCADE, related_name="+", verbose_name=_("storefront"))
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="+", verbose_name=_("item"))
    encoder = models.CharField(_("encoder"), max_length=64, help_text=_("The encoder's fingerprint."))
    error = models.TextField(_("error"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_try_at = models.DateTimeField(_("next attempt"), default=timezone.now)

    class Meta:
        verbose_name = _("embedding failure")
        verbose_name_plural = _("embedding failures")
        ordering = ["next_try_at"]
        constraints = [models.UniqueConstraint(fields=["item", "encoder"], name="embedding_failure_once")]

    def __str__(self) -> str:
        return f"{self.item}: {self.error[:80]}"


class EmbeddingShard(models.Model):
    """A part of a storefront's items that one worker embeds while an encoder is exchanged."""

    run = models.ForeignKey("recommender.TrainingRun", on_delete=models.CASCADE, related_name="shards")
    number = models.PositiveIntegerField(_("number"))
    first_pk = models.BigIntegerField()
    last_pk = models.BigIntegerField()
    done = models.PositiveIntegerField(_("done"), default=0)
    total = models.PositiveIntegerField(_("items"), default=0)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    lease_token = models.UUIDField(null=True, editable=False)
    heartbeat_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("embedding shard")
        verbose_name_plural = _("embedding shards")
        ordering = ["run", "number"]
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="embedding_shard_once")]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.number}"
