"""Models that learned from somebody who was erased, or who objects to that, are trained anew."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings

from behaviour.models import PrivacyRequest
from catalog.models import Storefront

from ..models import Artifact, Deployment, Schedule, TrainingRun
from .answers import ServiceError
from .receipts import artifacts_named
from .runs import training_run_create

Kind = PrivacyRequest.Kind


def live_models_to_retrain(storefront: Storefront) -> Iterator[tuple[Artifact, datetime]]:
    """Live ranking models that a request is about, and when the latest such request was carried out."""
    live = Deployment.objects.filter(storefront=storefront, active=True).select_related("artifact")
    artifacts = {deployment.artifact_id: deployment.artifact for deployment in live}
    if not artifacts:
        return
    oldest = min(artifact.created_at for artifact in artifacts.values())
    done = PrivacyRequest.objects.filter(
        storefront=storefront, state=PrivacyRequest.State.DONE, done_at__gte=oldest, kind__in=(Kind.ERASE, Kind.OBJECT)
    )
    latest: dict[int, datetime] = {}
    for request in done.only("receipts", "purposes", "kind", "done_at").order_by("done_at").iterator():
        for pk in artifacts_named(request):
            latest[pk] = request.done_at
    yield from ((artifact, latest[pk]) for pk, artifact in artifacts.items() if pk in latest)


def scheduled(storefront: Storefront, algorithm: str) -> Schedule | None:
    """The schedule that trains this algorithm anew and puts it live."""
    rows = Schedule.objects.filter(storefront=storefront, what=Schedule.What.RETRAIN, active=True, promote=True)
    return rows.filter(algorithm__in=("", algorithm)).order_by("next_run_at").first()


def run_since(artifact: Artifact, since: datetime) -> TrainingRun | None:
    """The newest run of its algorithm that began after that and has not failed."""
    runs = TrainingRun.objects.filter(
        storefront=artifact.storefront_id,
        task=TrainingRun.RANKING,
        algorithm=artifact.algorithm,
        created_at__gte=since,
    )
    return runs.exclude(status__in=(TrainingRun.Status.FAILED, TrainingRun.Status.CANCELLED)).order_by("-pk").first()


def retrainings_queue(*, storefront_id: int) -> list[TrainingRun]:
    """Queue a run for each live model that needs one and has neither a run nor a schedule; through its gates it goes
    live. With the settings that the model has: nobody asked for others."""
    if not settings.PRIVACY_RETRAIN:
        return []
    storefront = Storefront.objects.get(pk=storefront_id)
    queued: dict[str, TrainingRun] = {}
    for artifact, since in live_models_to_retrain(storefront):
        if artifact.algorithm in queued or scheduled(storefront, artifact.algorithm) or run_since(artifact, since):
            continue
        try:
            run = training_run_create(
                storefront=storefront,
                algorithm=artifact.algorithm,
                config=artifact.manifest.get("config") or {},
                activate=True,
            )
        except ServiceError:  # its plugin is gone; whoever removed it decides what is live
            continue
        queued[artifact.algorithm] = run
    return list(queued.values())
