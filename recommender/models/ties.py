"""What operators say of two items: never alike, or always first."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import Item, Storefront


class ItemTie(models.Model):
    """One word of an operator on what stands beside an item as similar to it.

    A block holds both ways and is kept once, with the older item first; a pin holds for `item` alone: `neighbour`
    stands first among what is like it. Nothing that rules, dates or a person refuse comes back by a pin.
    """

    class Kind(models.TextChoices):
        BLOCK = "block", _("blocked: never similar")
        PIN = "pin", _("pinned: always first")

    storefront = models.ForeignKey(
        Storefront, on_delete=models.CASCADE, related_name="item_ties", db_index=False, verbose_name=_("storefront")
    )
    item = models.ForeignKey(
        Item, on_delete=models.CASCADE, related_name="ties", db_index=False, verbose_name=_("item")
    )
    neighbour = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="tied_to", verbose_name=_("neighbour"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    created_at = models.DateTimeField(_("since"), default=timezone.now)

    class Meta:
        verbose_name = _("tie of two items")
        verbose_name_plural = _("ties of items")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["item", "neighbour", "kind"], name="item_tie_once"),
            models.CheckConstraint(condition=~Q(item=F("neighbour")), name="item_tie_not_to_itself"),
            models.CheckConstraint(
                condition=~Q(kind="block") | Q(item__lt=F("neighbour")), name="item_tie_block_older_first"
            ),
            models.CheckConstraint(condition=Q(kind__in=("block", "pin")), name="item_tie_kind"),
        ]
        indexes = [models.Index(fields=["storefront", "id"], name="item_tie_in_order")]

    def __str__(self) -> str:
        return f"{self.item} – {self.neighbour}"
