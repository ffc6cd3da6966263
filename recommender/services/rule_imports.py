"""Many rules at once, out of a file: all of them or none, each as if it was written by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.translation import gettext as _

from behaviour.models import Account
from catalog.models import Storefront
from catalog.schema import FieldError
from catalog.services import ImportReport, Record, RecordError, Rejection
from catalog.services import values as check
from catalog.services.imports import OnRow, clean_batch, import_batches
from catalog.services.records import cleaned

from ..models import OperatorRule
from .answers import ServiceError
from .audit import fields_said
from .rules import FIELDS, rule_change, rule_create

BATCH = 1000
LARGEST_ID = 2**63 - 1


def _rule_id(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= LARGEST_ID:
        raise check.Problem("type", _("Expected the number of a rule, or nothing for a new one."))
    return value


def _whole(value: Any) -> int:
    number = check.number(value)
    if number != int(number) or abs(number) > 32_767:
        raise check.Problem("range", _("Expected a whole number from −32,767 to 32,767."))
    return int(number)


CHECKS = {
    "id": _rule_id,
    "name": check.text(200, required=True),
    "kind": check.text(16, required=True),
    "condition": check.text(2000, lines=True, required=True),
    "placements": check.texts(50, 64),
    "segment": check.text(64),
    "starts_at": check.moment,
    "ends_at": check.moment,
    "priority": _whole,
    "amount": check.number,
    "position": _whole,
    "active": check.boolean,
}


def rules_import(
    *,
    storefront: Storefront,
    records: Iterable[Mapping[str, Any] | Record],
    by: Account | None = None,
    reason: str = "",
    dry_run: bool = False,
    on_reject: Callable[[Rejection], None] | None = None,
    on_row: OnRow | None = None,
) -> ImportReport:
    """A record with an `id` makes that rule what it says, one without makes a new rule; fields left out take their
    defaults. With errors nothing is kept. The audit log has each rule that is written."""

    def write(batch: list[Record], report: ImportReport) -> None:
        for record, values in clean_batch(batch, rule_clean, report):
            try:
                before, rule = _written(storefront, values, by, reason)
            except (RecordError, ServiceError, ValidationError) as error:
                report.reject(record, _problems(error))
                continue
            if before is None:
                report.created += 1
            elif fields_said(before, *FIELDS) == fields_said(rule, *FIELDS):
                report.unchanged += 1
            else:
                report.updated += 1
            if on_row:
                on_row(record, before, rule)

    return import_batches(records, write, size=BATCH, keep_valid=False, dry_run=dry_run, on_reject=on_reject)


def rule_record(rule: OperatorRule) -> dict[str, Any]:
    """The record that `rules_import` would make this rule from."""
    return {"id": rule.pk, **fields_said(rule, *FIELDS)}


def rule_clean(record: Any) -> dict[str, Any]:
    """Every field of a rule in its stored form. Raises RecordError with every problem of a single field."""
    values, errors = cleaned(record, CHECKS, required=("name", "kind", "condition"))
    if errors:
        raise RecordError(errors)
    defaults = OperatorRule()
    return {"id": None, **{name: getattr(defaults, name) for name in FIELDS}, **values}


def _written(
    storefront: Storefront, values: dict[str, Any], by: Account | None, reason: str
) -> tuple[OperatorRule | None, OperatorRule]:
    """The rule as it was, or None, and as it is."""
    wish = {"values": {name: values[name] for name in FIELDS}, "by": by, "reason": reason}
    if values["id"] is None:
        return None, rule_create(storefront=storefront, **wish)
    before = OperatorRule.objects.filter(storefront=storefront, pk=values["id"]).first()
    if before is None:
        say = _("There is no rule %(id)s in %(name)s. Leave the id empty to make a new one.")
        said = {"id": values["id"], "name": storefront.name}
        raise RecordError([FieldError("id", "unknown", say % said)])
    return before, rule_change(rule=before, **wish)


def _problems(error: RecordError | ServiceError | ValidationError) -> list[FieldError]:
    if isinstance(error, RecordError):
        return error.errors
    if isinstance(error, ServiceError):
        return [FieldError("rule", "invalid", str(error))]
    if not hasattr(error, "error_dict"):
        return [FieldError("rule", "invalid", " ".join(error.messages))]
    return [
        FieldError("rule" if name == NON_FIELD_ERRORS else name, "invalid", " ".join(messages))
        for name, messages in error.message_dict.items()
    ]
