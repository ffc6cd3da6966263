"""Answering one list twice, by the champion and by its shadow, with the same question and the same clock."""

from __future__ import annotations

import logging
import time

from .. import serving
from ..artifacts import ArtifactError
from ..models import Artifact, Recommendation, ShadowList, Standby
from ..services import Served, ServiceError, recommend
from ..services.inspections import overlap

logger = logging.getLogger(__name__)


def mirror(standby_id: int, recommendation_id: str) -> ShadowList | None:
    """None where the shadow has ended, the list is gone, or no model made it: there is nothing to compare with then.

    Both are asked here and now, not only the shadow: a worker's clock is not a web process's, and the person may
    have done something since. Who is asked first changes from list to list.
    """
    standby = Standby.objects.select_related("artifact", "storefront").filter(pk=standby_id, active=True).first()
    rows = Recommendation.objects.select_related("person", "deployment__artifact")
    served = rows.filter(pk=recommendation_id, deployment__isnull=False).first()
    if standby is None or served is None or served.storefront_id != standby.storefront_id:
        return None
    if served.person is not None:
        served.person.storefront = standby.storefront
    champion = served.deployment.artifact
    live = serving.live(standby.storefront)
    try:
        for artifact in (champion, standby.artifact):
            live.model_of(artifact).aligned(live.catalogue)  # loading it is no part of an answer
    except ArtifactError:
        logger.warning("Shadow %s or its champion cannot be loaded.", standby_id)
        return ShadowList.objects.create(standby=standby, overlap=0.0, champion_ms=0.0, shadow_ms=None)
    order = [champion, standby.artifact]
    if served.pk.int % 2:
        order.reverse()
    answers: dict[int, tuple[Served, float]] = {}
    try:
        for artifact in order:
            answers[artifact.pk] = _timed(standby, served, artifact)
    except ServiceError as error:
        logger.info("List %s cannot be mirrored: %s", recommendation_id, error)
        return None
    (theirs, champion_ms), (own, shadow_ms) = answers[champion.pk], answers[standby.artifact.pk]
    return ShadowList.objects.create(
        standby=standby, overlap=overlap(theirs, own), champion_ms=champion_ms, shadow_ms=shadow_ms
    )


def _timed(standby: Standby, served: Recommendation, artifact: Artifact) -> tuple[Served, float]:
    started = time.perf_counter()
    answer = recommend(
        storefront=standby.storefront,
        person=served.person,
        placement=served.placement,
        count=len(served.items) or None,
        record=False,
        artifact=artifact,
    )
    return answer, 1000 * (time.perf_counter() - started)
