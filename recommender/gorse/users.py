"""Gorse's users, who are persons here."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from rest_framework.response import Response

from behaviour.models import Behaviour, Person
from behaviour.services import person_erase, person_upsert

from .base import GorseView, affected, needs
from .pages import page
from .refusals import refusing
from .shapes import person_record, person_row


class Users(GorseView):
    @needs("read")
    def get(self, request):
        return Response(page(self, Person.objects.filter(storefront=self.storefront), "Users", person_row))

    @needs("write")
    def post(self, request):
        rows = self.rows()
        with transaction.atomic():
            for place, row in enumerate(rows):
                self.upsert(place, row)
        return affected(len(rows))

    def upsert(self, place: int, row: dict[str, Any]) -> None:
        """Consents are not Gorse's to give: those of a person who is known stay as they are."""
        with refusing(place):
            record = person_record(row, self.storefront)
            known = Person.objects.filter(storefront=self.storefront, external_id=record["external_id"]).first()
            consents = known.consents if known else {}
            person_upsert(storefront=self.storefront, record={**record, "consents": consents})


class User(GorseView):
    @needs("read")
    def get(self, request, user: str):
        return Response(person_row(self.person(user)))

    @needs("write")
    def patch(self, request, user: str):
        person = self.person(user)
        changed = {name: value for name, value in self.rows()[0].items() if value is not None}
        with refusing():
            record = person_record({**person_row(person), **changed, "UserId": user}, self.storefront)
            person_upsert(storefront=self.storefront, record={**record, "consents": person.consents})
        return affected(1)

    @needs("write")
    def delete(self, request, user: str):
        """As in Gorse, asking to delete who is not there is no error."""
        person = Person.objects.filter(storefront=self.storefront, external_id=user).first()
        if person is None:
            return affected(0)
        rows = 1 + Behaviour.objects.filter(person=person).count()
        person_erase(person=person)
        return affected(rows)
