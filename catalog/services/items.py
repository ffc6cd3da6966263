"""Items come in, change and leave the shop window."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from django.db import transaction

from catalog import changes
from catalog.models import Item, Storefront
from catalog.schema import FieldError, Schema, SchemaError, schema_for

from . import values as check
from .imports import OnRow, clean_batch, import_batches, rows_tell, rows_upsert
from .records import ImportReport, Record, RecordError, Rejection, cleaned, named

CHECKS = {
    "external_id": check.identifier,
    "title": check.text(500, required=True),
    "text": check.text(100_000, lines=True),
    "categories": check.texts(50, 200),
    "tags": check.texts(200, 200),
    "attributes": check.attributes,
    "metadata": check.metadata,
    "price": check.price,
    "currency": check.currency,
    "image": check.web_address,
    "language": check.language,
    "published_at": check.moment,
    "available_from": check.moment,
    "available_until": check.moment,
    "withdrawn": check.boolean,
}
UPDATED_FIELDS = [name for name in CHECKS if name != "external_id"]
BATCH = 1000


def item_upsert(*, storefront: Storefront, record: Mapping[str, Any]) -> tuple[Item, bool]:
    """Create the item of that external id, or make it what the record says; fields left out take their defaults.

    Returns the item and whether it is new. Raises RecordError. An equal item is left alone.
    """
    row = _item(storefront, item_clean(storefront, record))
    with transaction.atomic():
        known = _known(storefront, [row.external_id])
        upserted = rows_upsert([row], known, unique=("storefront", "external_id"), update=UPDATED_FIELDS)
        if upserted.written:
            changes.items_changed(storefront.pk, [row.pk])
    # Read again: an upsert leaves the row's own created_at out of what it knows.
    return Item.objects.get(storefront=storefront, external_id=row.external_id), bool(upserted.created)


def items_import(
    *,
    storefront: Storefront,
    records: Iterable[Mapping[str, Any] | Record],
    keep_valid: bool = False,
    dry_run: bool = False,
    on_reject: Callable[[Rejection], None] | None = None,
    on_row: OnRow | None = None,
) -> ImportReport:
    """Insert what is new, update what differs, leave the rest alone.

    With errors nothing is kept, unless `keep_valid`. `on_row` hears of each record that can be stored.
    """
    clean = partial(item_clean, storefront)

    def write(batch: list[Record], report: ImportReport) -> None:
        accepted = list(clean_batch(batch, clean, report))
        rows = [_item(storefront, values) for _, values in accepted]
        known = _known(storefront, [row.external_id for row in rows])
        upserted = rows_upsert(rows, known, unique=("storefront", "external_id"), update=UPDATED_FIELDS)
        report.created += upserted.created
        report.updated += upserted.updated
        report.unchanged += upserted.unchanged
        if upserted.written:
            changes.items_changed(storefront.pk, [row.pk for row in upserted.written])
        rows_tell(accepted, upserted, on_row)

    return import_batches(records, write, size=BATCH, keep_valid=keep_valid, dry_run=dry_run, on_reject=on_reject)


def item_withdraw(*, item: Item) -> Item:
    """Never show the item again, wherever it would come from."""
    if not item.withdrawn:
        with transaction.atomic():
            item.withdrawn = True
            item.save(update_fields=["withdrawn", "updated_at"])
            changes.items_changed(item.storefront_id, [item.pk])
    return item


@transaction.atomic
def item_delete(*, item: Item) -> None:
    """The item and everything that people did with it, gone for good. To only stop showing it, withdraw it."""
    changes.items_changed(item.storefront_id, [item.pk])
    item.delete()


def item_record(item: Item) -> dict[str, Any]:
    """The record that `item_upsert` would make this item from."""
    return {name: getattr(item, name) for name in CHECKS}


def item_clean(storefront: Storefront, record: Mapping[str, Any]) -> dict[str, Any]:
    """Every field of an item in its stored form. Raises RecordError with every problem."""
    values, errors = cleaned(record, CHECKS, required=("external_id", "title"))
    if "attributes" not in {error.field for error in errors}:
        values["attributes"] = attributes_clean(schema_for(storefront.vertical), values.get("attributes", {}), errors)
    if values.get("price") is not None and not values.get("currency"):
        errors.append(FieldError("currency", "required", "A price needs its currency, such as EUR."))
    start, end = values.get("available_from"), values.get("available_until")
    if start and end and end <= start:
        errors.append(FieldError("available_until", "range", "This must be later than available_from."))
    if errors:
        raise RecordError(errors)
    defaults = {"language": storefront.languages[0] if storefront.languages else "en"}
    return {**defaults, **values}


def attributes_clean(schema: Schema, attributes: Mapping[str, Any], errors: list[FieldError]) -> dict[str, Any]:
    """The attributes as the schema stores them; what is wrong is added to `errors`."""
    try:
        return schema.clean(attributes)
    except SchemaError as error:
        errors += [FieldError(f"attributes.{named(e.field)}", e.code, e.message) for e in error.errors]
        return {}


def _item(storefront: Storefront, values: Mapping[str, Any]) -> Item:
    return Item(storefront=storefront, **values)


def _known(storefront: Storefront, external_ids: list[str]) -> Iterable[Item]:
    return Item.objects.filter(storefront=storefront, external_id__in=external_ids)
