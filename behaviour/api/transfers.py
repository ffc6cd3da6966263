"""All persons, what they did and whom they know as JSON lines, in and out."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes

from behaviour.models import Behaviour, Person, Relationship
from behaviour.services import behaviours_import, persons_import, relationships_import
from catalog.api.base import StorefrontView
from catalog.api.operations import operation
from catalog.api.parameters import moment
from catalog.api.schemas import ImportOut
from catalog.api.streams import EXPORTING, IMPORTING, NDJSON, ImportView, exported, filled

from .schemas import BehaviourIn, PersonIn, RelationshipIn
from .views import WITHHELD, hidden_attributes, withheld_from

LINES = {(200, NDJSON): OpenApiTypes.STR}


class PersonImport(ImportView):
    @operation(
        "persons_import",
        "Import persons as a stream",
        description=IMPORTING,
        scope="write",
        tag="persons",
        stream=NDJSON,
        answers={200: ImportOut},
    )
    def post(self, request):
        def store(batch, refuse):
            return persons_import(storefront=self.storefront, records=batch, on_reject=refuse)

        return self.stored(request, PersonIn(), store)


class PersonsExport(StorefrontView):
    @operation(
        "persons_export",
        "Export persons as a stream",
        description=f"{EXPORTING} {WITHHELD} An import replaces a person as a whole: import only what such a key got.",
        scope="read",
        tag="persons",
        answers=LINES,
    )
    def get(self, request):
        hidden = hidden_attributes(self.storefront, request.auth)

        def line(person: Person) -> dict[str, Any]:
            attributes = {name: value for name, value in person.attributes.items() if name not in hidden}
            return {
                "id": person.external_id,
                **filled(
                    attributes=attributes,
                    consents=person.consents,
                    metadata=person.metadata,
                    anonymous=person.anonymous,
                ),
            }

        return exported(Person.objects.filter(storefront=self.storefront), line, "persons")


class BehaviourImport(ImportView):
    @operation(
        "behaviours_import",
        "Import behaviours as a stream",
        description=f"{IMPORTING} Import the items first; persons are made as they appear.",
        scope="write",
        tag="behaviours",
        stream=NDJSON,
        answers={200: ImportOut},
    )
    def post(self, request):
        def store(batch, refuse):
            return behaviours_import(
                storefront=self.storefront, records=batch, on_reject=refuse, event_id_required=True
            )

        return self.stored(request, BehaviourIn(), store)


class BehaviourExport(StorefrontView):
    @operation(
        "behaviours_export",
        "Export behaviours as a stream",
        description=f"{EXPORTING} {WITHHELD}",
        scope="read",
        tag="behaviours",
        query=(moment("since", "Only behaviours at or after this time."),),
        answers=LINES,
    )
    def get(self, request):
        rows = Behaviour.objects.filter(storefront=self.storefront).select_related("item", "person")
        if self.query["since"]:
            rows = rows.filter(occurred_at__gte=self.query["since"])
        withheld = withheld_from(self.storefront, request.auth)

        def line(event: Behaviour) -> dict[str, Any] | None:
            return None if withheld(event) else behaviour_line(event)

        return exported(rows, line, "behaviours", first_by="occurred_at")


class RelationshipImport(ImportView):
    @operation(
        "relationships_import",
        "Import relationships as a stream",
        description=f"{IMPORTING} Import the persons first.",
        scope="write",
        tag="relationships",
        stream=NDJSON,
        answers={200: ImportOut},
    )
    def post(self, request):
        def store(batch, refuse):
            return relationships_import(storefront=self.storefront, records=batch, on_reject=refuse)

        return self.stored(request, RelationshipIn(), store)


class RelationshipExport(StorefrontView):
    @operation(
        "relationships_export",
        "Export relationships as a stream",
        description=EXPORTING,
        scope="read",
        tag="relationships",
        answers=LINES,
    )
    def get(self, request):
        rows = Relationship.objects.filter(storefront=self.storefront).select_related("source", "target")
        return exported(rows, relationship_line, "relationships")


def behaviour_line(event: Behaviour) -> dict[str, Any]:
    return {
        "event_id": event.event_id,
        "person": event.person.external_id,
        "kind": event.kind,
        "occurred_at": event.occurred_at,
        **filled(
            item=event.item and event.item.external_id,
            text=event.text,
            context=event.context,
            recommendation_id=event.recommendation_id,
        ),
        **({} if event.value is None else {"value": event.value}),  # a value of 0 is one
    }


def relationship_line(tie: Relationship) -> dict[str, Any]:
    return {
        "source": tie.source.external_id,
        "target": tie.target.external_id,
        "kind": tie.kind,
        "weight": tie.weight,
    }
