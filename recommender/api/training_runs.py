"""Training runs: wished for here, done by a worker."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.urls import reverse
from drf_spectacular.utils import OpenApiExample
from rest_framework.response import Response

from catalog.api.base import StorefrontView, validated
from catalog.api.operations import operation
from catalog.api.pagination import PAGE, page
from catalog.api.parameters import choice
from catalog.models import Storefront
from recommender import services
from recommender.models import TrainingRun

from .refusals import refusing
from .schemas import TrainingRunIn, TrainingRunOut, TrainingRunPage

RUN = {"run": "The run's id."}


class TrainingRunList(StorefrontView):
    @operation(
        "training_runs_list",
        "List training runs",
        description="The newest first.",
        scope="manage",
        tag="training runs",
        query=(*PAGE, choice("status", "Only runs with this status.", tuple(TrainingRun.Status.values))),
        answers={200: TrainingRunPage},
    )
    def get(self, request):
        rows = TrainingRun.objects.filter(storefront=self.storefront)
        if self.query["status"]:
            rows = rows.filter(status=self.query["status"])
        scope = f"training runs of {self.storefront.pk}"
        return Response(page(rows, self.query, order=("-id",), scope=scope, shown=training_run_shown))

    @operation(
        "training_runs_create",
        "Start a training run",
        description="A worker does it; ask for the run to see how far it is.",
        scope="manage",
        tag="training runs",
        body=TrainingRunIn,
        answers={202: TrainingRunOut},
        examples=[OpenApiExample("A blend", value={"algorithm": "blend", "activate": True}, request_only=True)],
    )
    def post(self, request):
        wish = validated(TrainingRunIn, request)
        with refusing():
            run = services.training_run_create(storefront=self.storefront, **wish)
        headers = {"Location": reverse("api-training-run", args=[self.storefront.slug, run.pk])}
        return Response(training_run_shown(run), status=202, headers=headers)


class TrainingRunDetail(StorefrontView):
    @operation(
        "training_runs_get",
        "Get a training run",
        scope="manage",
        tag="training runs",
        path=RUN,
        answers={200: TrainingRunOut},
    )
    def get(self, request, run: int):
        return Response(training_run_shown(_run_or_404(self.storefront, run)))


class TrainingRunCancel(StorefrontView):
    @operation(
        "training_runs_cancel",
        "Stop a training run",
        description="A queued run stops at once, a running one at its next step. 409: it has ended already.",
        scope="manage",
        tag="training runs",
        path=RUN,
        answers={200: TrainingRunOut},
        problems=("conflict",),
    )
    def post(self, request, run: int):
        found = _run_or_404(self.storefront, run)
        with refusing("conflict"):
            found = services.training_run_cancel(run=found)
        return Response(training_run_shown(found))


def training_run_shown(run: TrainingRun) -> dict[str, Any]:
    return {
        "id": str(run.pk),
        "task": run.task,
        "algorithm": run.algorithm,
        "config": run.config,
        "protocol": run.protocol,
        "seed": run.seed,
        "activate": run.activate,
        "status": run.status,
        "stage": run.stage,
        "progress": run.progress,
        "error": run.error,
        "created_at": run.created_at,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
    }


def _run_or_404(storefront: Storefront, run: int) -> TrainingRun:
    # SQLite cannot even compare with an id beyond 64 bits.
    found = TrainingRun.objects.filter(storefront=storefront, pk=run).first() if run < 2**63 else None
    if found is None:
        raise Http404
    return found
