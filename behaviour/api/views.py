"""Persons, and what they do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.http import Http404
from django.urls import reverse
from drf_spectacular.utils import OpenApiExample
from rest_framework.response import Response

from behaviour.kinds import is_sensitive, person_schema_for
from behaviour.models import Behaviour, Person, PrivacyRequest
from behaviour.services import (
    behaviours_record,
    person_erase,
    person_hand_out,
    person_patch,
    person_upsert,
    refusals_record,
)
from catalog.api.base import StorefrontView, record_of, records_of
from catalog.api.operations import operation
from catalog.api.pagination import PAGE, page
from catalog.api.parameters import boolean, moment, text
from catalog.api.problems import Problem, invalid
from catalog.api.records import faults_of, record_read, records_read, refusing
from catalog.models import ApiKey, Storefront
from catalog.services import FieldError, Rejection
from catalog.visitors import Visitor

from .schemas import (
    BehaviourIn,
    BehaviourPage,
    PersonChangeIn,
    PersonExportOut,
    PersonIn,
    PersonOut,
    PersonPage,
    PersonPatchIn,
    Recorded,
)

SENSITIVE = "Attributes that the vertical calls sensitive are shown only to keys that also have the scope `manage`."
WITHHELD = "What the vertical calls sensitive is in it only for keys that also have the scope `manage`."
PERSON = {"person": "The person's id in your own systems; percent-encode what an address cannot hold."}
EVENT = {
    "occurred_at": "2026-03-31T09:30:00Z",
    "event_id": "order-77-1",
    "person": "u-512",
    "kind": "purchase",
    "item": "sku-1042",
}


class PersonView(StorefrontView):
    def shown(self, person: Person) -> dict[str, Any]:
        return person_shown(person, hidden=hidden_attributes(self.storefront, self.request.auth))

    def stored(self, record: dict[str, Any]) -> Response:
        with refusing():
            person, created = person_upsert(storefront=self.storefront, record=record)
        headers = {"Location": reverse("api-person", args=[self.storefront.slug, person.external_id])}
        return Response(self.shown(person), status=201 if created else 200, headers=headers)


class PersonList(PersonView):
    @operation(
        "persons_list",
        "List persons",
        scope="read",
        tag="persons",
        query=(*PAGE, boolean("anonymous", "Only persons known by a cookie (true) or by an id of yours (false).")),
        answers={200: PersonPage},
    )
    def get(self, request):
        rows = Person.objects.filter(storefront=self.storefront)
        if self.query["anonymous"] is not None:
            rows = rows.filter(anonymous=self.query["anonymous"])
        scope = f"persons of {self.storefront.pk}"
        return Response(page(rows, self.query, order=("id",), scope=scope, shown=self.shown))

    @operation(
        "persons_upsert",
        "Create or replace a person",
        scope="write",
        tag="persons",
        body=PersonIn,
        answers={200: PersonOut, 201: PersonOut},
        examples=[OpenApiExample("A person", value={"id": "u-512", "consents": {"training": True}}, request_only=True)],
    )
    def post(self, request):
        return self.stored(record_read(record_of(request), PersonIn()))


class PersonDetail(PersonView):
    @operation(
        "persons_get",
        "Get a person",
        description=SENSITIVE,
        scope="read",
        tag="persons",
        path=PERSON,
        answers={200: PersonOut},
    )
    def get(self, request, person: str):
        return Response(self.shown(person_or_404(self.storefront, person)))

    @operation(
        "persons_put",
        "Create or replace a person by their id",
        description="As `persons_upsert`, which takes the id in the body: a field that is left out gets its default.",
        scope="write",
        tag="persons",
        path=PERSON,
        body=PersonChangeIn,
        keeps_answers=False,
        answers={200: PersonOut, 201: PersonOut},
        problems=("conflict",),
        examples=[OpenApiExample("A person", value={"consents": {"training": True}}, request_only=True)],
    )
    def put(self, request, person: str):
        record = record_read(record_of(request), PersonIn())
        if record.setdefault("external_id", person) != person:
            raise Problem("conflict", "The id of the body is not that of the address.")
        return self.stored(record)

    @operation(
        "persons_patch",
        "Change something about a person",
        description=(
            "What is left out stays as it is, inside `attributes`, `consents` and `metadata` too; a null takes an "
            f"entry out. {SENSITIVE}"
        ),
        scope="write",
        tag="persons",
        path=PERSON,
        body=PersonPatchIn,
        keeps_answers=False,
        answers={200: PersonOut},
        problems=("conflict",),
        examples=[OpenApiExample("No training", value={"consents": {"training": False}}, request_only=True)],
    )
    def patch(self, request, person: str):
        changes = record_read(record_of(request), PersonIn())
        if changes.get("external_id", person) != person:
            raise Problem("conflict", "A person cannot change their id.")
        known = person_or_404(self.storefront, person)
        with refusing():
            return Response(self.shown(person_patch(person=known, changes=changes)))

    @operation(
        "persons_erase",
        "Erase a person",
        description="Removes the person and everything recorded about them. This cannot be taken back.",
        scope="write",
        tag="persons",
        path=PERSON,
        answers={204: None},
    )
    def delete(self, request, person: str):
        person_erase(person=person_or_404(self.storefront, person), came=PrivacyRequest.Came.API)
        return Response(status=204)


class PersonExport(StorefrontView):
    @operation(
        "persons_export_one",
        "Everything that is held about a person",
        description=(
            "For the person themselves, sensitive attributes and what was inferred included: the person, what they "
            "did (oldest first), their relationships, and under `other` the lists that were served to them and more."
        ),
        scope="manage",
        tag="persons",
        path=PERSON,
        answers={200: PersonExportOut},
    )
    def get(self, request, person: str):
        known = person_or_404(self.storefront, person)
        return Response(person_hand_out(person=known, came=PrivacyRequest.Came.API))


class BehaviourList(StorefrontView):
    @operation(
        "behaviours_list",
        "List what a person did",
        description=f"Newest first. A person who is not known has done nothing: the list is empty. {WITHHELD}",
        scope="read",
        tag="behaviours",
        query=(
            *PAGE,
            text("person", "Whose behaviours.", required=True),
            text("kind", "Only behaviours of this kind.", longest=32),
            moment("since", "Only behaviours at or after this time."),
        ),
        answers={200: BehaviourPage},
    )
    def get(self, request):
        rows = Behaviour.objects.filter(
            storefront=self.storefront,
            person__storefront=self.storefront,
            person__external_id=self.query["person"],
        ).select_related("item", "person")
        if self.query["kind"]:
            rows = rows.filter(kind=self.query["kind"])
        if self.query["since"]:
            rows = rows.filter(occurred_at__gte=self.query["since"])
        scope = f"behaviours of {self.storefront.pk}"
        withheld = withheld_from(self.storefront, self.request.auth)
        return Response(
            page(
                rows,
                self.query,
                order=("-occurred_at", "-id"),
                scope=scope,
                shown=behaviour_shown,
                withheld=withheld,
            )
        )

    @operation(
        "behaviours_record",
        "Record one behaviour",
        description=(
            "201: it is stored for good. 200: it was stored before, with the same body. "
            "409: the event id was used for something else."
        ),
        scope="write",
        tag="behaviours",
        body=BehaviourIn,
        answers={200: Recorded, 201: Recorded},
        problems=("conflict",),
        examples=[OpenApiExample("A purchase", value=EVENT, request_only=True)],
    )
    def post(self, request):
        body = record_of(request)
        with _refusals_kept(self.storefront, [body], batch=False):
            record = record_read(body, BehaviourIn())
        recorded = _record(self.storefront, [record], request.user)
        return Response(recorded, status=201 if recorded["accepted"] else 200)


class BehaviourBatch(StorefrontView):
    @operation(
        "behaviours_batch",
        "Record up to 1,000 behaviours",
        description=(
            "All or nothing. Events that were stored before are counted as duplicates, so a batch whose answer was "
            "lost can be sent again as it is. `errors` names each record that is wrong: /3/item."
        ),
        scope="write",
        tag="behaviours",
        body=BehaviourIn(many=True),
        answers={200: Recorded},
        problems=("conflict",),
        examples=[OpenApiExample("Purchases", value={**EVENT, "event_id": "order-78-1"}, request_only=True)],
    )
    def post(self, request):
        bodies = records_of(request)
        with _refusals_kept(self.storefront, bodies, batch=True):
            records = records_read(bodies, BehaviourIn())
        return Response(_record(self.storefront, records, request.user, batch=True))


@contextmanager
def _refusals_kept(storefront: Storefront, bodies: Sequence[Mapping[str, Any]], *, batch: bool) -> Iterator[None]:
    """Bodies that are refused for their shape never come to the service that keeps what it refuses."""
    try:
        yield
    except Problem as problem:
        errors: dict[int, list[FieldError]] = {}
        for fault in problem.faults:
            at, _slash, name = (
                fault.pointer.lstrip("/").partition("/") if batch else ("0", "", fault.pointer.lstrip("/"))
            )
            errors.setdefault(int(at), []).append(FieldError(name, fault.code, fault.detail))
        rejections = [Rejection("", at + 1, tuple(wrong), bodies[at]) for at, wrong in errors.items()]
        refusals_record(storefront=storefront, rejections=rejections)
        raise


def _record(
    storefront: Storefront, records: list[dict], visitor: Visitor | None, *, batch: bool = False
) -> dict[str, int]:
    anonymous = visitor is not None and not visitor.person
    report = behaviours_record(storefront=storefront, records=records, anonymous=anonymous)
    if report.errors:
        raise invalid(faults_of(report.errors, batch=batch))
    if report.conflicts:
        faults = faults_of(report.conflicts, batch=batch)
        raise Problem("conflict", f"{faults[0].pointer}: {faults[0].detail}", faults)
    return {"accepted": report.accepted, "duplicates": report.duplicates}


def person_or_404(storefront: Storefront, external_id: str) -> Person:
    try:
        return Person.objects.get(storefront=storefront, external_id=external_id)
    except Person.DoesNotExist:
        raise Http404 from None


def hidden_attributes(storefront: Storefront, key: ApiKey) -> frozenset[str]:
    """The attributes of persons that this key does not get to see: the sensitive ones, unless it may manage."""
    if "manage" in key.scopes:
        return frozenset()
    return frozenset(field.name for field in person_schema_for(storefront.vertical) if field.sensitive)


def withheld_from(storefront: Storefront, key: ApiKey) -> Callable[[Behaviour], bool]:
    """Whether this key does not get to see an event: a sensitive one, unless it may manage."""
    if "manage" in key.scopes:
        return lambda event: False
    return lambda event: is_sensitive(storefront.vertical, event.item and event.item.categories)


def person_shown(person: Person, *, hidden: frozenset[str]) -> dict[str, Any]:
    return {
        "id": person.external_id,
        "attributes": {name: value for name, value in person.attributes.items() if name not in hidden},
        "consents": person.consents,
        "metadata": person.metadata,
        "anonymous": person.anonymous,
        "created_at": person.created_at,
    }


def behaviour_shown(behaviour: Behaviour) -> dict[str, Any]:
    return {
        "event_id": behaviour.event_id,
        "person": behaviour.person.external_id,
        "kind": behaviour.kind,
        "item": behaviour.item.external_id if behaviour.item else None,
        "value": behaviour.value,
        "text": behaviour.text,
        "context": behaviour.context,
        "occurred_at": behaviour.occurred_at,
        "received_at": behaviour.received_at,
        "recommendation_id": behaviour.recommendation_id,
    }
