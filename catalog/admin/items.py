"""Items: seen, searched, narrowed by facet, and edited with the typed fields of their vertical."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold import widgets
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.decorators import display

from ..auditing import Change, audit, differences
from ..changes import items_changed
from ..models import Item, Medium, Storefront
from ..money import digits_of, major_of, minor_of, money
from ..schema import Schema, schema_for, verticals_known
from ..services import item_record, item_withdraw
from .access import ScopedAdmin, scoped, storefronts_of
from .attributes import AttributesForm, LinesField, attribute_names, attributes_form, attributes_shown
from .choosing import choose_storefront
from .exchange import ExchangeMixin
from .facets import facets_of, listed
from .filters import AVAILABILITY, AvailabilityFilter, StorefrontFilter, availability, facet_filters
from .item_files import ItemFiles
from .panels import PanelsMixin

CHANGE = "catalog.change_item"


class ItemForm(AttributesForm):
    categories = LinesField(
        label=gettext_lazy("Categories"), required=False, help_text=gettext_lazy("Broad to narrow, one on each line.")
    )
    tags = LinesField(label=gettext_lazy("Tags"), required=False)
    price = forms.DecimalField(
        label=gettext_lazy("Price"),
        required=False,
        min_value=0,
        max_digits=15,
        widget=widgets.UnfoldAdminDecimalFieldWidget(attrs={"step": "any"}),
        help_text=gettext_lazy("As people read it, such as 19.99."),
    )

    def __init__(self, *args: Any, **options: Any):
        super().__init__(*args, **options)
        if self.instance.price is not None:
            self.initial["price"] = major_of(self.instance.price, self.instance.currency)

    def clean(self) -> dict[str, Any]:
        """Amounts are kept in minor units; how many of them make one is the currency's to say."""
        cleaned = super().clean()
        if (price := cleaned.get("price")) is not None:
            currency = cleaned.get("currency", "")
            try:
                cleaned["price"] = minor_of(price, currency)
            except ValueError:
                said = {"currency": currency, "digits": digits_of(currency)}
                self.add_error("price", _("%(currency)s has %(digits)s digits after the point.") % said)
        return cleaned


class MediumInline(TabularInline):
    model = Medium
    extra = 0
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}


