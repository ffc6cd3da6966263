"""What a person tells of themselves, one answer at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from behaviour.kinds import consent_needed, person_schema_for
from behaviour.models import Person
from catalog.schema import FieldError
from catalog.services import RecordError
from catalog.services.items import attributes_clean


@transaction.atomic
def profile_tell(*, person: Person, answers: Mapping[str, Any]) -> Person:
    """Add answers to what is known of a person; None takes one back, what is not mentioned stays.

    Raises RecordError for answers that the vertical's schema refuses, or that need a consent which was not given.
    """
    person = Person.objects.select_for_update(of=("self",)).select_related("storefront").get(pk=person.pk)
    vertical = person.storefront.vertical
    told = {**person.attributes, **answers}
    errors: list[FieldError] = []
    told = attributes_clean(
        person_schema_for(vertical), {name: value for name, value in told.items() if value is not None}, errors
    )
    say = "This can be kept only after explicit consent to it."
    errors += [
        FieldError(f"attributes.{name}", "consent_required", say)
        for name in consent_needed(vertical, told, person.consents)
    ]
    if errors:
        raise RecordError(errors)
    person.attributes = told
    person.save(update_fields=["attributes"])
    return person
