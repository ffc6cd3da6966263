"""What stands on the page of one training run, also while it changes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..language.task import NAMES
from ..models import Artifact, Deployment, EmbeddingShard, LanguageDeployment, LiveEncoder, TrainingRun
from .figures import NOTES, figure_rows, headline_of
from .manifest import metrics_table
from .names import protocol_name, run_name
from .run_curves import drawn
from .setting_names import settings_named
from .stored_words import stored_words

STATUS_LABELS = {"queued": "", "running": "info", "finished": "success", "failed": "danger", "cancelled": "warning"}

#: What `recommender.jobs.training` is at, in words; what goes on inside a stage follows after a colon.
STAGES = {
    "embed": gettext_lazy("reading the items' texts"),
    "read": gettext_lazy("reading what people did"),
    "baseline": gettext_lazy("measuring popularity, to compare with"),
    "fit": gettext_lazy("finding settings and measuring"),
    "refit": gettext_lazy("learning from everything"),
    "evaluate": gettext_lazy("asking the test questions"),
    "publish": gettext_lazy("writing the artifact"),
    "learn": gettext_lazy("learning"),
    "training": gettext_lazy("training"),
    "prepare": gettext_lazy("loading the model"),
    "measure": gettext_lazy("measuring"),
    "switch": gettext_lazy("switching over"),
    "write": gettext_lazy("writing keywords"),
}

LOG_LINES = 60
NOT_PICKED_UP_AFTER = timedelta(seconds=10)
SAYS_SOMETHING = 0.1  # of the progress: before it, the time left would be a guess
SILENT_AFTER = timedelta(seconds=60)  # a worker writes a sign of life every few seconds


def run_context(request: HttpRequest, run: TrainingRun) -> dict[str, Any]:
    """Variables of `run_panel.html`. A few queries; it is asked for every two seconds."""
    artifact = getattr(run, "artifact", None) if run.status == TrainingRun.Status.FINISHED else None
    lines = run.log.rstrip().splitlines()
    stage, detail = stage_words(run.stage)
    may = request.user.has_perm
    return {
        "run": run,
        "status_type": STATUS_LABELS[run.status],
        "stage": stage,
        "stage_detail": detail,
        "name": run_name(run),
        "is_ranking": run.task == TrainingRun.RANKING,
        "protocol": protocol_name(run.protocol),
        "percent": round(run.progress * 100),
        "took": duration(run),
        "left": time_left(run),
        "error": stored_words(run.error),
        "log": "\n".join(lines[-LOG_LINES:]),
        "log_cut": max(0, len(lines) - LOG_LINES),
        "warning": worker_warning(run),
        "settings": settings_named(run.config),
        "artifact": artifact,
        "metrics": metrics_table(artifact.manifest) if artifact else None,
        "headline": headline_of(artifact) if artifact else "",
        "rows": figure_rows(artifact) if artifact else [],
        "note": NOTES.get(run.task, ""),
        "drawn": drawn(run.curves),
        "shards": _shards(run),
        "live": is_live(artifact) if artifact else False,
        "again": _again(run),
        "may_resume": _resumable(run) and may("recommender.add_trainingrun"),
        "may_stop": not run.ended and not run.cancel_requested and may("recommender.change_trainingrun"),
        "may_train": may("recommender.add_trainingrun"),
        "may_activate": artifact is not None and goes_live(artifact) and may("recommender.add_deployment"),
    }


def goes_live(artifact: Artifact) -> bool:
    """Whether there is anything that serves such an artifact."""
    return artifact.product not in (Artifact.Product.LANGUAGE_MODEL, Artifact.Product.REPORT)


def is_live(artifact: Artifact) -> bool:
    match artifact.product:
        case Artifact.Product.RANKING:
            return Deployment.objects.filter(artifact=artifact, active=True).exists()
        case Artifact.Product.ENCODER:
            return LiveEncoder.objects.filter(artifact=artifact).exists()
    return LanguageDeployment.objects.filter(artifact=artifact, active=True).exists()


def _resumable(run: TrainingRun) -> bool:
    """Whether there may be something to go on from: ranking algorithms begin anew, by "Train again"."""
    ended_early = run.status in (TrainingRun.Status.CANCELLED, TrainingRun.Status.FAILED)
    return ended_early and run.task != TrainingRun.RANKING


def _again(run: TrainingRun) -> str:
    """Where the same can be asked for again; empty for what is not asked for by a form of settings."""
    if run.task == TrainingRun.RANKING:
        return f"{reverse('admin:recommender_trainingrun_add')}?again={run.pk}"
    if run.task in NAMES:
        return f"{reverse('admin:recommender_trainingrun_teach', args=[run.task])}?again={run.pk}"
    return ""


def _shards(run: TrainingRun) -> list[EmbeddingShard]:
    return list(run.shards.all()) if run.task == TrainingRun.CHANGE_ENCODER else []


def stage_words(stage: str) -> tuple[str, str]:
    """The stage, and what goes on inside it: ours in words, an algorithm's as it calls it."""
    name, _colon, detail = stage.partition(": ")
    return str(STAGES.get(name, name)), str(STAGES.get(detail, detail))


def worker_warning(run: TrainingRun) -> str:
    """What to say when nothing seems to be working on the run; empty where all is well."""
    now = timezone.now()
    if run.status == TrainingRun.Status.QUEUED and now - run.created_at > NOT_PICKED_UP_AFTER:
        return _("Nothing has picked this run up yet: no worker is free, or none is running.")
    if run.status == TrainingRun.Status.RUNNING and run.heartbeat_at and now - run.heartbeat_at > SILENT_AFTER:
        return _("Its worker has given no sign of life for %(time)s. Another worker will take the run up again.") % {
            "time": clock(now - run.heartbeat_at)
        }
    return ""


def duration(run: TrainingRun) -> str:
    """How long the run has been or was at work, such as 1:05; a dash before it began."""
    if run.started_at is None:
        return "–"
    return clock((run.finished_at or timezone.now()) - run.started_at)


def time_left(run: TrainingRun) -> str:
    """As long as the rest takes if it goes on as until now; empty before that can be told, and after the end."""
    if run.status != TrainingRun.Status.RUNNING or run.started_at is None or run.progress < SAYS_SOMETHING:
        return ""
    return clock((timezone.now() - run.started_at) * (1 - run.progress) / run.progress)


def clock(span: timedelta) -> str:
    seconds = max(0, round(span.total_seconds()))
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
