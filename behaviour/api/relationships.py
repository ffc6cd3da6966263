"""Who is tied to whom: follows, trust, friendship, mutes and blocks."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiExample
from rest_framework.response import Response

from behaviour.models import Person, Relationship
from behaviour.services import TieError, relationship_end, relationship_make
from behaviour.services.relationships import relationship_clean
from behaviour.services.ties import BLOCKS, FOLLOWS, FRIEND, MUTES, TRUSTS
from catalog.api.base import StorefrontView, record_of
from catalog.api.operations import operation
from catalog.api.pagination import PAGE, page
from catalog.api.parameters import choice, text
from catalog.api.problems import Fault, Problem, invalid
from catalog.api.records import record_read, refusing
from catalog.models import Storefront

from .schemas import RelationshipIn, RelationshipOut, RelationshipPage

KINDS = (FOLLOWS, TRUSTS, FRIEND, MUTES, BLOCKS)
EXAMPLE = OpenApiExample("A follow", value={"source": "u-512", "target": "u-7", "kind": "follows"}, request_only=True)
OF_ONE = (
    text("source", "The id of the person whose tie it is.", required=True),
    text("target", "The id of the person whom it is about.", required=True),
    choice("kind", "Which tie.", KINDS, required=True),
)


class Relationships(StorefrontView):
    @operation(
        "relationships_list",
        "List relationships",
        description="The longest standing first. Without a parameter, all of the storefront.",
        scope="read",
        tag="relationships",
        query=(
            *PAGE,
            text("source", "Only ties of this person to others."),
            text("target", "Only ties of others to this person."),
            choice("kind", "Only ties of this kind.", KINDS),
        ),
        answers={200: RelationshipPage},
    )
    def get(self, request):
        rows = Relationship.objects.filter(storefront=self.storefront).select_related("source", "target")
        for end in ("source", "target"):
            if self.query[end]:
                ids = {f"{end}__storefront": self.storefront, f"{end}__external_id": self.query[end]}
                rows = rows.filter(**ids)
        if self.query["kind"]:
            rows = rows.filter(kind=self.query["kind"])
        scope = f"relationships of {self.storefront.pk}"
        return Response(page(rows, self.query, order=("id",), scope=scope, shown=relationship_shown))

    @operation(
        "relationships_put",
        "Make a relationship, or change its weight",
        description=(
            "201: it is new. 200: it stood already. Both persons must be there. To block somebody ends every nearer "
            "tie in both directions; while a block stands, none can be made (409). The next recommendations know it."
        ),
        scope="write",
        tag="relationships",
        body=RelationshipIn,
        keeps_answers=False,
        answers={200: RelationshipOut, 201: RelationshipOut},
        problems=("conflict",),
        examples=[EXAMPLE],
    )
    def put(self, request):
        record = record_read(record_of(request), RelationshipIn())
        with refusing():
            values = relationship_clean(record)
        if values["kind"] not in KINDS:
            raise invalid([Fault("/kind", "unknown_kind", f"Must be one of {', '.join(KINDS)}.")])
        ends = self._ends(values)
        stood = Relationship.objects.filter(**ends, kind=values["kind"]).exists()
        try:
            tie = relationship_make(**ends, kind=values["kind"], weight=values.get("weight", 1.0))
        except TieError as error:
            raise Problem("conflict", str(error)) from None
        return Response(relationship_shown(tie), status=200 if stood else 201)

    @operation(
        "relationships_delete",
        "End a relationship",
        scope="write",
        tag="relationships",
        query=OF_ONE,
        answers={204: None},
    )
    def delete(self, request):
        found = _persons(self.storefront, self.query["source"], self.query["target"])
        ends = {end: found.get(self.query[end]) for end in ("source", "target")}
        if None in ends.values() or not relationship_end(**ends, kind=self.query["kind"]):
            raise Http404
        return Response(status=204)

    def _ends(self, values: dict[str, Any]) -> dict[str, Person]:
        found = _persons(self.storefront, values["source"], values["target"])
        faults = [
            Fault(f"/{end}", "unknown_person", f"There is no person {values[end]!r} in this storefront.")
            for end in ("source", "target")
            if values[end] not in found
        ]
        if faults:
            raise invalid(faults)
        return {end: found[values[end]] for end in ("source", "target")}


def _persons(storefront: Storefront, *external_ids: str) -> dict[str, Person]:
    rows = Person.objects.filter(storefront=storefront, external_id__in=external_ids)
    return {person.external_id: person for person in rows}


def relationship_shown(tie: Relationship) -> dict[str, Any]:
    return {
        "source": tie.source.external_id,
        "target": tie.target.external_id,
        "kind": tie.kind,
        "weight": tie.weight,
        "created_at": tie.created_at,
    }
