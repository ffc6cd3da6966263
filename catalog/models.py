"""What can be recommended, in which storefront, and who may talk to it."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .schema import SchemaError, schema_for


def default_languages() -> list[str]:
    return ["en"]


class Storefront(models.Model):
    """One site, and one tenant: a shop, a newsroom, a video site, a community, a health portal."""

    slug = models.SlugField(_("slug"), max_length=64, unique=True, help_text=_("Part of every URL of this site."))
    name = models.CharField(_("name"), max_length=200)
    vertical = models.CharField(_("vertical"), max_length=64, help_text=_("The plugin that says what is offered here."))
    languages = models.JSONField(_("languages"), default=default_languages, help_text=_("Codes, best first."))
    settings = models.JSONField(_("settings"), default=dict, blank=True)
    synthetic = models.BooleanField(_("synthetic data"), default=False, help_text=_("Visitors are told so."))
    active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("storefront")
        verbose_name_plural = _("storefronts")
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        try:
            schema_for(self.vertical)
        except LookupError as error:
            raise ValidationError({"vertical": str(error)}) from None


class ItemQuerySet(models.QuerySet):
    def available(self, at: datetime | None = None) -> ItemQuerySet:
        """Neither withdrawn nor outside their dates."""
        at = at or timezone.now()
        return self.filter(withdrawn=False).exclude(available_from__gt=at).exclude(available_until__lte=at)


class Item(models.Model):
    """Something that can be recommended. `attributes` fit the schema of the storefront's vertical."""

    storefront = models.ForeignKey(
        Storefront, on_delete=models.CASCADE, related_name="items", db_index=False, verbose_name=_("storefront")
    )
    external_id = models.CharField(_("id"), max_length=128, help_text=_("What your own systems call this item."))
    title = models.CharField(_("title"), max_length=500)
    text = models.TextField(_("text"), blank=True)
    categories = models.JSONField(_("categories"), default=list, blank=True, help_text=_("Broad to narrow."))
    tags = models.JSONField(_("tags"), default=list, blank=True)
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)
    metadata = models.JSONField(
        _("metadata"), default=dict, blank=True, help_text=_("Your own notes: kept and given back, never read.")
    )
    price = models.BigIntegerField(_("price"), null=True, blank=True, help_text=_("In minor units, such as cents."))
    currency = models.CharField(
        _("currency"), max_length=3, blank=True, validators=[RegexValidator(r"^[A-Z]{3}$", _("Three capital letters."))]
    )
    image = models.CharField(_("image"), max_length=1000, blank=True, help_text=_("An http(s) address."))
    language = models.CharField(_("language"), max_length=16, default="en")
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    available_from = models.DateTimeField(_("available from"), null=True, blank=True)
    available_until = models.DateTimeField(_("available until"), null=True, blank=True)
    withdrawn = models.BooleanField(_("withdrawn"), default=False, help_text=_("Never shown, whatever else is set."))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    objects = ItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("item")
        verbose_name_plural = _("items")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["storefront", "external_id"], name="item_unique_external_id"),
            # What composite foreign keys point to; see catalog/constraints.py.
            models.UniqueConstraint(fields=["storefront", "id"], name="item_unique_in_storefront"),
            models.CheckConstraint(condition=models.Q(price__isnull=True) | models.Q(price__gte=0), name="item_price"),
            models.CheckConstraint(
                condition=models.Q(price__isnull=True) | ~models.Q(currency=""), name="item_price_has_currency"
            ),
            models.CheckConstraint(condition=~models.Q(external_id=""), name="item_external_id_not_empty"),
            models.CheckConstraint(
                condition=models.Q(available_from__isnull=True)
                | models.Q(available_until__isnull=True)
                | models.Q(available_until__gt=models.F("available_from")),
                name="item_available_in_order",
            ),
        ]
        indexes = [models.Index(fields=["storefront", "updated_at"], name="item_changes")]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        try:
            self.attributes = schema_for(self.storefront.vertical).clean(self.attributes or {})
        except SchemaError as error:
            raise ValidationError({"attributes": [f"{e.field}: {e.message}" for e in error.errors]}) from None
        if self.price is not None and not self.currency:
            raise ValidationError({"currency": _("A price needs its currency.")})


class Medium(models.Model):
    """An image, recording or film of an item; missing media are normal."""

    class Kind(models.TextChoices):
        IMAGE = "image", _("image")
        AUDIO = "audio", _("audio")
        VIDEO = "video", _("video")

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="media", verbose_name=_("item"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    url = models.URLField(_("address"), max_length=1000)
    caption = models.TextField(_("caption"), blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("medium")
        verbose_name_plural = _("media")
        ordering = ["item", "position", "id"]

    def __str__(self) -> str:
        return self.caption or self.url


class ApiKeyQuerySet(models.QuerySet):
    def live(self) -> ApiKeyQuerySet:
        """Neither revoked nor of a closed storefront. A key that was rotated is revoked in the future."""
        lasting = models.Q(revoked_at__isnull=True) | models.Q(revoked_at__gt=timezone.now())
        return self.filter(lasting, storefront__active=True)


class ApiKey(models.Model):
    """A client's way in. Only a keyed hash is stored.

    A server's key is shown once, when it is made. A browser's key stands in pages for everybody to read: it works from
    pages of its `origins` only, for nobody but anonymous visitors, and is made anew from its prefix where it is shown.
    """

    class Kind(models.TextChoices):
        SERVER = "server", _("server")
        BROWSER = "browser", _("browser")

    storefront = models.ForeignKey(
        Storefront, on_delete=models.CASCADE, related_name="api_keys", verbose_name=_("storefront")
    )
    name = models.CharField(_("name"), max_length=100)
    prefix = models.CharField(_("prefix"), max_length=12, unique=True, help_text=_("How the key starts."))
    digest = models.CharField(max_length=64, editable=False)
    scopes = models.JSONField(_("scopes"), default=list)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.SERVER)
    origins = models.JSONField(
        _("sites"),
        default=list,
        blank=True,
        help_text=_("Whose pages may speak with a browser's key, or with tokens that a server's key made."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    rate_limit = models.PositiveIntegerField(
        _("requests a minute"), default=0, blank=True, help_text=_("0: the platform's default.")
    )
    # The minute (since 1970) that is being counted, and what was given out of it; see catalog/rates.py.
    rate_minute = models.PositiveIntegerField(default=0, editable=False)
    rate_used = models.PositiveIntegerField(default=0, editable=False)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def revoked(self) -> bool:
        return self.revoked_at is not None and self.revoked_at <= timezone.now()


class Answer(models.Model):
    """What a POST with an Idempotency-Key was answered, kept for a day; see catalog/idempotency.py."""

    key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=128)
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.BinaryField(default=b"")
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "name"], name="answer_once")]

    def __str__(self) -> str:
        return self.name


class Tally(models.Model):
    """How often somebody did something lately, where no cache that all processes share counts it: see `tallies`."""

    key = models.CharField(max_length=64, unique=True)
    count = models.PositiveIntegerField(default=0)
    ends_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("tally")
        verbose_name_plural = _("tallies")

    def __str__(self) -> str:
        return f"{self.key}: {self.count}"
