"""What became of a list that was served: which of its items came into sight, and which were opened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiExample
from rest_framework.response import Response

from catalog.api.base import StorefrontView, record_of
from catalog.api.operations import operation
from catalog.api.problems import Fault, invalid
from catalog.models import Item
from catalog.schema import FieldError
from catalog.services import values as check
from catalog.services.records import cleaned
from recommender import services
from recommender.models import Recommendation

from .lists import may_speak_of
from .outcome_schemas import ClickIn, ImpressionsIn, OutcomeOut
from .refusals import refusing

MOST = 200
RECOMMENDATION = {"recommendation": "The list's id, as it was answered."}
TOLD_TWICE = "Telling it again changes nothing, so it can be sent again when an answer was lost."
SEEN = OpenApiExample(
    "Two items seen",
    value={"impressions": [{"item": "sku-1"}, {"position": 1, "seen_at": "2026-03-31T09:30:02Z"}]},
    request_only=True,
)
OPENED = OpenApiExample("An item opened", value={"item": "sku-1"}, request_only=True)


def position(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise check.Problem("type", "A position is a whole number, counted from 0.")
    return value


class OutcomeView(StorefrontView):
    """Tells the service about places in a list, whichever way the client named them."""

    time_field: str

    def recommendation_or_404(self, pk) -> Recommendation:
        found = Recommendation.objects.filter(storefront=self.storefront, pk=pk).first()
        if found is None or not may_speak_of(self.request.user, found):
            raise Http404
        return found

    def places(self, found: Recommendation, told: list[Any], pointer: str) -> dict[int, Any]:
        """Position → when, or None. Raises a Problem that names every entry which is not of the list."""
        checks = {"item": check.identifier, "position": position, self.time_field: check.moment}
        entries, faults = [], []
        for number, record in enumerate(told):
            values, errors = cleaned(record, checks, required=())
            if not errors and ("item" in values) == ("position" in values):
                errors = [FieldError("", "required", "Name either the item or its position.")]
            place = f"{pointer}/{number}" if pointer else ""
            faults += [_fault(place, error) for error in errors]
            entries.append((place, values))
        positions = {} if faults else self._positions(found, entries)
        places = {}
        for place, values in [] if faults else entries:
            at = values.get("position", positions.get(values.get("item")))
            if at is None:
                faults.append(Fault(f"{place}/item", "unknown_item", f"{values['item']!r} is not in this list."))
            elif not found.start <= at < found.start + len(found.items):
                detail = f"This list has {len(found.items)} items, counted from {found.start}."
                faults.append(Fault(f"{place}/position", "range", detail))
            else:
                places[at] = values.get(self.time_field)
        if faults:
            raise invalid(faults)
        return places

    def _positions(self, found: Recommendation, entries: list[tuple[str, Mapping[str, Any]]]) -> dict[str, int]:
        named = {values["item"] for _, values in entries if "item" in values}
        rows = Item.objects.filter(storefront=self.storefront, external_id__in=named) if named else Item.objects.none()
        at = services.positions_of(found)
        return {external_id: at[pk] for external_id, pk in rows.values_list("external_id", "pk") if pk in at}


class Impressions(OutcomeView):
    time_field = "seen_at"

    @operation(
        "impressions_record",
        "Say which items of a list were seen",
        description=(
            "An item counts as seen when it came into sight, not when the page was made. Each is named by its id or by "
            f"its position in the list; left out, `seen_at` is now. {TOLD_TWICE}"
        ),
        scope="write",
        tag="recommendations",
        path=RECOMMENDATION,
        body=ImpressionsIn,
        answers={200: OutcomeOut},
        examples=[SEEN],
    )
    def post(self, request, recommendation):
        found = self.recommendation_or_404(recommendation)
        body = record_of(request)
        unknown = [
            Fault(f"/{name}", "unknown", "There is only `impressions`.") for name in body if name != "impressions"
        ]
        if unknown:
            raise invalid(unknown)
        told = body.get("impressions")
        if not isinstance(told, list) or not 1 <= len(told) <= MOST:
            raise invalid([Fault("/impressions", "size", f"Must be a list of 1 to {MOST} entries.")])
        places = self.places(found, told, "/impressions")
        with refusing(pointer="/impressions"):
            recorded = services.impressions_record(recommendation=found, seen=places)
        return Response({"recorded": recorded, "known": len(places) - recorded})


class Clicks(OutcomeView):
    time_field = "clicked_at"

    @operation(
        "clicks_record",
        "Say that an item of a list was opened",
        description=(
            "201: it is stored. 200: it was known already. What was opened was seen: no impression is needed besides. "
            f"Left out, `clicked_at` is now. {TOLD_TWICE}"
        ),
        scope="write",
        tag="recommendations",
        path=RECOMMENDATION,
        body=ClickIn,
        answers={200: OutcomeOut, 201: OutcomeOut},
        examples=[OPENED],
    )
    def post(self, request, recommendation):
        found = self.recommendation_or_404(recommendation)
        [(place, at)] = self.places(found, [record_of(request)], "").items()
        with refusing(pointer="/clicked_at"):
            new = services.click_record(recommendation=found, position=place, at=at)
        return Response({"recorded": int(new), "known": int(not new)}, status=201 if new else 200)


def _fault(place: str, error: FieldError) -> Fault:
    pointer = f"{place}/{error.field}" if error.field not in ("", "record") else place
    return Fault(pointer, error.code, error.message)
