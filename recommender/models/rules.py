"""What operators ask of lists, as rows."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.expressions import ExpressionError, parse
from catalog.models import Storefront
from catalog.schema import schema_for

MOST_POSITION = 100
STRONGEST = 10.0


class OperatorRule(models.Model):
    """One wish of an operator: about which items, where, for whom, and when.

    The rules in a vertical's code (`contracts.Rule`) say what may be shown at all; this is not one of them.
    """

    class Kind(models.TextChoices):
        FILTER = "filter", _("filter: never show")
        BOOST = "boost", _("boost: show more")
        BURY = "bury", _("bury: show less")
        PIN = "pin", _("pin: put on a place")
        CAP = "cap", _("cap: at most so many")
        QUOTA = "quota", _("quota: at least so many")

    storefront = models.ForeignKey(
        Storefront, on_delete=models.CASCADE, related_name="operator_rules", verbose_name=_("storefront")
    )
    name = models.CharField(_("name"), max_length=200, help_text=_("What it is for, for whoever reads it in a year."))
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    condition = models.TextField(
        _("condition"), max_length=2000, help_text=_('Which items, such as: category = "Kitchen" and price < 2000')
    )
    placements = models.JSONField(
        _("placements"), default=list, blank=True, help_text=_("None: every placement; a filter then holds everywhere.")
    )
    segment = models.CharField(_("segment"), max_length=64, blank=True, help_text=_("Empty: for everybody."))
    starts_at = models.DateTimeField(_("from"), null=True, blank=True)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    priority = models.SmallIntegerField(_("priority"), default=0, help_text=_("Of two that conflict, the higher wins."))
    amount = models.FloatField(
        _("amount"),
        default=1.0,
        help_text=_("Boost and bury: strength in standard deviations of the scores. Pin, cap, quota: number of items."),
    )
    position = models.PositiveSmallIntegerField(_("place"), default=1, help_text=_("Of a pin, from 1."))
    active = models.BooleanField(_("active"), default=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("rule")
        verbose_name_plural = _("rules")
        ordering = ["-priority", "id"]
        indexes = [models.Index(fields=["storefront", "active"], name="operator_rule_active")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(position__gte=1, position__lte=MOST_POSITION), name="operator_rule_position"
            ),
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="operator_rule_amount"),
            models.CheckConstraint(
                condition=models.Q(starts_at__isnull=True)
                | models.Q(ends_at__isnull=True)
                | models.Q(ends_at__gt=models.F("starts_at")),
                name="operator_rule_dates_in_order",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Raises ValidationError that says for each field what does not make sense."""
        problems: dict[str, str] = {}
        try:
            parse(self.condition, schema_for(self.storefront.vertical))
        except LookupError as error:
            problems["storefront"] = str(error)
        except ExpressionError as error:
            problems["condition"] = str(error)
        if self.kind in (self.Kind.BOOST, self.Kind.BURY):
            if not 0 < self.amount <= STRONGEST:
                problems["amount"] = _("A strength lies above 0 and is at most %(most)s.") % {"most": STRONGEST}
        elif self.kind != self.Kind.FILTER:
            least = 0 if self.kind == self.Kind.CAP else 1
            if self.amount != int(self.amount) or not least <= self.amount <= MOST_POSITION:
                problems["amount"] = _("A number of items from %(least)s to %(most)s.") % {
                    "least": least,
                    "most": MOST_POSITION,
                }
        if self.kind == self.Kind.PIN and not 1 <= self.position <= MOST_POSITION:
            problems["position"] = _("A place from 1 to %(most)s.") % {"most": MOST_POSITION}
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            problems["ends_at"] = _("It would end before it starts.")
        if not isinstance(self.placements, list) or not all(isinstance(one, str) for one in self.placements):
            problems["placements"] = _("A list of placements.")
        if problems:
            raise ValidationError(problems)
