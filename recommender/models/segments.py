"""Groups of people, by what is known of them and what they do."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from behaviour.conditions import condition_read
from catalog.expressions import ExpressionError
from catalog.models import Storefront


class Segment(models.Model):
    """Everybody of whom a condition is true. Who that is changes with what they do; `jobs.segments` counts them."""

    storefront = models.ForeignKey(
        Storefront, on_delete=models.CASCADE, related_name="segments", verbose_name=_("storefront")
    )
    slug = models.SlugField(_("slug"), max_length=64, help_text=_("How rules and experiments name it."))
    name = models.CharField(_("name"), max_length=200)
    condition = models.TextField(_("condition"), max_length=2000)
    active = models.BooleanField(_("in use"), default=True)
    persons = models.PositiveIntegerField(_("persons"), default=0, editable=False)
    # What became of lists that its members were served in the seven days before it was counted.
    seen = models.PositiveIntegerField(default=0, editable=False)
    clicked = models.PositiveIntegerField(default=0, editable=False)
    counted_at = models.DateTimeField(_("counted"), null=True, editable=False)
    # By the packed primary keys of its members, how many it shares with others: [[slug, persons], …].
    overlap = models.JSONField(default=list, editable=False)
    members = models.BinaryField(default=b"", editable=False)
    topics = models.JSONField(default=list, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("segment")
        verbose_name_plural = _("segments")
        ordering = ["storefront", "slug"]
        constraints = [models.UniqueConstraint(fields=["storefront", "slug"], name="segment_unique_slug")]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        try:
            condition_read(self.condition, self.storefront.vertical)
        except ExpressionError as error:
            raise ValidationError({"condition": str(error)}) from None
        except LookupError as error:
            raise ValidationError({"storefront": str(error)}) from None
