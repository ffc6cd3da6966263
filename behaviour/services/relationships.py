"""Who is tied to whom."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from behaviour.models import Person, Relationship
from catalog.models import Storefront
from catalog.schema import FieldError
from catalog.services import ImportReport, Record, RecordError, Rejection
from catalog.services import values as check
from catalog.services.imports import clean_batch, import_batches, rows_upsert
from catalog.services.records import cleaned

from .directory import Directory
from .erasures import erased_among

CHECKS = {
    "source": check.identifier,
    "target": check.identifier,
    "kind": check.text(32, required=True),
    "weight": check.number,
}
BATCH = 1000


def relationships_import(
    *,
    storefront: Storefront,
    records: Iterable[Mapping[str, Any] | Record],
    keep_valid: bool = False,
    dry_run: bool = False,
    on_reject: Callable[[Rejection], None] | None = None,
) -> ImportReport:
    """Insert new ties, update changed weights. Both persons must be there already; ties of the erased are left out.

    With errors nothing is kept, unless `keep_valid`.
    """
    persons = Directory(Person, storefront.pk)

    def write(batch: list[Record], report: ImportReport) -> None:
        pairs = list(clean_batch(batch, relationship_clean, report))
        named = {values[end] for _, values in pairs for end in ("source", "target")}
        erased = erased_among(storefront, named)
        kept = [
            (record, values) for record, values in pairs if not {values["source"], values["target"]} & erased.keys()
        ]
        report.erased += len(pairs) - len(kept)
        keys = persons.find(named)
        rows = []
        for record, values in kept:
            unknown = [end for end in ("source", "target") if values[end] not in keys]
            if unknown:
                report.reject(record, [_unknown_person(end, values[end]) for end in unknown])
                continue
            ends = {"source_id": keys[values["source"]], "target_id": keys[values["target"]]}
            rows.append(
                Relationship(storefront=storefront, kind=values["kind"], weight=values.get("weight", 1.0), **ends)
            )
        known = Relationship.objects.filter(storefront=storefront, source__in={row.source_id for row in rows})
        upserted = rows_upsert(rows, known, unique=("source", "target", "kind"), update=["weight"])
        report.created += upserted.created
        report.updated += upserted.updated
        report.unchanged += upserted.unchanged

    return import_batches(records, write, size=BATCH, keep_valid=keep_valid, dry_run=dry_run, on_reject=on_reject)


def relationship_clean(record: Mapping[str, Any]) -> dict[str, Any]:
    """Every field of a relationship in its stored form. Raises RecordError with every problem."""
    values, errors = cleaned(record, CHECKS, required=("source", "target", "kind"))
    if values.get("weight", 1.0) <= 0:
        errors.append(FieldError("weight", "range", "A weight is above 0."))
    if "source" in values and values["source"] == values.get("target"):
        errors.append(FieldError("target", "range", "A person has no tie to themselves."))
    if errors:
        raise RecordError(errors)
    return values


def _unknown_person(end: str, external_id: str) -> FieldError:
    return FieldError(end, "unknown_person", f"There is no person {external_id!r} here. Import the persons first.")
