"""The whole catalogue as JSON lines, in and out."""

from __future__ import annotations

from functools import partial
from typing import Any

from drf_spectacular.types import OpenApiTypes

from catalog.models import Item
from catalog.services import items_import

from .base import StorefrontView
from .operations import operation
from .schemas import ImportOut, ItemIn
from .streams import EXPORTING, IMPORTING, NDJSON, ImportView, exported, filled


class ItemImport(ImportView):
    @operation(
        "items_import",
        "Import items as a stream",
        description=IMPORTING,
        scope="write",
        tag="items",
        stream=NDJSON,
        answers={200: ImportOut},
    )
    def post(self, request):
        store = partial(items_import, storefront=self.storefront)
        return self.stored(request, ItemIn(), lambda batch, refuse: store(records=batch, on_reject=refuse))


class ItemExport(StorefrontView):
    @operation(
        "items_export",
        "Export items as a stream",
        description=EXPORTING,
        scope="read",
        tag="items",
        answers={(200, NDJSON): OpenApiTypes.STR},
    )
    def get(self, request):
        return exported(Item.objects.filter(storefront=self.storefront), item_line, "items")


def item_line(item: Item) -> dict[str, Any]:
    return {
        "id": item.external_id,
        "title": item.title,
        "language": item.language,
        **filled(
            text=item.text,
            categories=item.categories,
            tags=item.tags,
            attributes=item.attributes,
            metadata=item.metadata,
            currency=item.currency,
            image=item.image,
            published_at=item.published_at,
            available_from=item.available_from,
            available_until=item.available_until,
            withdrawn=item.withdrawn,
        ),
        **({} if item.price is None else {"price": item.price}),  # a price of 0 is one
    }
