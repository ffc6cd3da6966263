"""Lists for people, what is like an item, search, and why."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404
from rest_framework.response import Response

from behaviour.api.views import person_or_404
from behaviour.models import Person
from catalog.api.base import StorefrontView
from catalog.api.operations import operation
from catalog.api.parameters import boolean, choice, integer, item_ids, text
from catalog.api.views import ITEM, item_or_404, item_shown
from catalog.models import Item, Storefront
from recommender import services
from recommender.models import Recommendation

from .refusals import refusing
from .schemas import ExplanationOut, RecommendationOut

LANGUAGES = tuple(code for code, _ in settings.LANGUAGES)
PERSON = text("person", "The person's id. Somebody who is not known yet gets what suits everybody.")
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


class Recommendations(RecommenderView):
    @operation(
        "recommendations_get",
        "Recommend items",
        description=(
            "A list for a person, for a session, or for anybody. It is written down under its `id`: name that in the "
            "behaviours which it leads to. What was recorded a moment ago counts already."
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
        ),
        answers={200: RecommendationOut},
    )
    def get(self, request):
        query = self.query
        session, exclude, unknown = item_keys(self.storefront, query["items"], query["exclude"])
        with refusing():
            served = services.recommend(
                storefront=self.storefront,
                person=self.person,
                placement=query["placement"],
                count=query["count"],
                session=session,
                exclude=exclude,
                category=query["category"] or "",
                language=self.language,
                reasons=query["explain"],
            )
        return Response(served_shown(served, unknown))


class Similar(RecommenderView):
    @operation(
        "items_similar",
        "Find items like an item",
        scope="read",
        tag="recommendations",
        path=ITEM,
        query=(COUNT, PERSON, LANGUAGE),
        answers={200: RecommendationOut},
    )
    def get(self, request, item: str):
        with refusing():
            served = services.similar(
                storefront=self.storefront,
                item=item_or_404(self.storefront, item),
                count=self.query["count"] or 12,
                person=self.person,
                language=self.language,
            )
        return Response(served_shown(served))


class Search(RecommenderView):
    @operation(
        "search",
        "Search by words and by meaning",
        scope="read",
        tag="recommendations",
        query=(text("q", "Words, or a description.", longest=500, required=True), COUNT, PERSON, LANGUAGE),
        answers={200: RecommendationOut},
    )
    def get(self, request):
        with refusing():
            served = services.search(
                storefront=self.storefront,
                words=self.query["q"],
                count=self.query["count"] or 20,
                person=self.person,
                language=self.language,
            )
        return Response(served_shown(served))


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
                "placement": found.placement,
                "algorithm": found.deployment.artifact.algorithm if found.deployment else "",
                "artifact": str(found.deployment.artifact_id) if found.deployment else None,
                "fallback": found.fallback,
                "degraded": found.context.get("degraded", []),
                "created_at": found.created_at,
                "unknown_items": [],
                "data": [
                    entry_shown(items[pk], position, score, source)
                    for position, (pk, score, source) in enumerate(found.items)
                    if pk in items
                ],
            }
        )


def item_keys(storefront: Storefront, *lists: list[str]) -> tuple[list[int] | list[str], ...]:
    """The primary keys of each list of ids, in order, and last the ids that the storefront does not have."""
    wanted = {external_id for ids in lists for external_id in ids}
    found: dict[str, int] = {}
    if wanted:
        rows = Item.objects.filter(storefront=storefront, external_id__in=wanted)
        found = dict(rows.values_list("external_id", "pk"))
    return (*([found[one] for one in ids if one in found] for ids in lists), sorted(wanted - found.keys()))


def served_shown(served: services.Served, unknown_items: list[str] | tuple = ()) -> dict[str, Any]:
    return {
        "id": served.id or None,
        "placement": served.placement,
        "algorithm": served.algorithm,
        "artifact": str(served.artifact_id) if served.artifact_id else None,
        "fallback": str(served.fallback),
        "degraded": list(served.degraded),
        "created_at": served.created_at,
        "unknown_items": list(unknown_items),
        "data": [
            entry_shown(entry.item, entry.position, entry.score, entry.source, entry.reason) for entry in served.items
        ],
    }


def entry_shown(item: Item, position: int, score: float, source: str, reason: str = "") -> dict[str, Any]:
    return {"position": position, "score": score, "source": source, "reason": reason, **item_shown(item)}


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
