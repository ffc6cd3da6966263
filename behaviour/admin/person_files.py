"""Persons as files, and back. What is sensitive leaves with administrators alone; an import leaves it as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db.models import Model
from import_export.fields import Field

from catalog.admin.exchange import FileResource, attribute_columns, boolean, structure, text
from catalog.models import Storefront
from catalog.services import ImportReport, Record, Rejection
from catalog.services.imports import OnRow

from ..kinds import person_schema_for
from ..models import Person
from ..services import persons_import
from ..services.persons import person_record, record_with_consent


class PersonFiles(FileResource):
    what = "persons"
    key = "external_id"

    def __init__(self, storefront: Storefront, *, actor: Any = None, reason: str = "", sensitive: bool = False):
        """`sensitive`: whether whoever asks may have what is sensitive, too."""
        schema = person_schema_for(storefront.vertical)
        self.hidden = frozenset() if sensitive else frozenset(field.name for field in schema if field.sensitive)
        super().__init__(storefront, actor=actor, reason=reason)

    def columns(self) -> list[Field]:
        return [
            *text("external_id"),
            *attribute_columns(person_schema_for(self.storefront.vertical), self.hidden),
            *structure("consents"),
            *boolean("anonymous"),
            *structure("metadata"),
        ]

    def record(self, row: Model) -> dict[str, Any]:
        record = person_record(row)
        attributes = record["attributes"].items()
        return {**record, "attributes": {name: value for name, value in attributes if name not in self.hidden}}

    def known(self, keys: list[Any]) -> Mapping[Any, Person]:
        rows = Person.objects.select_for_update().filter(storefront=self.storefront, external_id__in=keys)
        return {person.external_id: person for person in rows}

    def merged(self, row: Model | None, values: dict[str, Any]) -> dict[str, Any]:
        """With a consent that is taken back goes what was kept on its strength."""
        if row is None:
            return values
        record = self._onto(person_record(row), values)
        record["consents"] = {} if record["consents"] is None else record["consents"]
        told = values.get("attributes")
        given = {name: value for name, value in told.items() if value is not None} if isinstance(told, dict) else {}
        # Only what the file changes is told anew: a whole export, sent back, repeats what stands there.
        news = {name: value for name, value in given.items() if row.attributes.get(name) != value}
        return record_with_consent(self.storefront, record, news)

    def store(
        self, records: Iterable[Record], *, dry_run: bool, on_row: OnRow, on_reject: Callable[[Rejection], None]
    ) -> ImportReport:
        return persons_import(
            storefront=self.storefront,
            records=records,
            dry_run=dry_run,
            on_row=on_row,
            on_reject=on_reject,
            refuse_erased=True,
        )
