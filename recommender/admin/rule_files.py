"""Operators' rules as files, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db.models import Model
from import_export.fields import Field

from catalog.admin.exchange import FileResource, boolean, lines, moment, number, text
from catalog.services import ImportReport, Record, Rejection
from catalog.services.imports import OnRow

from ..models import OperatorRule
from ..services.rule_imports import LARGEST_ID, rule_record, rules_import


class RuleFiles(FileResource):
    """A rule has no id of an operator's own: a row with the number of a rule is about that one, others are new."""

    what = "rules"
    key = "id"
    key_required = False

    def columns(self) -> list[Field]:
        return [
            *number("id"),
            *text("name", "kind", "condition"),
            *lines("placements"),
            *text("segment"),
            *moment("starts_at", "ends_at"),
            *number("priority", "amount", "position"),
            *boolean("active"),
        ]

    def record(self, row: Model) -> dict[str, Any]:
        return rule_record(row)

    def known(self, keys: list[Any]) -> Mapping[Any, OperatorRule]:
        numbers = [key for key in keys if isinstance(key, int) and 0 < key <= LARGEST_ID]
        rows = OperatorRule.objects.select_for_update().filter(storefront=self.storefront, pk__in=numbers)
        return {rule.pk: rule for rule in rows}

    def store(
        self, records: Iterable[Record], *, dry_run: bool, on_row: OnRow, on_reject: Callable[[Rejection], None]
    ) -> ImportReport:
        return rules_import(
            storefront=self.storefront,
            records=records,
            by=self.actor,
            reason=self.reason,
            dry_run=dry_run,
            on_row=on_row,
            on_reject=on_reject,
        )
