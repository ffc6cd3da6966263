"""Items as files, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db.models import Model
from import_export.fields import Field
from import_export.results import RowResult

from ..auditing import Change
from ..models import Item
from ..schema import schema_for
from ..services import ImportReport, Record, Rejection, item_record, items_import
from ..services.imports import OnRow
from .exchange import FileResource, attribute_columns, boolean, lines, moment, number, structure, text
from .exchange.resource import FileResult

ACTIONS = {RowResult.IMPORT_TYPE_NEW: "create", RowResult.IMPORT_TYPE_UPDATE: "change"}


class ItemFiles(FileResource):
    what = "items"
    key = "external_id"

    def columns(self) -> list[Field]:
        return [
            *text("external_id", "title", "text"),
            *lines("categories", "tags"),
            *attribute_columns(schema_for(self.storefront.vertical)),
            *number("price"),
            *text("currency", "image", "language"),
            *moment("published_at", "available_from", "available_until"),
            *boolean("withdrawn"),
            *structure("metadata"),
        ]

    def record(self, row: Model) -> dict[str, Any]:
        return item_record(row)

    def known(self, keys: list[Any]) -> Mapping[Any, Item]:
        rows = Item.objects.select_for_update().filter(storefront=self.storefront, external_id__in=keys)
        return {item.external_id: item for item in rows}

    def store(
        self, records: Iterable[Record], *, dry_run: bool, on_row: OnRow, on_reject: Callable[[Rejection], None]
    ) -> ImportReport:
        return items_import(
            storefront=self.storefront, records=records, dry_run=dry_run, on_row=on_row, on_reject=on_reject
        )

    def row_changes(self, result: FileResult) -> list[Change]:
        return [
            Change(
                ACTIONS[row.import_type],
                row.instance,
                self.actor,
                self.storefront,
                {name: before for name, before, _after in row.changes} if row.original else None,
                {name: after for name, _before, after in row.changes},
                self.reason,
            )
            for row in result.rows
            if row.import_type in ACTIONS
        ]
