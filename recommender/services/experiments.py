"""The life of an experiment: planned, started, widened, and stopped with a decision that somebody wrote down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from behaviour.models import Account
from catalog.models import Storefront

from ..contracts import Vertical
from ..evaluation.intervals import METHODS
from ..evaluation.power import plan
from ..evaluation.ratios import ratio
from ..models import Arm, Artifact, Experiment
from ..selectors.outcomes import placement_past
from .answers import ServiceError, installed_vertical
from .arms import options_checked
from .audit import audit_record
from .metrics import MEASURES, moments_of
from .promoting import artifact_promote

MOST_ARMS = 6
PILOT_DAYS = 14
LONGEST_DAYS = 90  # that are planned by themselves: in a season, people and items change anyway


@dataclass(frozen=True)
class ArmWish:
    """An arm as somebody wants it. `weight` in any unit; without an artifact it serves what is live."""

    name: str
    artifact: Artifact | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    weight: float = 1.0


@dataclass(frozen=True)
class Forecast:
    """What an experiment would take: `persons` in all arms; `days` is None where nobody comes. From `lists` so far."""

    baseline: float
    per_day: float
    persons: int
    days: int | None
    lists: int


def experiment_create(
    *,
    storefront: Storefront,
    name: str,
    placement: str,
    arms: Sequence[ArmWish],
    hypothesis: str = "",
    method: str = Experiment.Method.SEQUENTIAL,
    allocation: str = Experiment.Allocation.SPLIT,
    primary_metric: str = "ctr",
    guardrails: Sequence[tuple[str, float]] = (),
    minimum_effect: float = 0.1,
    planned_days: int | None = None,
    by: Account | None = None,
) -> Experiment:
    """Write a draft down; the first of `arms` is the baseline. `guardrails`: (metric, relative loss still borne).

    Without `planned_days` the length follows from the power calculation, or is two weeks where nothing is known yet.
    Raises ServiceError for whatever cannot be served or measured.
    """
    vertical = installed_vertical(storefront)
    _check(storefront, vertical, placement, arms, method, primary_metric, guardrails, minimum_effect)
    if allocation == Experiment.Allocation.BANDIT and primary_metric != "ctr":
        raise ServiceError("Thompson sampling learns from clicks; choose the click-through rate as the primary metric.")
    forecast = experiment_forecast(
        storefront=storefront,
        placement=placement,
        arms=len(arms),
        method=method,
        primary_metric=primary_metric,
        minimum_effect=minimum_effect,
    )
    days = planned_days or min(LONGEST_DAYS, (forecast.days or LONGEST_DAYS) if forecast else PILOT_DAYS)
    total = sum(arm.weight for arm in arms)
    with transaction.atomic():
        experiment = Experiment.objects.create(
            storefront=storefront,
            name=name.strip(),
            hypothesis=hypothesis,
            placement=placement,
            method=method,
            allocation=allocation,
            primary_metric=primary_metric,
            guardrails=[[metric, worse_by] for metric, worse_by in guardrails],
            minimum_effect=minimum_effect,
            planned_persons=forecast.persons if forecast else 1000 * len(arms),
            planned_end=timezone.now() + timedelta(days=days),
            created_by=by,
        )
        Arm.objects.bulk_create(
            Arm(
                experiment=experiment,
                number=number,
                name=arm.name.strip(),
                artifact=arm.artifact,
                options=options_checked(arm.options),
                share=arm.weight / total,
            )
            for number, arm in enumerate(arms)
        )
    return experiment


def experiment_forecast(
    *,
    storefront: Storefront,
    placement: str,
    arms: int = 2,
    method: str = Experiment.Method.SEQUENTIAL,
    primary_metric: str = "ctr",
    minimum_effect: float = 0.1,
    power: float = 0.8,
    ramp: float = 1.0,
) -> Forecast | None:
    """From what the placement's lists of the last two weeks came to; None where that says nothing."""
    now = timezone.now()
    past, persons, first = placement_past(storefront, placement, now - timedelta(days=PILOT_DAYS))
    found = ratio(moments_of(past, MEASURES[primary_metric], 1)[0])
    if found.value <= 0 or found.variance <= 0:
        return None
    per_day = persons / max(1.0, (now - first).total_seconds() / 86_400)
    needed = plan(
        per_day=per_day,
        arms=arms,
        ramp=ramp,
        baseline=found.value,
        variance=found.variance * found.n,
        lift=minimum_effect,
        power=power,
        method=method,
    )
    lists = int(past.sums["seen"].sum())
    return Forecast(found.value, per_day, needed.persons * arms, needed.days, lists)


def experiment_start(
    *, experiment: Experiment, ramp: float = 1.0, by: Account | None = None, at: datetime | None = None
) -> Experiment:
    """Serve it. `ramp`: the share of persons that takes part. `at`: when, for a past that is played again.

    Raises ServiceError where another one runs on the placement, or it was started before.
    """
    _check_ramp(ramp)
    at = at or timezone.now()
    length = experiment.planned_end - experiment.created_at if experiment.planned_end else timedelta(days=PILOT_DAYS)
    try:
        with transaction.atomic():
            started = Experiment.objects.filter(pk=experiment.pk, status=Experiment.Status.DRAFT).update(
                status=Experiment.Status.RUNNING, ramp=ramp, started_at=at, planned_end=at + length
            )
            if started:
                _audit(experiment, by, "start", before={"status": "draft"}, after={"status": "running", "ramp": ramp})
    except IntegrityError:
        raise ServiceError(
            f"Another experiment is running on {experiment.placement}. Stop it first: each would be the other's noise."
        ) from None
    if not started:
        raise ServiceError("Only a draft can be started; make a new experiment to try again.")
    experiment.refresh_from_db()
    return experiment


