"""The first page: a few figures, what needs attention, and while it is all empty, what to do first."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Count
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from behaviour.models import Behaviour, Person
from catalog.models import Item, Storefront

from .. import registry
from ..models import Deployment, EmbeddingFailure, ItemVector, LiveEncoder, Recommendation, TrainingRun
from ..selectors import MOST_ATTEMPTS
from .names import artifact_name, vertical_name

FAILED_WITHIN = timedelta(days=7)


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """`UNFOLD["DASHBOARD_CALLBACK"]`. A fixed number of queries, whatever the number of storefronts."""
    if not request.user.has_perm("catalog.view_storefront"):
        return context
    rows = storefront_rows()
    totals = {name: sum(row[name] for row in rows) for name in ("items", "persons", "behaviours", "lists")}
    return {**context, "storefronts": rows, "cards": _cards(totals), "attention": _attention(rows)}


def storefront_rows() -> list[dict[str, Any]]:
    """One row a storefront with its counts. Each count reads an index that starts with the storefront."""
    storefronts = list(Storefront.objects.all())
    now = timezone.now()
    week, day = now - timedelta(days=7), now - timedelta(days=1)
    items = _per_storefront(Item.objects.filter(storefront__in=storefronts))
    persons = _per_storefront(Person.objects.filter(storefront__in=storefronts))
    behaviours = _per_storefront(Behaviour.objects.filter(storefront__in=storefronts, occurred_at__gte=week))
    lists = _per_storefront(Recommendation.objects.filter(storefront__in=storefronts, created_at__gte=day))
    encoders = dict(LiveEncoder.objects.values_list("storefront", "fingerprint"))
    vectors = _per_storefront(ItemVector.objects.filter(storefront__in=storefronts, encoder__in=set(encoders.values())))
    live = Deployment.objects.filter(active=True, placement="").select_related("artifact")
    deployments = {deployment.storefront_id: deployment for deployment in live}
    return [
        {
            "storefront": storefront,
            "installed": storefront.vertical in registry.verticals(),
            "items": items.get(storefront.pk, 0),
            "persons": persons.get(storefront.pk, 0),
            "behaviours": behaviours.get(storefront.pk, 0),
            "lists": lists.get(storefront.pk, 0),
            "vectors": vectors.get(storefront.pk, 0),
            "encoder": encoders.get(storefront.pk),
            "live": (live := deployments.get(storefront.pk)),
            "live_name": artifact_name(live.artifact) if live else "",
            "vertical": vertical_name(storefront.vertical),
        }
        for storefront in storefronts
    ]


def _per_storefront(rows) -> dict[int, int]:
    return dict(rows.order_by().values_list("storefront").annotate(n=Count("pk")))


def _cards(totals: dict[str, int]) -> list[dict[str, Any]]:
    return [
        _card(_("Items"), totals["items"], _("in all storefronts"), "catalog_item"),
        _card(_("Persons"), totals["persons"], _("known and anonymous"), "behaviour_person"),
        _card(_("Behaviours"), totals["behaviours"], _("in the last 7 days"), "behaviour_behaviour"),
        _card(_("Lists served"), totals["lists"], _("in the last 24 hours"), "recommender_recommendation"),
    ]


def _card(title: str, number: int, note: str, model: str) -> dict[str, Any]:
    return {"title": title, "number": f"{number:,}", "note": note, "url": reverse(f"admin:{model}_changelist")}


def _attention(rows: list[dict[str, Any]]) -> list[dict[str, str]]:
    """What an operator should do something about: a sentence each, with where to do it."""
    notes = []
    runs = reverse("admin:recommender_trainingrun_changelist")
    train = reverse("admin:recommender_trainingrun_add")
    recent = TrainingRun.objects.filter(finished_at__gte=timezone.now() - FAILED_WITHIN)
    if failed := recent.filter(status=TrainingRun.Status.FAILED).count():
        text = ngettext(
            "%(n)s training run failed in the last 7 days.", "%(n)s training runs failed in the last 7 days.", failed
        )
        notes.append({"text": text % {"n": failed}, "url": f"{runs}?status__exact=failed"})
    left_alone = EmbeddingFailure.objects.filter(attempts__gte=MOST_ATTEMPTS)
    if unread := left_alone.count():
        text = ngettext(
            "%(n)s item could not be read by its text encoder.",
            "%(n)s items could not be read by their text encoder.",
            unread,
        )
        page = reverse("admin:recommender_embeddingfailure_changelist")
        notes.append({"text": text % {"n": f"{unread:,}"}, "url": page})
    for row in rows:
        storefront, missing = row["storefront"], row["items"] - row["vectors"]
        said = {"storefront": storefront.name, "vertical": storefront.vertical, "n": f"{missing:,}"}
        page = reverse("admin:catalog_storefront_change", args=[storefront.pk])
        if not row["installed"]:
            text = _("%(storefront)s is off: its vertical “%(vertical)s” is not installed.")
            notes.append({"text": text % said, "url": page})
        elif not row["items"]:
            notes.append({"text": _("%(storefront)s has no items yet.") % said, "url": page})
        elif row["live"] is None:
            text = _("%(storefront)s has no live model: everybody gets what is popular.")
            notes.append({"text": text % said, "url": f"{train}?storefront={storefront.slug}"})
        if row["items"] and missing > 0:
            text = ngettext(
                "%(n)s item of %(storefront)s has no vector yet; a worker makes it.",
                "%(n)s items of %(storefront)s have no vector yet; a worker makes them.",
                missing,
            )
            notes.append({"text": text % said, "url": reverse("admin:recommender_liveencoder_changelist")})
    return notes
