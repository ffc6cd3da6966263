"""Recommendations by a body: for a person, a list of items, what somebody says, or all of it; alone or many at once."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from drf_spectacular.utils import OpenApiExample
from rest_framework.response import Response

from behaviour.models import Person
from catalog.api.base import StorefrontView, record_of, validated, validated_record
from catalog.api.operations import operation
from catalog.api.problems import Fault, Problem, invalid
from catalog.models import Storefront
from catalog.visitors import Visitor
from recommender import services
from recommender.models import Recommendation
from recommender.services.batches import MOST_PERSONS, Ask, recommend_many
from recommender.services.understanding import NOTHING_TO_REFINE
from recommender.services.wishes import recommend_from_words

from . import views
from .lists import FIELDS, asked_of, conditions_of, keys_of, may_speak_of, page_or_first, served_shown
from .schemas import AskedOut, BatchIn, BatchOut, RecommendationIn
from .words import language_of

PLAIN = OpenApiExample(
    "for a person",
    value={
        "person": "u-512",
        "items": ["sku-1"],
        "count": 10,
        "filter": 'price < 5000 and stock > 0 and not (brand in ("Acme"))',
        "boost": [{"if": 'category = "Clothing"', "by": 2}],
        "fields": ["title", "price"],
    },
    request_only=True,
)
WISH = OpenApiExample(
    "wish",
    value={"text": "something light for a rainy evening, not too long", "person": "u-512", "count": 10},
    request_only=True,
)
FOLLOW_UP = OpenApiExample(
    "follow-up",
    value={"text": "shorter, and not horror", "refine": "5f8d0d55-3f0c-4c7c-8f4d-3a9b6d0f1c22"},
    request_only=True,
)
PERSONS = OpenApiExample(
    "many persons", value={"persons": ["u-512", "u-513"], "placement": "home", "count": 5}, request_only=True
)
REQUESTS = OpenApiExample(
    "many requests",
    value={"requests": [{"person": "u-512", "count": 5}, {"items": ["sku-1"], "filter": "price < 2000"}]},
    request_only=True,
)


@dataclass(frozen=True)
class Asked:
    """One body, checked, with the primary keys of what it names."""

    body: Mapping[str, Any]
    person: Person | None
    session: Sequence[int]
    exclude: Sequence[int]
    unknown: Sequence[str]
    conditions: services.Conditions
    language: str

    @property
    def in_words(self) -> bool:
        return bool(self.body.get("text", "").strip() or self.body.get("refine") or self.body.get("chips") is not None)

    @property
    def options(self) -> dict[str, Any]:
        """What `recommend` and `recommend_from_words` take alike."""
        return {
            "count": self.body.get("count"),
            "category": self.body.get("category", ""),
            "reasons": self.body.get("explain", False),
            "conditions": self.conditions,
            "diversity": self.body.get("diversity"),
            "pages": True,
        }


class Recommendations(views.Recommendations):
    @operation(
        "recommendations_ask",
        "Recommend for a person, items, words, or all of them",
        description=(
            "The same as GET, and more: with `text`, a list for what somebody says they would like, alone or together "
            "with a person's past. What was "
            "understood comes back as chips: `strict` ones are demanded, others preferred. Send `chips` back without "
            "one to take it back; name the answer in `refine` to change it by another sentence. Where too little "
            "fits, demands give way in this order: bounds from words such as “not too long”, labels other than "
            "categories, bounds with a number, categories; `relaxed` says which. What was refused stays refused, and "
            "so does what `filter` demands. English and Chinese."
        ),
        scope="read",
        tag="recommendations",
        body=RecommendationIn,
        answers={200: AskedOut},
        examples=(PLAIN, WISH, FOLLOW_UP),
    )
    def post(self, request):
        body = validated(RecommendationIn, request)
        (asked,) = _read_all(self.storefront, [body])
        if isinstance(asked, Problem):
            raise asked
        _check_refine(self.storefront, request.user, body.get("refine", ""))
        key = asked_of(self.request.path, body)
        served = page_or_first(
            lambda: _served(self.storefront, asked),
            storefront=self.storefront,
            asked=key,
            cursor=body.get("cursor"),
            pointer="/cursor",
            count=body.get("count"),
            person=asked.person,
            session=asked.session,
            language=asked.language,
            reasons=body.get("explain", False),
        )
        return Response(_shown(self.storefront, asked, served, key))


class RecommendationBatch(StorefrontView):
    @operation(
        "recommendations_batch",
        "Recommend for up to 100 persons",
        description=(
            "`persons`, with what holds for all of them; or `requests`, each on its own. One answer each, in their "
            "order: a request that cannot be answered says why, and keeps no other from its answer. To go on with a "
            "list, send its `next_cursor` to POST recommendations, with the same fields and the person."
        ),
        scope="read",
        tag="recommendations",
        body=BatchIn,
        answers={200: BatchOut},
        examples=(PERSONS, REQUESTS),
    )
    def post(self, request):
        bodies = _bodies(self.storefront, record_of(request))
        asked = _read_all(self.storefront, bodies)
        plain = [one for one in asked if isinstance(one, Asked) and not one.in_words]
        lists = iter(recommend_many(storefront=self.storefront, asks=[_ask(one) for one in plain]))
        address = self.request.path.removesuffix("/batch")
        entries = []
        for body, one in zip(bodies, asked, strict=True):
            faults, answer = [], None
            if isinstance(one, Problem):
                faults = one.faults
            else:
                served = _or_error(self.storefront, one) if one.in_words else next(lists)
                if isinstance(served, services.ServiceError):
                    faults = [Fault("", "refused", str(served))]
                else:
                    answer = _shown(self.storefront, one, served, asked_of(address, one.body))
            person = body.get("person")
            entries.append(
                {
                    "person": person if isinstance(person, str) else None,
                    "status": 200 if answer else 400,
                    "answer": answer,
                    "errors": [{"pointer": f.pointer, "code": f.code, "detail": f.detail} for f in faults],
                }
            )
        return Response({"data": entries})


def _bodies(storefront: Storefront, record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The requests of a batch, unchecked. Raises a Problem where the batch itself is wrong."""
    if ("persons" in record) == ("requests" in record):
        raise invalid([Fault("", "required", "Send either persons or requests.")])
    name = "persons" if "persons" in record else "requests"
    entries = record[name]
    kind, noun = (str, "ids") if name == "persons" else (dict, "objects")
    if not isinstance(entries, list) or not 1 <= len(entries) <= MOST_PERSONS:
        raise invalid([Fault(f"/{name}", "size", f"Must be a list of 1 to {MOST_PERSONS} {noun}.")])
    faults = [
        Fault(f"/{name}/{number}", "type", f"Must be {'a text' if kind is str else 'an object'}.")
        for number, entry in enumerate(entries)
        if not isinstance(entry, kind)
    ]
    shared = {field: value for field, value in record.items() if field != name}
    if name == "requests":
        faults += [Fault(f"/{field}", "unknown", "Beside `requests` there is nothing else.") for field in shared]
    if faults:
        raise invalid(faults)
    if name == "requests":
        return entries
    (asked,) = _read_all(storefront, [shared])
    if isinstance(asked, Problem):
        raise asked  # what is wrong for all is said once
    return [{**shared, "person": person} for person in entries]


