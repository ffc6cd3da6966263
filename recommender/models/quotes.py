"""What people wrote about items, as far as the items' texts take it in; see jobs.quoting."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models import Item, Storefront


class Quote(models.Model):
    """One text of one person. It goes with its person, and with the behaviour that it is taken from."""

    storefront = models.ForeignKey(
        Storefront, on_delete=models.CASCADE, related_name="quotes", verbose_name=_("storefront")
    )
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="quotes", verbose_name=_("item"))
    person = models.ForeignKey(
        "behaviour.Person", on_delete=models.CASCADE, related_name="quotes", verbose_name=_("person")
    )
    behaviour = models.OneToOneField(
        "behaviour.Behaviour", on_delete=models.CASCADE, related_name="quote", verbose_name=_("behaviour")
    )
    place = models.PositiveSmallIntegerField(_("place"))
    text = models.TextField(_("text"))

    class Meta:
        verbose_name = _("quote")
        verbose_name_plural = _("quotes")

    def __str__(self) -> str:
        return self.text[:80]


class QuotedItem(models.Model):
    """When the texts about an item were last looked at, and when that last changed what its text takes in."""

    storefront = models.ForeignKey(
        Storefront, on_delete=models.CASCADE, related_name="+", db_index=False, verbose_name=_("storefront")
    )
    item = models.OneToOneField(Item, on_delete=models.CASCADE, related_name="quoted", verbose_name=_("item"))
    quotes = models.PositiveSmallIntegerField(_("quotes"), default=0)
    looked_at = models.DateTimeField(_("looked at"))
    changed_at = models.DateTimeField(_("changed"), null=True)

    class Meta:
        verbose_name = _("quoted item")
        verbose_name_plural = _("quoted items")
        indexes = [models.Index(fields=["storefront", "looked_at"], name="quoted_items_looked_at")]

    def __str__(self) -> str:
        return f"{self.item}: {self.quotes}"
