"""What people agree to: an answer is added, never changed, and the latest one for a purpose holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db import transaction

from behaviour.kinds import consent_first, person_schema_for
from behaviour.models import Consent, Person
from catalog.idempotency import answers_forget
from catalog.models import Storefront

SERVICE, PERSONALISATION, SENSITIVE, TRAINING = (purpose.value for purpose in Consent.Purpose)


class ConsentError(Exception):
    """The answer cannot be taken; the message says why."""


@transaction.atomic
def consents_give(*, person: Person, answers: Mapping[str, bool], version: str) -> Person:
    """Write down what somebody answered, purpose → yes or no, to the words that `version` names.

    It holds at once. Whoever takes back "sensitive" loses with it, where that consent comes first, everything
    sensitive that they told of themselves. An answer that stands already is not written again, unless it was given
    to other words. Raises ConsentError for an answer without a version.
    """
    if not version:
        raise ConsentError("Say which wording was agreed to: a consent without one proves nothing.")
    person = Person.objects.select_for_update(of=("self",)).select_related("storefront").get(pk=person.pk)
    standing = _standing([person.pk])[person.pk]
    rows = [
        Consent(storefront_id=person.storefront_id, person=person, purpose=purpose, granted=granted, version=version)
        for purpose, granted in answers.items()
        if standing.get(purpose) != (granted, version)
    ]
    Consent.objects.bulk_create(rows)
    person.consents = {**person.consents, **answers}
    if answers.get(SENSITIVE) is False and consent_first(person.storefront.vertical):
        sensitive = {field.name for field in person_schema_for(person.storefront.vertical) if field.sensitive}
        person.attributes = {name: value for name, value in person.attributes.items() if name not in sensitive}
        answers_forget(person.storefront)  # answers that are kept for repeated requests hold the attributes, too
    person.save(update_fields=["consents", "attributes"])
    return person


def consents_note(*, storefront: Storefront, persons: Iterable[Person], version: str = "") -> int:
    """Write down what `Person.consents` says and the records do not: it came by the API, a file or the admin.

    Returns how many answers were added. A purpose that is not mentioned any more was taken back.
    """
    by_pk = {person.pk: person for person in persons}
    standing = _standing(by_pk)
    rows = []
    for pk, person in by_pk.items():
        known = {purpose: granted for purpose, (granted, _version) in standing[pk].items()}
        for purpose, granted in {**dict.fromkeys(known, False), **person.consents}.items():
            if known.get(purpose) is not granted:
                rows.append(
                    Consent(storefront=storefront, person=person, purpose=purpose, granted=granted, version=version)
                )
    Consent.objects.bulk_create(rows, batch_size=500)
    return len(rows)


def _standing(persons: Iterable[int]) -> dict[int, dict[str, tuple[bool, str]]]:
    """Person → purpose → the latest answer, and the words that it was given to."""
    found: dict[int, dict[str, tuple[bool, str]]] = {pk: {} for pk in persons}
    rows = Consent.objects.filter(person__in=list(found)).order_by("id")
    for person, purpose, granted, version in rows.values_list("person_id", "purpose", "granted", "version"):
        found[person][purpose] = (granted, version)
    return found
