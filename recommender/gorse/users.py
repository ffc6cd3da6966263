"""Gorse's users, who are persons here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django.db import transaction
from rest_framework.response import Response

from behaviour.api.views import hidden_attributes
from behaviour.models import Behaviour, Person, PrivacyRequest
from behaviour.services import erased_among, person_erase, person_upsert
from catalog.models import Storefront

from .base import GorseView, affected, needs
from .pages import page
from .refusals import each_taken, refusing
from .shapes import person_record, person_row


class Users(GorseView):
    @needs("read")
    def get(self, request):
        return Response(page(self, Person.objects.filter(storefront=self.storefront), "Users", shown_to(self)))

    @needs("write")
    def post(self, request):
        rows = self.rows()
        # Several at once are a list that some system keeps: it brings back nobody who was erased. One alone does.
        if len(rows) > 1:
            with transaction.atomic():
                return affected(users_load(self.storefront, rows))
        return affected(each_taken(rows, partial(upsert, self.storefront)))


class User(GorseView):
    @needs("read")
    def get(self, request, user: str):
        return Response(shown_to(self)(self.person(user)))

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
        person_erase(person=person, came=PrivacyRequest.Came.API)
        return affected(rows)


def upsert(storefront: Storefront, row: dict[str, Any]) -> None:
    """Consents are not Gorse's to give: those of a person who is known stay as they are."""
    record = person_record(row, storefront)
    known = Person.objects.filter(storefront=storefront, external_id=record["external_id"]).first()
    person_upsert(storefront=storefront, record={**record, "consents": known.consents if known else {}})


def users_load(storefront: Storefront, rows: Sequence[dict[str, Any]], first: int = 0) -> int:
    """Upsert the users of a dump but for those who were erased. Returns how many; a Problem counts from `first`."""
    erased = erased_among(storefront, {str(row.get("UserId", "")) for row in rows})
    kept = [(place, row) for place, row in enumerate(rows, start=first) if str(row.get("UserId", "")) not in erased]
    for place, row in kept:
        with refusing(place):
            upsert(storefront, row)
    return len(kept)


def shown_to(view: GorseView) -> Callable[[Person], dict[str, Any]]:
    """Persons as Gorse's rows, without what the view's key does not get to see."""
    return partial(person_row, hidden=hidden_attributes(view.storefront, view.request.auth))
