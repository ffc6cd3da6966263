"""Recommendations for what somebody says, how interested they are in items, and what they seem to like."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample
from rest_framework.response import Response

from behaviour.api.views import person_or_404
from behaviour.models import Person
from catalog.api.base import validated
from catalog.api.operations import operation
from catalog.api.problems import Fault, Problem, invalid
from catalog.models import Item
from recommender.services.interest import NotLive, interest_in
from recommender.services.profiles import profile_of
from recommender.services.wishes import recommend_from_words

from . import views
from .refusals import refusing
from .schemas import InterestIn, InterestOut, ProfileOut, WishedOut, WishIn

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
INTEREST = OpenApiExample("interest", value={"person": "u-512", "items": ["sku-1", "sku-2"]}, request_only=True)


class Recommendations(views.Recommendations):
    @operation(
        "recommendations_from_words",
        "Recommend from words",
        description=(
            "A list for what somebody says they would like, alone or together with a person's past. What was "
            "understood comes back as chips: `strict` ones are demanded, others preferred. Send `chips` back without "
            "one to take it back; name the answer in `refine` to change it by another sentence. Where too little "
            "fits, demands give way in this order: bounds from words such as “not too long”, labels other than "
            "categories, bounds with a number, categories; `relaxed` says which. What was refused stays refused. "
            "English and Chinese."
        ),
        scope="read",
        tag="recommendations",
        body=WishIn,
        answers={200: WishedOut},
        examples=(WISH, FOLLOW_UP),
    )
    def post(self, request):
        body = validated(WishIn, request)
        session, exclude, unknown = views.item_keys(self.storefront, body.get("session", []), body.get("exclude", []))
        with refusing():
            served = recommend_from_words(
                storefront=self.storefront,
                text=body.get("text", ""),
                refine=body.get("refine", ""),
                chips=body.get("chips"),
                person=_person(self.storefront, body.get("person")),
                placement=body.get("placement", "home"),
                count=body.get("count"),
                session=session,
                exclude=exclude,
                category=body.get("category", ""),
                language=_language(self.storefront, body.get("language")),
                reasons=body.get("explain", False),
            )
        wish = served.wish
        return Response(
            {
                **views.served_shown(served, unknown),
                "wish": {
                    "chips": [_chip_shown(chip) for chip in wish.chips],
                    "relaxed": [_chip_shown(chip) for chip in wish.relaxed],
                    "unmatched": wish.unmatched,
                    "fitting": wish.fitting,
                    "token": wish.token,
                },
            }
        )


class Interest(views.StorefrontView):
    @operation(
        "interest",
        "Say how interested somebody is in items",
        description=(
            "What the interest model makes of a person's past, of a text, or of both, beside each item. "
            "409 while no interest model is live."
        ),
        scope="read",
        tag="recommendations",
        body=InterestIn,
        answers={200: InterestOut},
        examples=(INTEREST,),
    )
    def post(self, request):
        body = validated(InterestIn, request)
        if not body.get("text") and not body.get("person"):
            raise invalid([Fault("/person", "required", "Name a person, or send a text.")])
        found = {item.external_id: item for item in self._items(body["items"])}
        named = [found[one] for one in dict.fromkeys(body["items"]) if one in found]
        person = person_or_404(self.storefront, body["person"]) if body.get("person") else None
        chances = []
        if named:
            try:
                with refusing():
                    chances = interest_in(
                        storefront=self.storefront,
                        items=named,
                        text=body.get("text", ""),
                        person=person,
                        language=_language(self.storefront, body.get("language")),
                    )
            except NotLive as error:
                raise Problem("conflict", str(error)) from None
        return Response(
            {
                "data": [
                    {"item": item.external_id, "interest": chance} for item, chance in zip(named, chances, strict=True)
                ],
                "unknown_items": sorted(set(body["items"]) - found.keys()),
            }
        )

    def _items(self, external_ids: list[str]):
        return Item.objects.filter(storefront=self.storefront, external_id__in=external_ids)


class Profile(views.StorefrontView):
    @operation(
        "persons_profile",
        "Say what a person seems to like",
        description=(
            "In words of the catalogue. Empty for somebody who does not allow personalisation, or of whom too little "
            "is known. Nothing sensitive is in it."
        ),
        scope="read",
        tag="recommendations",
        path={"person": "The person's id."},
        query=(views.LANGUAGE,),
        answers={200: ProfileOut},
    )
    def get(self, request, person: str):
        known = person_or_404(self.storefront, person)
        with refusing():
            profile = profile_of(
                storefront=self.storefront,
                person=known,
                language=_language(self.storefront, self.query["language"]),
            )
        return Response({"person": known.external_id, "keywords": list(profile.keywords), "sentence": profile.sentence})


def _chip_shown(chip: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in chip.items() if name != "place"}


def _person(storefront, external_id: str | None) -> Person | None:
    if not external_id:
        return None
    return Person.objects.filter(storefront=storefront, external_id=external_id).first()


def _language(storefront, wished: str | None) -> str:
    if wished and wished not in views.LANGUAGES:
        detail = f"Must be one of {', '.join(views.LANGUAGES)}; got {wished!r:.60}."
        raise invalid([Fault("/language", "invalid", detail)])
    return next((code for code in [wished, *storefront.languages] if code in views.LANGUAGES), "en")
