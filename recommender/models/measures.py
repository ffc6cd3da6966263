"""What is counted by the hour, so that no page has to read what people did. `jobs.measuring` writes all of it.

A list counts in the hour in which it was served, with all that came of it later. Hours are UTC. What every row is
about: a place of a storefront, the deployment that made the list (0: none), its algorithm, and the arm of an
experiment (empty: none). There are no foreign keys to deployments: figures stay when one goes.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models import Storefront


class _Hour(models.Model):
    storefront = models.ForeignKey(Storefront, on_delete=models.CASCADE, related_name="+", db_index=False)
    hour = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.storefront_id} {self.hour:%Y-%m-%d %H}:00"


class _Served(_Hour):
    placement = models.CharField(max_length=64)
    deployment = models.BigIntegerField(default=0)
    algorithm = models.CharField(max_length=64, blank=True)
    arm = models.CharField(max_length=64, blank=True)

    class Meta(_Hour.Meta):
        abstract = True


class ListHour(_Served):
    """Lists, and what came of them."""

    lists = models.PositiveIntegerField(default=0)
    fallbacks = models.PositiveIntegerField(default=0)
    seen = models.PositiveIntegerField(default=0)
    clicked = models.PositiveIntegerField(default=0)
    converted = models.PositiveIntegerField(default=0)
    # Sum over `diverse` lists, a sample of at most `evaluation.online.DIVERSITY_SAMPLE` an hour.
    diversity = models.FloatField(default=0)
    diverse = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["storefront", "hour", "placement", "deployment", "algorithm", "arm"], name="list_hour_once"
            )
        ]


class PlaceHour(_Served):
    """The same for each position, from 0, and for what brought the item up. -1: an item that the list did not hold."""

    position = models.SmallIntegerField()
    source = models.CharField(max_length=64, blank=True)
    impressions = models.PositiveIntegerField(default=0)
    clicks = models.PositiveIntegerField(default=0)
    conversions = models.PositiveIntegerField(default=0)
    dismissals = models.PositiveIntegerField(default=0)
    dwell = models.FloatField(default=0)  # seconds, over `dwells` events that say how long
    dwells = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["storefront", "hour", "placement", "deployment", "algorithm", "arm", "position", "source"],
                name="place_hour_once",
            )
        ]


class RevenueHour(_Served):
    """Revenue, in minor units of a currency, of goal events that name a list."""

    position = models.SmallIntegerField()
    currency = models.CharField(max_length=3)
    revenue = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["storefront", "hour", "placement", "deployment", "algorithm", "arm", "position", "currency"],
                name="revenue_hour_once",
            )
        ]


class LatencyHour(_Hour):
    """How long lists took: lists by milliseconds, to two significant digits."""

    placement = models.CharField(max_length=64)
    milliseconds = models.PositiveIntegerField()
    lists = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["storefront", "hour", "placement", "milliseconds"], name="latency_hour_once"
            )
        ]


class EventHour(_Hour):
    """Behaviours by the hour in which they arrived."""

    kind = models.CharField(max_length=32)
    events = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["storefront", "hour", "kind"], name="event_hour_once")]


class ItemsShown(models.Model):
    """The items of lists served on a day that came into sight: all of them, packed; see `evaluation.item_sets`."""

    storefront = models.ForeignKey(Storefront, on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    items = models.BinaryField(default=b"")
    eligible = models.PositiveIntegerField(default=0)  # items that could have been shown, when last counted

    class Meta:
        constraints = [models.UniqueConstraint(fields=["storefront", "day"], name="items_shown_once")]

    def __str__(self) -> str:
        return f"{self.storefront_id} {self.day}"


class Measured(models.Model):
    """How far a storefront has been counted, and how much there is of it."""

    storefront = models.OneToOneField(Storefront, on_delete=models.CASCADE, related_name="measured")
    # Rows up to these ids, and what arrived before this time, have been looked at by the last update.
    impression = models.BigIntegerField(default=0)
    click = models.BigIntegerField(default=0)
    until = models.DateTimeField(_("counted"), null=True)
    # Where the update before it stopped: it is gone over again, for transactions that were still open then.
    impression_before = models.BigIntegerField(default=0)
    click_before = models.BigIntegerField(default=0)
    until_before = models.DateTimeField(null=True)
    claimed_at = models.DateTimeField(null=True)
    items = models.PositiveIntegerField(default=0)
    persons = models.PositiveIntegerField(default=0)
    vectors = models.PositiveIntegerField(default=0)
    counted_at = models.DateTimeField(null=True)
    linted_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.storefront_id} {self.until}"


class LintFinding(models.Model):
    """What a rule of the linter found wrong with a storefront's data when it last looked."""

    storefront = models.ForeignKey(
        Storefront, on_delete=models.CASCADE, related_name="+", db_index=False, verbose_name=_("storefront")
    )
    rule = models.CharField(_("rule"), max_length=32)
    count = models.PositiveIntegerField(_("found"), default=0)
    looked_at = models.PositiveIntegerField(_("of"), default=0)
    samples = models.JSONField(_("samples"), default=list)

    class Meta:
        verbose_name = _("finding of the linter")
        verbose_name_plural = _("findings of the linter")
        constraints = [models.UniqueConstraint(fields=["storefront", "rule"], name="lint_finding_once")]

    def __str__(self) -> str:
        return f"{self.rule}: {self.count}"