@admin.register(Item)
class ItemAdmin(PanelsMixin, ExchangeMixin, ScopedAdmin):
    empty_words = gettext_lazy(
        "There are no items yet. They come with an import, through the API, or one by one by hand."
    )
    export_permission = "catalog.view_item"
    import_permissions = ("catalog.add_item", "catalog.change_item")
    form = ItemForm
    inlines = (MediumInline,)
    list_display = ("heading", "storefront", "category_path", "price_shown", "availability", "updated_at")
    list_select_related = ("storefront",)
    search_fields = ("title", "=external_id")
    search_help_text = gettext_lazy("Title or id")
    show_full_result_count = False
    list_per_page = 50
    ordering = ("-id",)
    actions = ("withdraw", "offer_again")
    readonly_fields = ("attributes_list", "created_at", "updated_at")

    # --- one item --------------------------------------------------------------------------------------------------

    def terms_of(self, row: Item) -> list[tuple[str, str]]:
        return [(label, listed(values)) for label, values in facets_of(row, _schema(row.storefront)).items()]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        """Which fields an item has depends on its storefront, so that is asked first."""
        storefront = self._storefront(request, None)
        if storefront is None and self.has_add_permission(request):
            offered = storefronts_of(request, "catalog.add_item").filter(vertical__in=verticals_known())
            title, lead = _("Which storefront is the item for?"), _("Each has attributes of its own.")
            return choose_storefront(self, request, title, offered, lead)
        # Whose items may be looked at, as one of the list's filters, is more than whose may be written.
        if storefront is not None and storefront not in storefronts_of(request, "catalog.add_item"):
            raise PermissionDenied(_("You may not add items to this storefront."))
        return super().add_view(request, form_url, extra_context)

    def get_form(self, request: HttpRequest, obj: Item | None = None, change: bool = False, **options):
        storefront = self._storefront(request, obj)
        if storefront is not None and storefront.vertical in verticals_known():
            options["form"] = attributes_form(self.form, schema_for(storefront.vertical))
        form = super().get_form(request, obj, change=change, **options)
        if obj is None and storefront is not None:
            form = type(form.__name__, (form,), {"__init__": _with_storefront(form, storefront)})
        return form

    def get_fieldsets(self, request: HttpRequest, obj: Item | None = None):
        storefront = self._storefront(request, obj)
        schema = _schema(storefront)
        may_edit = obj is None or self.has_change_permission(request, obj)
        attributes = attribute_names(schema) if may_edit else ["attributes_list"]
        name = storefront.name if storefront else ""
        fieldsets = [
            (None, {"fields": ["external_id", "title", "text", "categories", "tags", "language"]}),
            (_("Attributes in %(storefront)s") % {"storefront": name}, {"fields": attributes}),
            (_("Price and picture"), {"fields": ["price", "currency", "image"]}),
            (_("Availability"), {"fields": ["published_at", "available_from", "available_until", "withdrawn"]}),
        ]
        if obj is not None:
            fieldsets[-1][1]["fields"] += ["created_at", "updated_at"]
        return [fieldset for fieldset in fieldsets if fieldset[1]["fields"]]

    def get_readonly_fields(self, request: HttpRequest, obj: Item | None = None) -> tuple[str, ...]:
        return (*self.readonly_fields, "external_id") if obj is not None else self.readonly_fields

    def has_change_permission(self, request: HttpRequest, obj: Item | None = None) -> bool:
        # Without its vertical nobody can say whether an item is valid.
        known = not isinstance(obj, Item) or obj.storefront.vertical in verticals_known()
        return known and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Item | None = None) -> bool:
        return False  # behaviours name items for good; an item that is gone is withdrawn

    def save_model(self, request: HttpRequest, obj: Item, form: forms.ModelForm, change: bool) -> None:
        request.kindred_before = _said(Item.objects.get(pk=obj.pk) if change else Item())
        super().save_model(request, obj, form, change)
        items_changed(obj.storefront_id, [obj.pk])

    def save_related(self, request: HttpRequest, form: forms.ModelForm, formsets: list, change: bool) -> None:
        """The last step of saving, media and all: only now there is an after."""
        super().save_related(request, form, formsets, change)
        before, after = differences(request.kindred_before, _said(form.instance))
        if after:
            item = form.instance
            was = before if change else None
            audit(Change("change" if change else "create", item, request.user, item.storefront, was, after))

    def _storefront(self, request: HttpRequest, obj: Item | None) -> Storefront | None:
        """The storefront of the item, or the one that an add page or a list was asked for."""
        if obj is not None:
            return obj.storefront
        if not hasattr(request, "kindred_storefront"):
            slug = request.GET.get("storefront", "")
            request.kindred_storefront = storefronts_of(request, "catalog.view_item").filter(slug=slug).first()
        return request.kindred_storefront

    def file_resource(self, request: HttpRequest, storefront: Storefront, reason: str = "") -> ItemFiles:
        return ItemFiles(storefront, actor=request.user, reason=reason)

    # --- the list --------------------------------------------------------------------------------------------------

    def get_list_filter(self, request: HttpRequest) -> list:
        filters = [StorefrontFilter, AvailabilityFilter, ("published_at", RangeDateTimeFilter)]
        storefront = self._storefront(request, None)
        return [*filters, *facet_filters(storefront)] if storefront else filters

    @admin.action(description=gettext_lazy("Withdraw: never show again"), permissions=["change"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Item]) -> None:
        items = list(scoped(request, queryset.filter(withdrawn=False), CHANGE))
        with transaction.atomic():
            for item in items:
                item_withdraw(item=item)
            self._audit_switched(request, "withdraw", items)
        message = ngettext("%(count)s item withdrawn.", "%(count)s items withdrawn.", len(items))
        messages.success(request, message % {"count": len(items)})

    @admin.action(description=gettext_lazy("Offer again"), permissions=["change"])
    def offer_again(self, request: HttpRequest, queryset: QuerySet[Item]) -> None:
        items = list(scoped(request, queryset.filter(withdrawn=True), CHANGE))
        with transaction.atomic():
            for item in items:
                item.withdrawn = False
                item.save(update_fields=["withdrawn", "updated_at"])
                items_changed(item.storefront_id, [item.pk])
            self._audit_switched(request, "offer again", items)
        message = ngettext("%(count)s item offered again.", "%(count)s items offered again.", len(items))
        messages.success(request, message % {"count": len(items)})

    def _audit_switched(self, request: HttpRequest, action: str, items: list[Item]) -> None:
        audit(
            *(
                Change(
                    action,
                    item,
                    request.user,
                    item.storefront,
                    {"withdrawn": not item.withdrawn},
                    {"withdrawn": item.withdrawn},
                )
                for item in items
            )
        )

    @display(description=gettext_lazy("item"), header=True, ordering="title")
    def heading(self, item: Item) -> list:
        picture = {"path": item.image, "squared": True, "width": 36, "height": 48} if item.image else None
        return [item.title, item.external_id, item.title[:1].upper(), picture]

    @display(description=gettext_lazy("categories"))
    def category_path(self, item: Item) -> str:
        return " › ".join(item.categories) or "–"

    @display(description=gettext_lazy("price"), ordering="price")
    def price_shown(self, item: Item) -> str:
        return money(item.price, item.currency) or "–"

    @display(
        description=gettext_lazy("availability"),
        label={"available": "success", "upcoming": "info", "expired": "warning", "withdrawn": "danger"},
    )
    def availability(self, item: Item) -> tuple[str, str]:
        state = availability(item)
        return state, AVAILABILITY[state]

    @display(description=gettext_lazy("attributes"))
    def attributes_list(self, item: Item) -> SafeString:
        return attributes_shown(item.attributes, _schema(item.storefront))


def _said(item: Item) -> dict:
    """What the audit log keeps of an item: all of it, and where its media are."""
    media = list(item.media.values("kind", "url", "caption")) if item.pk else []
    return {**item_record(item), "media": media}


def _schema(storefront: Storefront | None) -> Schema:
    if storefront is None or storefront.vertical not in verticals_known():
        return Schema()
    return schema_for(storefront.vertical)


def _with_storefront(form: type[forms.ModelForm], storefront: Storefront):
    """Item.clean reads the storefront, so the new item has it before anything is validated."""

    def __init__(self, *args, **options):
        form.__init__(self, *args, **options)
        self.instance.storefront = storefront

    return __init__
