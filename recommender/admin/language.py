"""The text encoder of each storefront and the vectors that it made. Workers write both."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, Length
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from catalog.admin.access import ReadOnlyAdmin
from catalog.admin.filters import OneStorefrontFilter
from catalog.models import Item

from ..models import ItemVector, LiveEncoder


def _counted(rows: QuerySet, per: str) -> Coalesce:
    """How many `rows` there are for each value of `per`, as a column."""
    return Coalesce(Subquery(rows.order_by().values(per).annotate(n=Count("pk")).values("n")), 0)


@admin.register(LiveEncoder)
class LiveEncoderAdmin(ReadOnlyAdmin):
    list_display = ("storefront", "model", "dimensions", "coverage", "start_of_fingerprint", "switched_at")
    list_select_related = ("storefront",)
    search_fields = ("model", "fingerprint", "storefront__name")
    fields = ("storefront", "model", "dimensions", "coverage", "fingerprint", "switched_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[LiveEncoder]:
        items = Item.objects.filter(storefront=OuterRef("storefront"))
        vectors = ItemVector.objects.filter(storefront=OuterRef("storefront"), encoder=OuterRef("fingerprint"))
        counts = {"item_total": _counted(items, "storefront"), "vector_total": _counted(vectors, "storefront")}
        return super().get_queryset(request).annotate(**counts)

    @display(description=gettext_lazy("items with a vector"))
    def coverage(self, encoder: LiveEncoder) -> str:
        numbers = {"some": f"{encoder.vector_total:,}", "all": f"{encoder.item_total:,}"}
        return _("%(some)s of %(all)s") % numbers

    @display(description=gettext_lazy("fingerprint"))
    def start_of_fingerprint(self, encoder: LiveEncoder) -> str:
        return encoder.fingerprint[:8]


@admin.register(ItemVector)
class ItemVectorAdmin(ReadOnlyAdmin):
    list_display = ("item", "dimensions", "start_of_encoder", "start_of_text_hash", "updated_at")
    list_filter = (OneStorefrontFilter,)
    list_before_template = "admin/catalog/storefront_tabs.html"
    list_select_related = ("item",)
    list_per_page = 50
    search_fields = ("=item__external_id", "item__title")
    show_full_result_count = False
    paginator = InfinitePaginator
    ordering = ("-id",)
    fields = ("item", "dimensions", "encoder", "text_hash", "updated_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ItemVector]:
        rows = super().get_queryset(request).defer("vector", "item__text", "item__attributes")
        return rows.annotate(bytes=Length(F("vector")))

    @display(description=gettext_lazy("dimensions"))
    def dimensions(self, vector: ItemVector) -> int:
        return vector.bytes // 4  # float32

    @display(description=gettext_lazy("encoder"))
    def start_of_encoder(self, vector: ItemVector) -> str:
        return vector.encoder[:8]

    @display(description=gettext_lazy("text hash"))
    def start_of_text_hash(self, vector: ItemVector) -> str:
        return vector.text_hash[:8]
