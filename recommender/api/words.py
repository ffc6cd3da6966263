"""How interested somebody is in items, and what they seem to like."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiExample
from rest_framework.response import Response

from behaviour.api.views import person_or_404
from catalog.api.base import validated
from catalog.api.operations import operation
from catalog.api.problems import Fault, Problem, invalid
from catalog.models import Item
from recommender.services.interest import NotLive, interest_in
from recommender.services.profiles import profile_of

from . import views
from .refusals import refusing
from .schemas import InterestIn, InterestOut, ProfileOut

INTEREST = OpenApiExample("interest", value={"person": "u-512", "items": ["sku-1", "sku-2"]}, request_only=True)


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
                        language=language_of(self.storefront, body.get("language")),
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
                language=language_of(self.storefront, self.query["language"]),
            )
        return Response({"person": known.external_id, "keywords": list(profile.keywords), "sentence": profile.sentence})


def language_of(storefront, wished: str | None) -> str:
    if wished and wished not in views.LANGUAGES:
        detail = f"Must be one of {', '.join(views.LANGUAGES)}; got {wished!r:.60}."
        raise invalid([Fault("/language", "invalid", detail)])
    return next((code for code in [wished, *storefront.languages] if code in views.LANGUAGES), "en")
