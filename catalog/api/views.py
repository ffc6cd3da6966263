"""Items: what a storefront offers."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction
from django.db.models import BooleanField, F, Func, QuerySet, Value
from django.http import Http404
from django.urls import reverse
from drf_spectacular.utils import OpenApiExample
from rest_framework.response import Response

from catalog.models import Item, Storefront
from catalog.services import item_record, item_upsert, item_withdraw, items_import

from .base import StorefrontView, record_of, records_of
from .operations import operation
from .pagination import PAGE, page
from .parameters import boolean, moment, text
from .problems import Problem, invalid
from .records import faults_of, record_read, records_read, refusing
from .schemas import ItemBatchOut, ItemChangeIn, ItemIn, ItemOut, ItemPage

ITEM = {"item": "The item's id in your own systems; percent-encode what an address cannot hold."}
EXAMPLE = OpenApiExample(
    "An item",
    value={
        "id": "sku-1042",
        "title": "Merino base layer, long sleeve",
        "text": "A light layer of fine wool for cold mornings.",
        "categories": ["Clothing", "Base layers"],
        "tags": ["wool"],
        "price": 7900,
        "currency": "EUR",
    },
    request_only=True,
)
BY_ID = OpenApiExample(
    "An item",
    value={name: value for name, value in EXAMPLE.value.items() if name != "id"},
    request_only=True,
)
CREATED_OR_UPDATED = {200: ItemOut, 201: ItemOut}


class ItemList(StorefrontView):
    @operation(
        "items_list",
        "List items",
        scope="read",
        tag="items",
        query=(
            *PAGE,
            text("category", "Only items that have this category.", longest=500),
            boolean("withdrawn", "Only items that are withdrawn (true) or that are not (false)."),
            moment("changed_since", "Only items written at or after this time, the longest unchanged first."),
        ),
        answers={200: ItemPage},
    )
    def get(self, request):
        rows = Item.objects.filter(storefront=self.storefront)
        if self.query["category"]:
            rows = in_category(rows, self.query["category"])
        if self.query["withdrawn"] is not None:
            rows = rows.filter(withdrawn=self.query["withdrawn"])
        order = ("id",)
        if self.query["changed_since"]:
            rows = rows.filter(updated_at__gte=self.query["changed_since"])
            order = ("updated_at", "id")
        scope = f"items of {self.storefront.pk}"
        return Response(page(rows, self.query, order=order, scope=scope, shown=item_shown))

    @operation(
        "items_upsert",
        "Create or replace an item",
        description="Replaces the item of this id as a whole: a field that is left out gets its default.",
        scope="write",
        tag="items",
        body=ItemIn,
        answers=CREATED_OR_UPDATED,
        examples=[EXAMPLE],
    )
    def post(self, request):
        return item_stored(self.storefront, record_read(record_of(request), ItemIn()))


class ItemBatch(StorefrontView):
    @operation(
        "items_batch",
        "Create or replace up to 1,000 items",
        description="All or nothing: one record that is wrong, and none is stored. `errors` names each: /3/price.",
        scope="write",
        tag="items",
        body=ItemIn(many=True),
        answers={200: ItemBatchOut},
        examples=[EXAMPLE],
    )
    def post(self, request):
        records = records_read(records_of(request), ItemIn())
        report = items_import(storefront=self.storefront, records=records)
        if report.rejected:
            raise invalid(faults_of(report.rejections, batch=True))
        return Response({"created": report.created, "updated": report.updated, "unchanged": report.unchanged})


class ItemDetail(StorefrontView):
    @operation("items_get", "Get an item", scope="read", tag="items", path=ITEM, answers={200: ItemOut})
    def get(self, request, item: str):
        return Response(item_shown(item_or_404(self.storefront, item)))

    @operation(
        "items_put",
        "Create or replace an item by its id",
        description=(
            "As `items_upsert`, which takes the id in the body: a field that is left out gets its default. The same "
            "request again changes nothing."
        ),
        scope="write",
        tag="items",
        path=ITEM,
        body=ItemChangeIn,
        keeps_answers=False,
        answers=CREATED_OR_UPDATED,
        problems=("conflict",),
        examples=[BY_ID],
    )
    def put(self, request, item: str):
        record = record_read(record_of(request), ItemIn())
        if record.setdefault("external_id", item) != item:
            raise Problem("conflict", "The id of the body is not that of the address.")
        return item_stored(self.storefront, record)

    @operation(
        "items_patch",
        "Change some fields of an item",
        description="Fields that are left out stay as they are. `attributes` is replaced as a whole.",
        scope="write",
        tag="items",
        path=ITEM,
        body=ItemIn(partial=True),
        keeps_answers=False,
        answers={200: ItemOut},
        examples=[OpenApiExample("A new price", value={"price": 6900, "currency": "EUR"}, request_only=True)],
    )
    def patch(self, request, item: str):
        changes = record_read(record_of(request), ItemIn())
        if changes.get("external_id", item) != item:
            raise Problem("conflict", "An item cannot change its id.")
        with transaction.atomic(), refusing():
            kept = item_or_404(self.storefront, item, lock=True)
            changed, _ = item_upsert(storefront=self.storefront, record={**item_record(kept), **changes})
        return Response(item_shown(changed))

    @operation(
        "items_withdraw",
        "Withdraw an item",
        description="It is never shown again. Its past stays, so that models and reports remain true.",
        scope="write",
        tag="items",
        path=ITEM,
        answers={204: None},
    )
    def delete(self, request, item: str):
        item_withdraw(item=item_or_404(self.storefront, item))
        return Response(status=204)


def item_stored(storefront: Storefront, record: dict[str, Any]) -> Response:
    """Create or replace an item, and say which it was."""
    with refusing():
        item, created = item_upsert(storefront=storefront, record=record)
    headers = {"Location": reverse("api-item", args=[storefront.slug, item.external_id])}
    return Response(item_shown(item), status=201 if created else 200, headers=headers)


def item_or_404(storefront: Storefront, external_id: str, lock: bool = False) -> Item:
    rows = Item.objects.select_for_update() if lock else Item.objects
    try:
        return rows.get(storefront=storefront, external_id=external_id)
    except Item.DoesNotExist:
        raise Http404 from None


def item_shown(item: Item) -> dict[str, Any]:
    """The item as every answer shows it. Plain: a serializer would cost more than the query."""
    return {
        "id": item.external_id,
        "title": item.title,
        "text": item.text,
        "categories": item.categories,
        "tags": item.tags,
        "attributes": item.attributes,
        "metadata": item.metadata,
        "price": item.price,
        "currency": item.currency,
        "image": item.image,
        "language": item.language,
        "published_at": item.published_at,
        "available_from": item.available_from,
        "available_until": item.available_until,
        "withdrawn": item.withdrawn,
        "created_at": item.created_at,
        "updated_at": item.updated_at,
    }


def in_category(rows: QuerySet[Item], category: str) -> QuerySet[Item]:
    """Those of `rows` that have the category at any level."""
    if connection.vendor == "postgresql":
        return rows.filter(categories__contains=[category])
    return rows.alias(has=_JsonListHas(F("categories"), Value(category))).filter(has=True)


class _JsonListHas(Func):
    """Whether a JSON list of texts has an entry. SQLite has no operator for it."""

    template = "EXISTS (SELECT 1 FROM json_each(%(expressions)s))"
    arg_joiner = ") WHERE value = ("
    output_field = BooleanField()
