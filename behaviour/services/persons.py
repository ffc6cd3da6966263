"""Persons: how they come in, become one, see what is held about them, and leave."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from django.core.serializers import serialize
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import Model, Q, QuerySet

from behaviour.kinds import consent_needed, person_schema_for
from behaviour.models import Behaviour, Consent, Person, RefusedEvent, Relationship
from catalog.idempotency import answers_forget
from catalog.models import Storefront
from catalog.schema import FieldError
from catalog.services import ImportReport, Record, RecordError, Rejection
from catalog.services import values as check
from catalog.services.imports import OnRow, clean_batch, import_batches, rows_tell, rows_upsert
from catalog.services.items import attributes_clean
from catalog.services.records import cleaned

from .consents import SENSITIVE, consents_note
from .erasures import erased_among

CHECKS = {
    "external_id": check.identifier,
    "attributes": check.attributes,
    "consents": check.flags,
    "metadata": check.metadata,
    "anonymous": check.boolean,
}
UPDATED_FIELDS = ["attributes", "consents", "metadata", "anonymous"]
MERGED = ("attributes", "consents", "metadata")
BATCH = 1000
#: What a person gets to see of each behaviour, besides the item.
EXPORTED = ("event_id", "kind", "value", "text", "context", "occurred_at", "received_at", "recommendation_id")

_ERASED = FieldError(
    "external_id",
    "erased",
    "This person was erased, and a file brings nobody back. Take the row out; who came back themself is changed alone.",
)


def person_get_or_create(*, storefront: Storefront, external_id: str, anonymous: bool = False) -> Person:
    """The person of that id; `anonymous` is for a new one only. Raises RecordError for an id that cannot be one."""
    try:
        external_id = check.identifier(external_id)
    except check.Problem as problem:
        raise RecordError([FieldError("external_id", problem.code, str(problem))]) from None
    person, _ = Person.objects.get_or_create(
        storefront=storefront, external_id=external_id, defaults={"anonymous": anonymous}
    )
    return person


def person_upsert(*, storefront: Storefront, record: Mapping[str, Any]) -> tuple[Person, bool]:
    """Create the person of that external id, or make them what the record says; fields left out take their defaults.

    Returns the person and whether they are new. Raises RecordError.
    """
    row = Person(storefront=storefront, **person_clean(storefront, record))
    known = Person.objects.filter(storefront=storefront, external_id=row.external_id)
    with transaction.atomic():
        upserted = rows_upsert([row], known, unique=("storefront", "external_id"), update=UPDATED_FIELDS)
        consents_note(storefront=storefront, persons=known.all())
    return known.get(), bool(upserted.created)


@transaction.atomic
def person_patch(*, person: Person, changes: Mapping[str, Any]) -> Person:
    """Change what is named and leave the rest. Inside attributes, consents and metadata too: a null takes one out.

    Whoever may not see a sensitive attribute can therefore not lose it either. With a consent that is taken back goes
    what was kept on its strength. Raises RecordError.
    """
    kept = Person.objects.select_for_update().get(pk=person.pk)
    record = person_record(kept)
    for name, value in changes.items():
        if name in MERGED and isinstance(value, Mapping):
            value = {key: entry for key, entry in {**record[name], **value}.items() if entry is not None}
        record[name] = value
    record = record_with_consent(kept.storefront, record, changes.get("attributes"))
    if record["external_id"] != kept.external_id:
        raise RecordError([FieldError("external_id", "conflict", "A person cannot change their id.")])
    changed, _ = person_upsert(storefront=kept.storefront, record=record)
    return changed


def record_with_consent(storefront: Storefront, record: Mapping[str, Any], told: Any) -> dict[str, Any]:
    """`record` without the attributes that its consents no longer allow, save those that were `told` just now: to
    send such a one without its consent is a mistake that the sender should hear of."""
    attributes, consents = record["attributes"], record["consents"]
    if not isinstance(attributes, dict) or not isinstance(consents, dict):
        return dict(record)
    named = told if isinstance(told, Mapping) else {}
    gone = [name for name in consent_needed(storefront.vertical, attributes, consents) if name not in named]
    return {**record, "attributes": {name: value for name, value in attributes.items() if name not in gone}}


def persons_import(
    *,
    storefront: Storefront,
    records: Iterable[Mapping[str, Any] | Record],
    keep_valid: bool = False,
    dry_run: bool = False,
    on_reject: Callable[[Rejection], None] | None = None,
    on_row: OnRow | None = None,
    refuse_erased: bool = False,
) -> ImportReport:
    """Insert who is new, update who differs, leave the rest alone. With errors nothing is kept, unless `keep_valid`.

    `on_row` hears of each record that can be stored. Whoever was erased is left out, or refused: a file does not say
    from when it is, and who came back is written by name.
    """
    clean = partial(person_clean, storefront)

    def write(batch: list[Record], report: ImportReport) -> None:
        accepted = list(clean_batch(batch, clean, report))
        erased = erased_among(storefront, {values["external_id"] for _, values in accepted})
        for record, values in accepted if refuse_erased else ():
            if values["external_id"] in erased:
                report.reject(record, [_ERASED])
        report.erased += 0 if refuse_erased else sum(values["external_id"] in erased for _, values in accepted)
        accepted = [(record, values) for record, values in accepted if values["external_id"] not in erased]
        rows = [Person(storefront=storefront, **values) for _, values in accepted]
        known = Person.objects.filter(storefront=storefront, external_id__in=[row.external_id for row in rows])
        upserted = rows_upsert(rows, known, unique=("storefront", "external_id"), update=UPDATED_FIELDS)
        if upserted.written:
            consents_note(storefront=storefront, persons=known.all())
        if any(before and _took_back(before, row) for before, row in upserted.compared):
            answers_forget(storefront)  # answers that are kept for repeated requests hold the attributes, too
        report.created += upserted.created
        report.updated += upserted.updated
        report.unchanged += upserted.unchanged
        rows_tell(accepted, upserted, on_row)

    return import_batches(records, write, size=BATCH, keep_valid=keep_valid, dry_run=dry_run, on_reject=on_reject)


def _took_back(before: Person, after: Person) -> bool:
    return before.consents.get(SENSITIVE) is True and after.consents.get(SENSITIVE) is not True


def person_record(person: Person) -> dict[str, Any]:
    """The record that `person_upsert` would make this person from."""
    return {name: getattr(person, name) for name in CHECKS}


def person_clean(storefront: Storefront, record: Mapping[str, Any]) -> dict[str, Any]:
    """Every field of a person in its stored form. Raises RecordError with every problem."""
    values, errors = cleaned(record, CHECKS, required=("external_id",))
    if "attributes" not in {error.field for error in errors}:
        schema = person_schema_for(storefront.vertical)
        values["attributes"] = attributes_clean(schema, values.get("attributes", {}), errors)
        errors += _without_consent(storefront, values)
    if errors:
        raise RecordError(errors)
    return values


def _without_consent(storefront: Storefront, values: Mapping[str, Any]) -> list[FieldError]:
    told = consent_needed(storefront.vertical, values["attributes"], values.get("consents", {}))
    say = (
        'This is kept only of people who agreed to it in so many words: send "consents": {"sensitive": true} in the '
        "same record, or leave it out."
    )
    return [FieldError(f"attributes.{name}", "consent_required", say) for name in told]


@transaction.atomic
def persons_merge(*, source: Person, target: Person) -> Person:
    """Whoever was anonymous has signed in: what `source` did becomes what `target` did, and `source` goes.

    What the target says about itself stands; what only the source knew is added. Consents are never carried over:
    the target has given its own. Raises ValueError for persons of two storefronts, or a target that is gone.
    """
    if source.storefront_id != target.storefront_id:
        raise ValueError("Persons of two storefronts cannot become one.")
    if source.pk == target.pk:
        return target
    # Nobody else merges, erases or changes them meanwhile, nor records anything that would go with the source.
    held = Person.objects.select_for_update().filter(pk__in=(source.pk, target.pk)).order_by("pk").in_bulk()
    if target.pk not in held:
        raise ValueError("The person that the other was to become is gone.")
    if source.pk not in held:
        return target  # another request of theirs was faster
    for person in (source, target):
        person.attributes, person.consents = held[person.pk].attributes, held[person.pk].consents
    for relation in Person._meta.related_objects:
        if relation.related_model not in (Relationship, Consent):
            # Apps above this one hang rows on persons too; they move along without being known here.
            name, manager = relation.field.name, relation.related_model._base_manager
            if relation.one_to_one and manager.filter(**{name: target}).exists():
                continue  # the target's own stands; the source's goes with the source
            manager.filter(**{name: source}).update(**{name: target})
    _relationships_move(source, target)
    told = {**source.attributes, **target.attributes}
    for name in consent_needed(target.storefront.vertical, told, target.consents):
        del told[name]
    target.attributes = told
    target.created_at = min(source.created_at, target.created_at)
    target.account = target.account or source.account
    target.save(update_fields=["attributes", "created_at", "account"])
    source.delete()
    return target


def _relationships_move(source: Person, target: Person) -> None:
    for row in Relationship.objects.filter(Q(source=source) | Q(target=source)):
        ends = {
            "source_id": target.pk if row.source_id == source.pk else row.source_id,
            "target_id": target.pk if row.target_id == source.pk else row.target_id,
        }
        if ends["source_id"] == ends["target_id"] or Relationship.objects.filter(kind=row.kind, **ends).exists():
            row.delete()
        else:
            Relationship.objects.filter(pk=row.pk).update(**ends)


def person_export(*, person: Person) -> dict[str, Any]:
    """Everything that is held about a person, ready for JSON: `person`, `behaviours` (oldest first), `relationships`,
    and under `other` what further apps hold, by model."""
    own = {
        "external_id": person.external_id,
        "anonymous": person.anonymous,
        "attributes": person.attributes,
        "consents": person.consents,
        "metadata": person.metadata,
        "created_at": person.created_at,
    }
    behaviours = (
        Behaviour.objects.filter(person=person).order_by("occurred_at", "id").values("item__external_id", *EXPORTED)
    )
    relationships = Relationship.objects.filter(Q(source=person) | Q(target=person))
    exported = {
        "person": own,
        "behaviours": [{"item": row.pop("item__external_id"), **row} for row in behaviours],
        "relationships": list(
            relationships.values("source__external_id", "target__external_id", "kind", "weight", "created_at")
        ),
        "other": _held_elsewhere(person) | _refused(person),
    }
    return json.loads(json.dumps(exported, cls=DjangoJSONEncoder))


def _held_elsewhere(person: Person) -> dict[str, list[dict[str, Any]]]:
    """Rows of other models that hang on the person, and rows that hang on those: lists, and what was seen of them."""
    held: dict[str, list[dict[str, Any]]] = {}
    for relation in Person._meta.related_objects:
        model, field = relation.related_model, relation.field.name
        if model not in (Behaviour, Relationship):
            _hold(held, model, {field: person})
            for further in model._meta.related_objects:
                _hold(held, further.related_model, {f"{further.field.name}__{field}": person})
    return held


def _hold(held: dict[str, list[dict[str, Any]]], model: type[Model], theirs: dict[str, Person]) -> None:
    if rows := json.loads(serialize("json", model._base_manager.filter(**theirs))):
        held.setdefault(model._meta.label_lower, []).extend(rows)


def refused_of(person: Person) -> QuerySet[RefusedEvent]:
    """Events of theirs that were not recorded; they name the person as the sender did, and hang on no row."""
    return RefusedEvent.objects.filter(storefront=person.storefront_id, person=person.external_id)


def _refused(person: Person) -> dict[str, list[dict[str, Any]]]:
    rows = list(refused_of(person).values("record", "message", "received_at"))
    return {RefusedEvent._meta.label_lower: rows} if rows else {}
