"""The receipts of the recommender's stores in words: what holds today, and what is still to be done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from behaviour.models import PrivacyRequest
from behaviour.stores import Outcome, Said

from ..models import Artifact, Deployment, LanguageDeployment, LiveEncoder, QuotedItem, TrainingRun
from ..services import retraining
from .names import artifact_name

MOST = 5  # models that are named


def models_said(request: PrivacyRequest, receipt: Mapping[str, Any]) -> Said:
    if receipt["outcome"] == Outcome.NOTHING:
        return Said(Outcome.NOTHING, _("No model was trained since the person first did something."))
    pks, runs = receipt["facts"]["artifacts"], receipt["facts"]["runs"]
    words = ngettext(
        "%(n)s model may have learned from the person, as one of many. It holds weights, and no row of a person.",
        "%(n)s models may have learned from the person, as one of many. They hold weights, and no row of a person.",
        len(pks),
    ) % {"n": len(pks)}
    if runs:
        words += " " + _("A training that was at work and had read the person publishes nothing.")
    live = live_among(pks)
    if not live:
        return Said(Outcome.RETIRED, words + " " + _("None of them is live."))
    to_do = [f"{artifact_name(artifact)}: {_what_next(request, artifact)}" for artifact in live[:MOST]]
    return Said(Outcome.TO_DO, words, " · ".join(to_do))


def live_among(pks: list[int]) -> list[Artifact]:
    """Those that somebody is served with today."""
    live = {
        *Deployment.objects.filter(artifact__in=pks, active=True).values_list("artifact", flat=True),
        *LanguageDeployment.objects.filter(artifact__in=pks, active=True).values_list("artifact", flat=True),
        *LiveEncoder.objects.filter(artifact__in=pks).values_list("artifact", flat=True),
    }
    return list(Artifact.objects.filter(pk__in=live).select_related("storefront").order_by("pk"))


def _what_next(request: PrivacyRequest, artifact: Artifact) -> str:
    if artifact.product != Artifact.Product.RANKING:
        return _("live; teach it anew")
    run = retraining.run_since(artifact, request.done_at)
    if run is not None and run.status != TrainingRun.Status.FINISHED:
        return _("live; run #%(run)s trains it anew") % {"run": run.pk}
    if run is not None:
        return _("live; run #%(run)s has trained it anew and waits in the registry") % {"run": run.pk}
    if schedule := retraining.scheduled(artifact.storefront, artifact.algorithm):
        return _("live; trained anew by its schedule on %(at)s UTC") % {"at": f"{schedule.next_run_at:%Y-%m-%d %H:%M}"}
    return _("live; a run that trains it anew is queued within a day")


def texts_said(request: PrivacyRequest, receipt: Mapping[str, Any]) -> Said:
    items = receipt["facts"].get("items", [])
    if not items:
        return Said(Outcome.NOTHING, _("No item's text has words of the person. Vectors are of items alone."))
    words = ngettext(
        "The text of %(n)s item took in words of the person; they are gone from it.",
        "The texts of %(n)s items took in words of the person; they are gone from them.",
        len(items),
    ) % {"n": f"{len(items):,}"}
    since = datetime.fromisoformat(receipt["facts"]["since"])
    if waiting := QuotedItem.objects.filter(item__in=items, looked_at__lt=since).count():
        to_do = ngettext("%(n)s is read again by a worker.", "%(n)s are read again by a worker.", waiting)
        return Said(Outcome.TO_DO, words, to_do % {"n": f"{waiting:,}"})
    return Said(Outcome.GONE, words)


def findings_said(request: PrivacyRequest, receipt: Mapping[str, Any]) -> Said:
    if receipt["outcome"] == Outcome.NOTHING:
        return Said(Outcome.NOTHING, _("No sample named the person or what they did."))
    return Said(Outcome.GONE, _("Samples that named the person or what they did are taken out."))


def caches_said(request: PrivacyRequest, receipt: Mapping[str, Any]) -> Said:
    words = _("Processes keep items, models and vectors in mind and on disk, by item and text, and nothing by person.")
    return Said(Outcome.NO_PERSON, words)
