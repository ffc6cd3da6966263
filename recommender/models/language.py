"""What language models wrote, offline, for pages to read."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import Storefront

from .runs import Artifact


class PersonKeywords(models.Model):
    """What somebody seems to like, in words of the catalogue."""

    storefront = models.ForeignKey(Storefront, on_delete=models.CASCADE, related_name="+", db_index=False)
    person = models.OneToOneField(
        "behaviour.Person", on_delete=models.CASCADE, related_name="keywords", verbose_name=_("person")
    )
    language = models.CharField(_("language"), max_length=16, default="en")
    # [[keyword, score], …], strongest first.
    keywords = models.JSONField(_("keywords"), default=list)
    artifact = models.ForeignKey(
        Artifact, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("artifact")
    )
    generated_at = models.DateTimeField(_("written"), default=timezone.now)

    class Meta:
        verbose_name = _("keywords of a person")
        verbose_name_plural = _("keywords of persons")
        ordering = ["-generated_at"]
        indexes = [models.Index(fields=["storefront", "generated_at"], name="person_keywords_age")]

    def __str__(self) -> str:
        return ", ".join(keyword for keyword, _score in self.keywords)


class GeneratedText(models.Model):
    """One text that a language model worded: the template of an explanation, a shelf's title, an item's summary."""

    class Kind(models.TextChoices):
        EXPLANATION = "explanation", _("explanation")
        SHELF = "shelf", _("shelf title")
        SUMMARY = "summary", _("item summary")

    storefront = models.ForeignKey(
        Storefront, on_delete=models.CASCADE, related_name="generated_texts", verbose_name=_("storefront")
    )
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    key = models.CharField(_("key"), max_length=200, help_text=_("What the text is about."))
    language = models.CharField(_("language"), max_length=16)
    text = models.TextField(_("text"))
    model = models.CharField(_("model"), max_length=200)
    fingerprint = models.CharField(_("fingerprint"), max_length=64, help_text=_("Of the prompt and the model."))
    created_at = models.DateTimeField(_("written"), default=timezone.now)

    class Meta:
        verbose_name = _("generated text")
        verbose_name_plural = _("generated texts")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["storefront", "kind", "key", "language"], name="generated_text_once")
        ]

    def __str__(self) -> str:
        return self.text[:80]
