"""Gorse's items."""

from __future__ import annotations

from functools import partial
from typing import Any

from rest_framework.response import Response

from catalog.models import Item as ItemModel
from catalog.schema import schema_for
from catalog.services import item_delete, item_record, item_upsert
from recommender import services

from .base import GorseView, N, affected, needs
from .pages import page
from .refusals import each_taken, refusing
from .shapes import item_record as gorse_record
from .shapes import item_row


class Items(GorseView):
    @needs("read")
    def get(self, request):
        if words := request.query_params.get("q", "").strip():
            count = min(max(self.number("n", N), 1), services.MOST)
            with refusing():
                served = services.search(storefront=self.storefront, words=words, count=count, record=False)
            return Response({"Cursor": "", "Items": [item_row(entry.item) for entry in served.items]})
        return Response(page(self, ItemModel.objects.filter(storefront=self.storefront), "Items", item_row))

    @needs("write")
    def post(self, request):
        return affected(each_taken(self.rows(), partial(upsert, self.storefront)))


class Item(GorseView):
    @needs("read")
    def get(self, request, item: str):
        return Response(item_row(self.item(item)))

    @needs("write")
    def patch(self, request, item: str):
        known = self.item(item)
        changed = {name: value for name, value in self.rows()[0].items() if value is not None}
        with refusing():
            upsert(self.storefront, {**item_row(known), **changed, "ItemId": item})
        return affected(1)

    @needs("write")
    def delete(self, request, item: str):
        """As in Gorse, asking to delete what is not there is no error."""
        known = ItemModel.objects.filter(storefront=self.storefront, external_id=item).first()
        if known is None:
            return affected(0)
        item_delete(item=known)
        return affected(1)


class ItemCategory(GorseView):
    @needs("write")
    def put(self, request, item: str, category: str):
        known = self.item(item)
        return self.changed(known, [*known.categories, *([] if category in known.categories else [category])])

    @needs("write")
    def delete(self, request, item: str, category: str):
        known = self.item(item)
        return self.changed(known, [name for name in known.categories if name != category])

    def changed(self, item: ItemModel, categories: list[str]) -> Response:
        with refusing():
            item_upsert(storefront=self.storefront, record={**item_record(item), "categories": categories})
        return affected(1)


def upsert(storefront, row: dict[str, Any]) -> None:
    """What Gorse has no word for (text, price, …) stays as it is on an item that is known."""
    record = gorse_record(row, schema_for(storefront.vertical))
    known = ItemModel.objects.filter(storefront=storefront, external_id=record["external_id"]).first()
    if known is not None:
        kept = item_record(known)
        record = {**kept, **record, "attributes": {**kept["attributes"], **record["attributes"]}}
    item_upsert(storefront=storefront, record=record)
