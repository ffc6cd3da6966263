"""What Gorse recommends: for users, for sessions, near an item or a user, and for everybody."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import timezone
from rest_framework.response import Response

from behaviour.models import Behaviour, Person
from catalog.models import Item
from recommender import services
from recommender.services import ServedItem

from .base import GorseView, N, needs
from .feedback import feedback_record
from .refusals import refusing
from .shapes import said, text_of

TOUCHED = 10_000  # of a user's newest feedback is kept out of their lists
SCORES = "2"  # the X-API-Version that asks for scores beside ids


class ListView(GorseView):
    """A list of items: `n` of them from `offset`, all in every category that is asked for."""

    @property
    def n(self) -> int:
        return self.number("n", N, services.MOST)

    @property
    def offset(self) -> int:
        return self.number("offset", 0)

    @property
    def count(self) -> int:
        """How many are asked for of the service, which knows no offset."""
        return min(max(self.n + self.offset, 1), services.MOST) if not self.categories else services.MOST

    @property
    def categories(self) -> list[str]:
        own = self.kwargs.get("category")
        return [name for name in ([own] if own else []) + self.request.query_params.getlist("category") if name]

    def chosen(self, entries: Iterable[ServedItem]) -> list[ServedItem]:
        wanted = set(self.categories)
        fitting = [entry for entry in entries if wanted <= set(entry.item.categories)]
        return fitting[self.offset : self.offset + self.n]

    def reader(self) -> Person | None:
        """For whom a list for everybody is meant: what they have seen or hidden is left out."""
        user = self.request.query_params.get("user-id", "")
        return Person.objects.filter(storefront=self.storefront, external_id=user).first() if user else None

    def listed(self, order: services.Order) -> Response:
        reader = self.reader()
        seen = services.history_for(self.storefront, reader).seen if reader else ()
        served, _ = services.listed(
            storefront=self.storefront,
            order=order,
            placement="home",
            count=self.count,
            category=self.categories[0] if self.categories else "",
            exclude=seen,
            person=reader,
            record=False,
        )
        return Response(scored(self.chosen(served.items)))


class Recommend(ListView):
    @needs("read")
    def get(self, request, user: str, category: str = ""):
        person = Person.objects.filter(storefront=self.storefront, external_id=user).first()
        with refusing():
            served = services.recommend(
                storefront=self.storefront,
                person=person,
                count=self.count,
                # Gorse never brings back what a user gave feedback on, of whatever type.
                exclude=touched(person) if person else (),
                category=self.categories[0] if self.categories else "",
            )
        entries = self.chosen(served.items)
        self.write_back(user, entries)
        if request.headers.get("X-API-Version") == SCORES:
            return Response(scored(entries))
        return Response([entry.item.external_id for entry in entries])

    def write_back(self, user: str, entries: list[ServedItem]) -> None:
        """Note what is shown as feedback of that type. Gorse's delay is not waited for: shown is shown."""
        feedback_type = self.request.query_params.get("write-back-type")
        if feedback_type and entries:
            row = {"FeedbackType": feedback_type, "UserId": user, "Timestamp": said(timezone.now())}
            rows = [{**row, "ItemId": entry.item.external_id} for entry in entries]
            feedback_record(self.storefront, rows, add=False)


class SessionRecommend(ListView):
    @needs("read")
    def post(self, request, category: str = ""):
        ids = []
        for place, row in enumerate(self.rows()):
            with refusing(place):
                ids.append(text_of(row, "ItemId"))
        known = dict(
            Item.objects.filter(storefront=self.storefront, external_id__in=ids).values_list("external_id", "pk")
        )
        session = list(dict.fromkeys(known[one] for one in ids if one in known))
        with refusing():
            served = services.recommend(
                storefront=self.storefront,
                session=session,
                exclude=session,
                count=self.count,
                category=self.categories[0] if self.categories else "",
            )
        return Response(scored(self.chosen(served.items)))


class Latest(ListView):
    @needs("read")
    def get(self, request, category: str = ""):
        return self.listed("new")


class Popular(ListView):
    @needs("read")
    def get(self, request, category: str = ""):
        return self.listed("popular")


class NonPersonalised(ListView):
    """Sites name these lists themselves: a name that speaks of what is new gives that, any other popularity."""

    @needs("read")
    def get(self, request, name: str):
        return self.listed("new" if any(word in name.lower() for word in ("latest", "new", "recent")) else "popular")


class ItemNeighbours(ListView):
    @needs("read")
    def get(self, request, item: str, name: str = "", category: str = ""):
        with refusing():
            served = services.similar(
                storefront=self.storefront, item=self.item(item), count=self.count, person=self.reader(), record=False
            )
        return Response(scored(self.chosen(served.items)))


class UserNeighbours(ListView):
    @needs("read")
    def get(self, request, user: str, name: str = ""):
        count = min(max(self.n + self.offset, 1), services.MOST)
        with refusing():
            found = services.similar_persons(storefront=self.storefront, person=self.person(user), count=count)
        here = found[self.offset : self.offset + self.n]
        return Response([{"Id": one.person.external_id, "Score": one.similarity} for one in here])


def touched(person: Person) -> list[int]:
    rows = Behaviour.objects.filter(person=person, item__isnull=False).order_by("-occurred_at")
    return list(rows.values_list("item", flat=True)[:TOUCHED])


def scored(entries: Iterable[ServedItem]) -> list[dict]:
    return [{"Id": entry.item.external_id, "Score": entry.score} for entry in entries]