def experiment_ramp(*, experiment: Experiment, ramp: float, by: Account | None = None) -> Experiment:
    """Let more persons take part. Raises ServiceError for fewer: who was in would be dropped in the midst of it."""
    _check_ramp(ramp)
    rows = Experiment.objects.filter(pk=experiment.pk, status=Experiment.Status.RUNNING, ramp__lte=ramp)
    with transaction.atomic():
        before = rows.select_for_update().values_list("ramp", flat=True).first()
        widened = rows.update(ramp=ramp)
        if widened:
            _audit(experiment, by, "widen", before={"ramp": before}, after={"ramp": ramp})
    experiment.refresh_from_db()
    if not widened and experiment.status != Experiment.Status.RUNNING:
        raise ServiceError("Only a running experiment can be widened.")
    if not widened:
        raise ServiceError(
            f"{experiment.ramp:.0%} take part already; the share can only grow. To have fewer, stop it and start anew."
        )
    return experiment


def experiment_stop(
    *,
    experiment: Experiment,
    decision: str,
    winner: Arm | None = None,
    promote: bool = False,
    by: Account | None = None,
    at: datetime | None = None,
) -> Experiment:
    """End it with the decision in words. `promote`: put the winner's artifact live on the placement, by its gates.

    With a sample-ratio mismatch it can be stopped, but nothing can be chosen or promoted: its figures are of two
    different crowds. Raises ServiceError.
    """
    if not decision.strip():
        raise ServiceError("Write down what was decided and why: somebody will ask in a year.")
    if winner is not None and winner.experiment_id != experiment.pk:
        raise ServiceError("The chosen arm belongs to another experiment.")
    if promote and (winner is None or winner.artifact is None):
        raise ServiceError("Only an arm with an artifact of its own can be put live.")
    with transaction.atomic():
        current = Experiment.objects.select_for_update().get(pk=experiment.pk)
        if current.status != Experiment.Status.RUNNING:
            raise ServiceError("Only a running experiment can be stopped.")
        if winner is not None and current.results.get("split", {}).get("mismatch"):
            raise ServiceError(
                "The split is broken (sample-ratio mismatch), so nothing can be concluded. Stop it without choosing an "
                "arm, find the cause, and start a new one."
            )
        now = at or timezone.now()
        Experiment.objects.filter(pk=experiment.pk).update(
            status=Experiment.Status.STOPPED,
            stopped_at=now,
            winner=winner,
            decision=decision.strip(),
            decided_by=by,
            decided_at=now,
        )
        chosen = winner.name if winner is not None else ""
        after = {"status": "stopped", "winner": chosen, "promoted": promote}
        _audit(experiment, by, "stop", before={"status": "running"}, after=after, reason=decision.strip()[:500])
        if promote:
            reason = f"{experiment.name}: {decision.strip()}"[:500]
            artifact_promote(artifact=winner.artifact, placement=experiment.placement, by=by, reason=reason)
    experiment.refresh_from_db()
    return experiment


def _check(
    storefront: Storefront,
    vertical: Vertical,
    placement: str,
    arms: Sequence[ArmWish],
    method: str,
    primary_metric: str,
    guardrails: Sequence[tuple[str, float]],
    minimum_effect: float,
) -> None:
    if placement not in {place.slug for place in vertical.placements}:
        raise ServiceError(f"{vertical.slug} has no placement {placement!r}.")
    if not 2 <= len(arms) <= MOST_ARMS:
        raise ServiceError(f"An experiment has a baseline and at least one variant, at most {MOST_ARMS} arms in all.")
    if len({arm.name.strip() for arm in arms}) < len(arms) or not all(arm.name.strip() for arm in arms):
        raise ServiceError("Every arm needs a name of its own.")
    if not all(arm.weight > 0 for arm in arms):
        raise ServiceError("Every arm needs a share above 0.")
    for arm in arms:
        options = options_checked(arm.options)
        if arm.artifact is not None and (
            arm.artifact.storefront_id != storefront.pk or arm.artifact.product != Artifact.Product.RANKING
        ):
            raise ServiceError(f"{arm.artifact} is no ranking model of {storefront}.")
        if options.get("popular") and not vertical.popularity:
            raise ServiceError(f"{vertical.slug} shows nobody what many others do; an arm cannot either.")
    ways = {(arm.artifact.pk if arm.artifact else None, *sorted(options_checked(arm.options).items())) for arm in arms}
    if len(ways) == 1 and len(arms) > 2:
        raise ServiceError("All arms serve the same. Two of the same are an A/A test; more show nothing more.")
    if method not in METHODS:
        raise ServiceError(f"No method named {method!r}; there are: {', '.join(METHODS)}.")
    for metric in (primary_metric, *(metric for metric, _worse_by in guardrails)):
        if metric not in MEASURES:
            raise ServiceError(f"No metric named {metric!r}; there are: {', '.join(MEASURES)}.")
    if not all(0 <= worse_by < 1 for _metric, worse_by in guardrails):
        raise ServiceError("A guardrail bears a relative loss from 0 to less than 1.")
    if not 0 < minimum_effect <= 5:
        raise ServiceError("The smallest effect is relative and above 0: 0.1 is a tenth more.")


def _audit(experiment: Experiment, by: Account | None, what: str, **change: Any) -> None:
    audit_record(action=what, subject=experiment, storefront=experiment.storefront, actor=by, **change)


def _check_ramp(ramp: float) -> None:
    if not 0 < ramp <= 1:
        raise ServiceError("The share that takes part lies above 0 and at most at 1.")
