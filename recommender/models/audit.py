"""Who changed what, when and why: a chain in which no link can be altered without the ones after it showing it."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models import Storefront


class AuditEntry(models.Model):
    """One change. `digest` covers the entry and the digest before it. Rows are written once and never again."""

    # Not a foreign key that goes with its row: what was done to a storefront outlives it.
    storefront = models.ForeignKey(
        Storefront,
        on_delete=models.DO_NOTHING,
        null=True,
        blank=True,
        db_constraint=False,
        related_name="+",
        verbose_name=_("storefront"),
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        null=True,
        blank=True,
        db_constraint=False,
        related_name="+",
        verbose_name=_("by"),
    )
    actor_name = models.CharField(_("by"), max_length=150, blank=True)
    action = models.CharField(_("action"), max_length=64)
    subject = models.CharField(_("what"), max_length=64, help_text=_("The kind of row, such as operatorrule."))
    subject_id = models.CharField(_("number"), max_length=64, blank=True)
    subject_name = models.CharField(_("name"), max_length=250, blank=True)
    before = models.JSONField(_("before"), null=True, encoder=DjangoJSONEncoder)
    after = models.JSONField(_("after"), null=True, encoder=DjangoJSONEncoder)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    at = models.DateTimeField(_("when"))
    previous = models.CharField(_("digest before"), max_length=64, blank=True)
    # No two entries follow the same one: two writers at once cannot fork the chain.
    digest = models.CharField(_("digest"), max_length=64, unique=True)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["previous"], name="audit_one_follower")]
        indexes = [models.Index(fields=["storefront", "id"], name="audit_of_storefront")]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_name or self.subject}"

    def save(self, *args: Any, **options: Any) -> None:
        if not self._state.adding:
            raise TypeError("An audit entry is written once and never changed.")
        super().save(*args, **{**options, "force_insert": True})

    def delete(self, *args: Any, **options: Any) -> None:
        raise TypeError("An audit entry is never deleted.")

    def expected_digest(self) -> str:
        """sha256 over everything that the entry says, and the digest before it."""
        said: dict[str, Any] = {
            "storefront": self.storefront_id,
            "actor": self.actor_id,
            "actor_name": self.actor_name,
            "action": self.action,
            "subject": [self.subject, self.subject_id, self.subject_name],
            "before": self.before,
            "after": self.after,
            "reason": self.reason,
            "at": self.at.isoformat(),
            "previous": self.previous,
        }
        plain = json.dumps(said, sort_keys=True, cls=DjangoJSONEncoder, ensure_ascii=False)
        return hashlib.sha256(plain.encode()).hexdigest()
