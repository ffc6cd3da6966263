"""The inspector: one list taken apart, another model's answer beside it, and why an item is not in it."""

from __future__ import annotations

import shlex
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib.admin import site
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.generic import TemplateView
from unfold import widgets
from unfold.views import UnfoldModelAdminViewMixin

from behaviour.models import Behaviour, Person
from catalog.admin.access import storefronts_of
from catalog.models import Item, Storefront
from catalog.schema import verticals_known

from ..models import Artifact, Recommendation
from ..services import MOST, ServiceError
from ..services.inspections import Inspection, inspect, overlap, recommendation_find, why_not
from .names import artifact_name, placement_name, placement_names, source_names
from .preview import Chosen
from .scope import called_by_title

MODELS_OFFERED = 50
RIGHT = "recommender.view_recommendation"

#: The steps of a list in words; the funnel shows them in the order in which they are done.
STEPS = {
    "sources": (gettext_lazy("Sources"), gettext_lazy("the person is read, every item scored, each source asked")),
    "dedup": (gettext_lazy("Once each"), gettext_lazy("what several sources bring up counts once")),
    "seen": (gettext_lazy("Not known yet"), gettext_lazy("without what the person has seen, disliked or hidden")),
    "available": (gettext_lazy("To be had"), gettext_lazy("without what is withdrawn or outside its dates")),
    "operator rules": (gettext_lazy("Operators' rules"), gettext_lazy("filters hide, boosts and buries shift scores")),
    "score": (gettext_lazy("Best scores"), gettext_lazy("candidates that are looked at closer")),
    "rules": (gettext_lazy("Rules of the vertical"), gettext_lazy("stock, safety, consent, blocks")),
    "rerank": (gettext_lazy("Variety"), gettext_lazy("reordered so that neighbours differ")),
    "list": (gettext_lazy("List"), gettext_lazy("cut, with places for sources and new items")),
    "operator rules again": (gettext_lazy("Operators' rules again"), gettext_lazy("pins, caps and quotas")),
    "shown": (gettext_lazy("Shown"), gettext_lazy("checked against the database and cut to the count")),
}


class InspectorForm(forms.Form):
    storefront = forms.ModelChoiceField(
        Storefront.objects.none(),
        label=gettext_lazy("Storefront"),
        to_field_name="slug",
        empty_label=None,
        required=False,
        widget=widgets.UnfoldAdminSelectWidget(),
    )
    person = forms.ModelChoiceField(
        Person.objects.none(),
        label=gettext_lazy("Person"),
        required=False,
        help_text=gettext_lazy("Nobody: what a visitor sees of whom nothing is known."),
    )
    placement = forms.ChoiceField(
        label=gettext_lazy("Placement"), required=False, widget=widgets.UnfoldAdminSelectWidget()
    )
    recommendation = forms.CharField(
        label=gettext_lazy("Or the id of a served list"),
        required=False,
        max_length=64,
        widget=widgets.UnfoldAdminTextInputWidget(),
        help_text=gettext_lazy("Its person and placement are taken, and what was served stands beside what would be."),
    )
    artifact = forms.ModelChoiceField(
        Artifact.objects.none(),
        label=gettext_lazy("Replay with"),
        required=False,
        widget=widgets.UnfoldAdminSelectWidget(),
    )
    item = forms.ModelChoiceField(Item.objects.none(), label=gettext_lazy("Why not this item?"), required=False)
    count = forms.IntegerField(
        label=gettext_lazy("Places"),
        required=False,
        min_value=1,
        max_value=MOST,
        widget=widgets.UnfoldAdminIntegerFieldWidget(),
        help_text=gettext_lazy("Empty: as many as the placement shows."),
    )

    def __init__(self, *args: Any, storefronts: QuerySet[Storefront], **options: Any):
        super().__init__(*args, **options)
        storefronts = storefronts.filter(vertical__in=verticals_known())
        self.storefronts = {storefront.pk for storefront in storefronts}
        self.fields["storefront"].queryset = storefronts
        # The choices are said here, where the rows are known already: a field asks for them anew whenever it is drawn.
        self.fields["storefront"].choices = [(one.slug, str(one)) for one in storefronts]
        for name, rows in (("item", Item.objects), ("person", Person.objects)):
            self.fields[name].widget = Chosen(Behaviour._meta.get_field(name), site)
            self.fields[name].queryset = rows.filter(storefront__in=storefronts).select_related("storefront")
        names: dict[str, str] = {}
        for storefront in storefronts:
            names = placement_names(storefront) | names
        own = {slug: name for slug, name in names.items() if slug not in ("popular", "new", "category")}
        self.fields["placement"].choices = list(own.items())
        models = Artifact.objects.filter(product=Artifact.Product.RANKING, storefront__in=storefronts)
        newest = list(models.select_related("storefront")[:MODELS_OFFERED])
        self.fields["artifact"].queryset = models.filter(pk__in=[one.pk for one in newest])
        self.fields["artifact"].choices = [
            ("", gettext_lazy("the live model only")),
            *((one.pk, f"{artifact_name(one)} · {one.storefront.name}") for one in newest),
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if number := cleaned.get("recommendation"):
            try:
                cleaned["served"] = recommendation_find(number, self.storefronts)
            except ServiceError as error:
                self.add_error("recommendation", str(error))
        return cleaned


class InspectorView(UnfoldModelAdminViewMixin, TemplateView):
    title = gettext_lazy("Inspector")
    template_name = "admin/recommender/inspector.html"
    permission_required = (RIGHT, "behaviour.view_behaviour", "catalog.view_item")
    raise_exception = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), **called_by_title(self)}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = InspectorForm(request.GET if request.GET else None, storefronts=storefronts_of(request, RIGHT))
        seen: dict[str, Any] = {}
        if form.is_bound and form.is_valid():
            try:
                seen = _inspected(request, form.cleaned_data)
                form.data = {**form.data.dict(), "storefront": seen["storefront"].slug}  # a person's or a list's own
            except ServiceError as error:
                form.add_error(None, str(error))
        return self.render_to_response(self.get_context_data(form=form, **seen))


