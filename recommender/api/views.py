"""Lists for people, what is like an item, search, and why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import Http404
from rest_framework.response import Response

from behaviour.api.views import person_or_404
from behaviour.models import Person
from catalog.api.base import StorefrontView
from catalog.api.operations import operation
from catalog.api.parameters import boolean, choice, integer, item_ids, text
from catalog.api.views import ITEM, item_or_404
from catalog.models import Item
from recommender import services
from recommender.models import Recommendation
from recommender.services.pages import CONTINUES

from .lists import (
    BENDING,
    DIVERSITY,
    asked_of,
    conditions_of,
    entry_shown,
    item_keys,
    notice_shown,
    page_or_first,
    served_shown,
)
from .refusals import refusing
from .schemas import ExplanationOut, NeighbourList, RecommendationOut

LANGUAGES = tuple(code for code, _ in settings.LANGUAGES)
PERSON = text("person", "The person's id. Somebody who is not known yet gets the list that everybody gets.")
COUNT = integer("count", "How many at most; left out, what suits the placement.", least=1, most=100)
LANGUAGE = choice("language", "Of the reasons; left out, the storefront's first.", LANGUAGES)


class RecommenderView(StorefrontView):
    """A view whose answers may be worded and may be for a person."""

    @property
    def language(self) -> str:
        wished = [self.query["language"], *self.storefront.languages]
        return next((code for code in wished if code in LANGUAGES), "en")

    @property
    def person(self) -> Person | None:
        if not self.query["person"]:
            return None
        return Person.objects.filter(storefront=self.storefront, external_id=self.query["person"]).first()

    def conditions(self) -> services.Conditions:
        return conditions_of(self.storefront, self.query["filter"], self.query["boost"], body=False)

    def list_shown(self, first: Callable[[], services.Served], person: Person | None, **options) -> dict[str, Any]:
        """The page that was asked for, as it is shown; `options` are those of `page_or_first`."""
        asked = asked_of(self.request.path, self.query)
        served = page_or_first(
            first,
            storefront=self.storefront,
            asked=asked,
            cursor=self.query["cursor"],
            pointer="?cursor",
            count=self.query["count"],
            person=person,
            language=self.language,
            **options,
        )
        return served_shown(
            self.storefront,
            served,
            fields=self.query["fields"],
            next_cursor=services.cursor_of(self.storefront, served, asked),
            language=self.language,
        )


class Recommendations(RecommenderView):
    @operation(
        "recommendations_get",
        "Recommend items",
        description=(
            "A list for a person, for a session, or for anybody. It is written down under its `id`: name that in the "
            "behaviours which it leads to. What was recorded a moment ago counts already. `next_cursor` asks for the "
            "next page: the same ranking goes on, whatever happens in between, for 100 places more."
        ),
        scope="read",
        tag="recommendations",
        query=(
            PERSON,
            text("placement", "Where on the site; the vertical says which there are.", longest=64, default="home"),
            COUNT,
            text("category", "Only items that have this category.", longest=500),
            item_ids(
                "items", "Items just looked at, oldest first, for people without an id. Repeat it: items=a&items=b."
            ),
            item_ids("exclude", "Items not to show. Repeat it."),
            boolean(
                "explain", "Give each item its reason: which of the person's own events it follows from.", default=False
            ),
            LANGUAGE,
            DIVERSITY,
            *BENDING,
        ),
        answers={200: RecommendationOut},
    )
    def get(self, request):
        query, person, conditions = self.query, self.person, self.conditions()
        session, exclude, unknown = item_keys(self.storefront, query["items"], query["exclude"])

        def first() -> services.Served:
            return services.recommend(
                storefront=self.storefront,
                person=person,
                placement=query["placement"],
                count=query["count"],
                session=session,
                exclude=exclude,
                category=query["category"] or "",
                language=self.language,
                reasons=query["explain"],
                conditions=conditions,
                diversity=query["diversity"],
                pages=True,
            )

        shown = self.list_shown(first, person, session=session, reasons=query["explain"])
        return Response({**shown, "unknown_items": unknown})


class Similar(RecommenderView):
    @operation(
        "items_similar",
        "Find items like an item",
        scope="read",
        tag="recommendations",
        path=ITEM,
        query=(COUNT, PERSON, LANGUAGE, *BENDING),
        answers={200: RecommendationOut},
    )
    def get(self, request, item: str):
        found, person, conditions = item_or_404(self.storefront, item), self.person, self.conditions()

        def first() -> services.Served:
            return services.similar(
                storefront=self.storefront,
                item=found,
                count=self.query["count"] or 12,
                person=person,
                language=self.language,
                conditions=conditions,
                pages=True,
            )

        return Response(self.list_shown(first, person))


class SimilarPersons(StorefrontView):
    @operation(
        "persons_similar",
        "Find persons with a similar taste",
        description=(
            "By the items that both liked. Nobody for a person who does not allow personalisation, and nobody who does "
            "not is among them."
        ),
        scope="read",
        tag="recommendations",
        path={"person": "The person's id."},
        query=(COUNT,),
        answers={200: NeighbourList},
    )
    def get(self, request, person: str):
        with refusing():
            found = services.similar_persons(
                storefront=self.storefront,
                person=person_or_404(self.storefront, person),
                count=self.query["count"] or 20,
            )
        return Response(
            {
                "data": [
                    {"person": one.person.external_id, "similarity": one.similarity, "shared": one.shared}
                    for one in found
                ]
            }
        )


class Search(RecommenderView):
    @operation(
        "search",
        "Search by words and by meaning",
        scope="read",
        tag="recommendations",
        query=(text("q", "Words, or a description.", longest=500, required=True), COUNT, PERSON, LANGUAGE, *BENDING),
        answers={200: RecommendationOut},
    )
    def get(self, request):
        person, conditions = self.person, self.conditions()

        def first() -> services.Served:
            return services.search(
                storefront=self.storefront,
                words=self.query["q"],
                count=self.query["count"] or 20,
                person=person,
                language=self.language,
                conditions=conditions,
                pages=True,
            )

        return Response(self.list_shown(first, person))


class Explanations(RecommenderView):
    @operation(
        "explanations_get",
        "Explain an item to a person",
        description="Which of the person's own events contributed how much. 404 for an unknown person or item.",
        scope="read",
        tag="recommendations",
        query=(
            text("person", "The person's id.", required=True),
            text("item", "The item's id.", required=True),
            LANGUAGE,
        ),
        answers={200: ExplanationOut},
    )
    def get(self, request):
        person = person_or_404(self.storefront, self.query["person"])
        item = item_or_404(self.storefront, self.query["item"])
        with refusing():
            why = services.explain(storefront=self.storefront, person=person, item=item, language=self.language)
        return Response(
            {
                "person": person.external_id,
                "item": item.external_id,
                "sentence": why.sentence,
                "algorithm": why.algorithm,
                "exact": why.exact,
                "score": why.score,
                "base": why.base,
                "withheld": why.withheld,
                "components": why.components,
                "data": [_reason_shown(reason) for reason in why.reasons],
            }
        )


class RecommendationDetail(StorefrontView):
    @operation(
        "recommendations_read",
        "Get a list that was served",
        description="As it was served, with its items as they are today.",
        scope="read",
        tag="recommendations",
        path={"recommendation": "The list's id."},
        answers={200: RecommendationOut},
    )
    def get(self, request, recommendation):
        rows = Recommendation.objects.filter(storefront=self.storefront).select_related("deployment__artifact")
        found = rows.filter(pk=recommendation).first()
        if found is None:
            raise Http404
        items = Item.objects.filter(storefront=self.storefront).in_bulk([pk for pk, _, _ in found.items])
        return Response(
            {
                "id": str(found.id),
                "continues": found.context.get(CONTINUES),
                "placement": found.placement,
                "algorithm": found.deployment.artifact.algorithm if found.deployment else "",
                "artifact": str(found.deployment.artifact_id) if found.deployment else None,
                "fallback": found.fallback,
                "degraded": found.context.get("degraded", []),
                "created_at": found.created_at,
                "unknown_items": [],
                "data": [
                    entry_shown(items[pk], position, score, source)
                    for position, (pk, score, source) in enumerate(found.items, found.start)
                    if pk in items
                ],
                "next_cursor": None,
                "notice": notice_shown(self.storefront, next(iter(self.storefront.languages), "en")),
            }
        )


def _reason_shown(reason: services.Reason) -> dict[str, Any]:
    return {
        "item": reason.item.external_id,
        "title": reason.item.title,
        "kind": reason.kind,
        "label": reason.label,
        "also": reason.also,
        "occurred_at": reason.occurred_at,
        "contribution": reason.contribution,
        "share": reason.share,
    }
