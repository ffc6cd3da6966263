"""Ways to narrow a list: by storefront everywhere; by category, availability and facets for items."""

from __future__ import annotations

import json
from collections import Counter

from django.contrib.admin import ModelAdmin
from django.db import connection
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from ..models import Item, Storefront
from ..schema import Field, say, schema_for
from .access import storefronts_of
from .attributes import choices_of

ITEMS_SAMPLED_FOR_CATEGORIES = 2000  # enough to know a catalogue's categories, few enough to read on every page
CATEGORIES_OFFERED = 60


class StorefrontFilter(DropdownFilter):
    """`?storefront=<slug>`; an unknown slug filters nothing."""

    title = _("storefront")
    parameter_name = "storefront"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        options = model_admin.opts
        rows = storefronts_of(request, f"{options.app_label}.view_{options.model_name}").only("slug", "name")
        self.storefronts = {row.slug: row for row in rows}
        return [(slug, row.name) for slug, row in self.storefronts.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        chosen = self.storefronts.get(self.value())
        return queryset.filter(storefront=chosen) if chosen else queryset


class OneStorefrontFilter(StorefrontFilter):
    """Always exactly one storefront: the tables that grow without end are indexed by storefront and time."""

    all_option = None

    def value(self) -> str | None:
        asked = super().value()
        return asked if asked in self.storefronts else next(iter(self.storefronts), None)

    @cached_property
    def tabs(self) -> list[dict]:
        """What `admin/catalog/storefront_tabs.html` shows above the list."""
        return [{"slug": s, "name": row.name, "current": s == self.value()} for s, row in self.storefronts.items()]


def storefront_of_list(request: HttpRequest, permission: str) -> Storefront | None:
    """The one that OneStorefrontFilter narrows a list to."""
    storefronts = storefronts_of(request, permission)
    return storefronts.filter(slug=request.GET.get("storefront", "")).first() or storefronts.first()


class AvailabilityFilter(DropdownFilter):
    title = _("availability")
    parameter_name = "availability"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        return list(AVAILABILITY.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Item]) -> QuerySet[Item]:
        now = timezone.now()
        match self.value():
            case "available":
                return queryset.available(now)
            case "upcoming":
                return queryset.filter(withdrawn=False, available_from__gt=now)
            case "expired":
                return queryset.filter(withdrawn=False, available_until__lte=now)
            case "withdrawn":
                return queryset.filter(withdrawn=True)
        return queryset


AVAILABILITY = {
    "available": _("available"),
    "upcoming": _("not yet"),
    "expired": _("no longer"),
    "withdrawn": _("withdrawn"),
}


def availability(item: Item) -> str:
    """A key of AVAILABILITY."""
    now = timezone.now()
    if item.withdrawn:
        return "withdrawn"
    if item.available_until is not None and item.available_until <= now:
        return "expired"
    if item.available_from is not None and item.available_from > now:
        return "upcoming"
    return "available"


def facet_filters(storefront: Storefront) -> list[type[DropdownFilter]]:
    """Filters that only make sense inside one storefront: its categories and its vertical's facets."""
    try:
        fields = schema_for(storefront.vertical)
    except LookupError:  # its plugin is gone
        fields = ()
    facets = [_facet_filter(field) for field in fields if field.facet and field.type in ("choice", "boolean")]
    return [_category_filter(storefront), *facets]


def _category_filter(storefront: Storefront) -> type[DropdownFilter]:
    class CategoryFilter(DropdownFilter):
        title = _("category")
        parameter_name = "category"

        def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
            rows = Item.objects.filter(storefront=storefront).order_by().values_list("categories", flat=True)
            counts = Counter(name for names in rows[:ITEMS_SAMPLED_FOR_CATEGORIES] for name in names)
            return [(name, name) for name in sorted(name for name, _ in counts.most_common(CATEGORIES_OFFERED))]

        def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
            if not self.value():
                return queryset
            if connection.features.supports_json_field_contains:
                return queryset.filter(categories__contains=[self.value()])
            # SQLite keeps the list as the text that json.dumps made: look for the quoted name in it.
            as_text = Cast("categories", TextField())
            return queryset.alias(categories_text=as_text).filter(categories_text__contains=json.dumps(self.value()))

    return CategoryFilter


def _facet_filter(field: Field) -> type[DropdownFilter]:
    booleans = {"yes": True, "no": False}

    class FacetFilter(DropdownFilter):
        title = say(field.label or field.name, get_language() or "en")
        parameter_name = f"facet-{field.name}"

        def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
            if field.type == "boolean":
                return [("yes", _("yes")), ("no", _("no"))]
            return choices_of(field)

        def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
            if self.value() not in dict(self.lookup_choices):
                return queryset
            wanted = booleans[self.value()] if field.type == "boolean" else self.value()
            return queryset.filter(**{f"attributes__{field.name}": wanted})

    return FacetFilter