def _read_all(storefront: Storefront, bodies: Sequence[Mapping[str, Any]]) -> list[Asked | Problem]:
    """Each body, checked, or what is wrong with it. Persons and items of all are looked up together."""
    read: list[Mapping[str, Any] | Problem] = []
    for body in bodies:
        try:
            read.append(_checked(validated_record(RecommendationIn, body)))
        except Problem as problem:
            read.append(problem)
    good = [body for body in read if not isinstance(body, Problem)]
    keys = keys_of(storefront, {one for body in good for one in (*body.get("items", ()), *body.get("exclude", ()))})
    named = {body["person"] for body in good if body.get("person")}
    persons = Person.objects.filter(storefront=storefront, external_id__in=named) if named else ()
    by_id = {person.external_id: person for person in persons}
    return [body if isinstance(body, Problem) else _asked(storefront, body, keys, by_id) for body in read]


def _checked(body: Mapping[str, Any]) -> Mapping[str, Any]:
    faults = [
        Fault(f"/fields/{number}", "invalid", f"There is no field {name!r:.60}. There are: {', '.join(FIELDS)}.")
        for number, name in enumerate(body.get("fields", ()))
        if name not in FIELDS
    ]
    if faults:
        raise invalid(faults)
    return body


def _asked(storefront: Storefront, body: Mapping[str, Any], keys, persons) -> Asked | Problem:
    session, exclude = body.get("items", ()), body.get("exclude", ())
    try:
        return Asked(
            body,
            persons.get(body.get("person")),
            [keys[one] for one in session if one in keys],
            [keys[one] for one in exclude if one in keys],
            sorted({one for one in (*session, *exclude) if one not in keys}),
            conditions_of(storefront, body.get("filter"), body.get("boost", ()), body=True),
            language_of(storefront, body.get("language")),
        )
    except Problem as problem:
        return problem


def _check_refine(storefront: Storefront, visitor: Visitor | None, refine: str) -> None:
    """A browser goes on from nobody else's words. Raises a Problem that tells no list of theirs from one not there."""
    try:
        named = Recommendation.objects.filter(storefront=storefront, pk=uuid.UUID(refine)).first()
    except ValueError:
        return  # a token, which carries its own proof
    if named is not None and not may_speak_of(visitor, named):
        raise Problem("invalid", NOTHING_TO_REFINE, [Fault("", "refused", NOTHING_TO_REFINE)])


def _served(storefront: Storefront, asked: Asked) -> services.Served:
    body = asked.body
    common = {
        "storefront": storefront,
        "person": asked.person,
        "placement": body.get("placement", "home"),
        "session": asked.session,
        "exclude": asked.exclude,
        "language": asked.language,
        **asked.options,
    }
    if not asked.in_words:
        return services.recommend(**common)
    return recommend_from_words(
        text=body.get("text", ""), refine=body.get("refine", ""), chips=body.get("chips"), **common
    )


def _or_error(storefront: Storefront, asked: Asked) -> services.Served | services.ServiceError:
    try:
        return _served(storefront, asked)
    except services.ServiceError as error:
        return error


def _ask(asked: Asked) -> Ask:
    return Ask(
        person=asked.person,
        placement=asked.body.get("placement", "home"),
        session=asked.session,
        exclude=asked.exclude,
        language=asked.language,
        options=asked.options,
    )


def _shown(storefront: Storefront, asked: Asked, served: services.Served, key: str) -> dict[str, Any]:
    wish = served.wish
    return {
        **served_shown(
            storefront,
            served,
            asked.unknown,
            fields=asked.body.get("fields", ()),
            next_cursor=services.cursor_of(storefront, served, key),
            language=asked.language,
        ),
        "wish": wish
        and {
            "chips": [_chip_shown(chip) for chip in wish.chips],
            "relaxed": [_chip_shown(chip) for chip in wish.relaxed],
            "unmatched": wish.unmatched,
            "fitting": wish.fitting,
            "token": wish.token,
        },
    }


def _chip_shown(chip: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in chip.items() if name != "place"}