def _inspected(request: HttpRequest, wish: dict[str, Any]) -> dict[str, Any]:
    """Raises ServiceError."""
    served: Recommendation | None = wish.get("served")
    person = served.person if served else wish["person"]
    storefront = served.storefront if served else person.storefront if person else wish["storefront"]
    if storefront is None:
        raise ServiceError(_("Choose a storefront, a person, or paste the id of a list."))
    placement = (served.placement if served else wish["placement"]) or "home"
    count = wish["count"] or (len(served.items) if served and served.items else None)
    asked = {"storefront": storefront, "person": person, "placement": placement, "count": count}
    asked["language"] = get_language() or "en"
    now = inspect(**asked)
    replay = inspect(**asked, artifact=wish["artifact"]) if wish["artifact"] else None
    item = wish["item"]
    return {
        "now": _shown(now),
        "replay": _shown(replay, replayed=True) if replay else None,
        "overlap": overlap(now.served, replay.served) if replay else None,
        "record": _recorded(served, now) if served else None,
        "why": _why(replay or now, item) if item else None,
        "storefront": storefront,
        "person": person,
        "place": placement_name(storefront, placement),
        "curl": curl_of(request, storefront, person, placement, len(now.served.items) or 1),
    }


def _shown(inspection: Inspection, *, replayed: bool = False) -> dict[str, Any]:
    served, names = inspection.served, source_names(inspection.storefront)
    if replayed:
        names["model"] = _("the model")
    return {
        "arm": inspection.arm,
        "model": artifact_name(Artifact.objects.get(pk=served.artifact_id)) if served.artifact_id else _("none"),
        "fallback": Recommendation.Fallback(served.fallback).label if served.fallback else "",
        "degraded": ", ".join(served.degraded),
        "milliseconds": f"{inspection.trace.milliseconds:.1f}",
        "steps": [
            {
                "name": str(STEPS[step.name][0]),
                "about": str(STEPS[step.name][1]),
                "after": f"{step.after:,}",
                "width": _width(step.after, inspection.steps[0].after),
                "milliseconds": f"{step.milliseconds:.2f}",
                "sources": _source_counts(inspection, names) if step.name == "sources" else [],
            }
            for step in inspection.steps
        ],
        "rows": [
            {
                "place": row.place,
                "item": row.entry.item,
                "sources": [names.get(source, source) for source in row.sources],
                "rules": row.rules,
                "score": f"{row.score:.4f}",
                "rank": row.rank,
                "moved": row.moved,
                "down": -row.moved,
                "reason": row.entry.reason,
            }
            for row in inspection.rows
        ],
    }


def _source_counts(inspection: Inspection, names: dict[str, str]) -> list[tuple[str, str]]:
    counts = inspection.trace.stages[0].facts["sources"]
    return [(names.get(source, source), f"{count:,}") for source, count in counts.items()]


def _width(count: int, most: int) -> int:
    """Per cent of the longest bar, and never nothing for something."""
    return max(1, round(100 * count / most)) if count and most else 0


def _recorded(served: Recommendation, now: Inspection) -> dict[str, Any]:
    here = {row.entry.item.pk: row.place for row in now.rows}
    names = source_names(served.storefront)
    items = Item.objects.in_bulk([pk for pk, *_rest in served.items])
    return {
        "row": served,
        "model": artifact_name(served.deployment.artifact) if served.deployment else _("none"),
        "entries": [
            {"place": place, "item": items.get(pk), "source": names.get(source, source), "now": here.get(pk)}
            for place, (pk, _score, source, *_more) in enumerate(served.items, start=1)
        ],
    }


def _why(inspection: Inspection, item: Item) -> dict[str, Any]:
    found = why_not(inspection, item)
    return {"found": found, "step": str(STEPS[found.stage][0]) if found.stage else ""}


def curl_of(request: HttpRequest, storefront: Storefront, person: Person | None, placement: str, count: int) -> str:
    """The same question to the API, ready to be pasted into a shell."""
    asked = {"person": person.external_id} if person else {}
    query = urlencode({**asked, "placement": placement, "count": count, "explain": "true"})
    url = request.build_absolute_uri(reverse("api-recommendations", args=[storefront.slug]))
    return f'curl -s {shlex.quote(f"{url}?{query}")} -H "Authorization: Bearer $KEY"'
