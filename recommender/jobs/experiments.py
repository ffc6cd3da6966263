"""What workers make of experiments: their tables, a bandit's next shares, and the report of an exploration slot."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import transaction
from django.utils import timezone

from catalog.models import Item

from ..evaluation import item_sets
from ..evaluation.bandit import thompson
from ..evaluation.experiments import Row, analysed, chances_of, guarded, trials_of
from ..evaluation.off_policy import OffPolicy, off_policy
from ..evaluation.sample_ratio import sample_ratio
from ..models import Allocation, Arm, Experiment, Exploration, Segment
from ..selectors.outcomes import Outcomes, SlotLists, outcomes_of, slot_lists
from ..services.metrics import CTR, MEASURES, moments_of, persons_of

#: Lists of a slot that its report looks back at.
REPORT_DAYS = 30
#: Of an experiment's table; more would each be told too little of.
SEGMENTS = 20
#: That all intervals of a metric, one a segment, hold together but for so much.
ERROR = 0.05


def experiments_measure(*, storefront_id: int | None = None, now: datetime | None = None) -> int:
    """Bring the tables of all running experiments and slots up to date, then move the bandits. Returns how many."""
    scope = {"storefront_id": storefront_id} if storefront_id is not None else {}
    running = Experiment.objects.filter(status=Experiment.Status.RUNNING, **scope).select_related("storefront")
    for experiment in running:
        outcomes = experiment_measure(experiment, now=now)
        if experiment.is_bandit:
            shares_move(experiment, outcomes, now=now)
    slots = Exploration.objects.filter(active=True, **scope).select_related("storefront")
    for slot in slots:
        slot_report(slot, now=now)
    return len(running) + len(slots)


def experiment_measure(experiment: Experiment, *, now: datetime | None = None) -> Outcomes:
    """Write down what came of its lists so far."""
    outcomes = outcomes_of(experiment)
    arms = list(experiment.arms.order_by("number"))
    rows, best = [], []
    for slug, measure in MEASURES.items():
        moments = moments_of(outcomes, measure, len(arms))
        if len(arms) < 2 or not any(arm.numerator for arm in moments):
            continue
        planned = max(experiment.planned_persons, 1)
        rows += [_row_kept(row) for row in analysed(moments, measure.metric, method=experiment.method, planned=planned)]
        if slug == experiment.primary_metric:
            best = chances_of(moments, measure.metric).tolist()
    persons = persons_of(outcomes, len(arms))
    experiment.results = {
        "rows": rows,
        "persons": persons,
        "lists": _by_arm(outcomes, "lists", len(arms)),
        "seen": _by_arm(outcomes, "seen", len(arms)),
        "with_past": int((outcomes.before > 0).sum()),
        "best": best,
        "split": _split(experiment, arms, persons),
        "guardrails": _guardrails(experiment, outcomes, len(arms)),
        "segments": _by_segment(experiment, outcomes, len(arms)),
    }
    experiment.measured_at = now or timezone.now()
    experiment.save(update_fields=["results", "measured_at"])
    return outcomes


def shares_move(experiment: Experiment, outcomes: Outcomes, *, now: datetime | None = None) -> Allocation | None:
    """A bandit's next shares, by Thompson sampling on lists that were clicked; None before anybody saw one."""
    arms = list(experiment.arms.order_by("number"))
    successes, trials = trials_of(moments_of(outcomes, MEASURES[CTR], len(arms)))
    if not any(trials):
        return None
    found = thompson(successes, trials)
    with transaction.atomic():
        # Somebody may have stopped it meanwhile: then its shares stay as they were.
        if not Experiment.objects.select_for_update().filter(pk=experiment.pk, status="running").exists():
            return None
        for arm, share in zip(arms, found.shares, strict=True):
            arm.share = float(share)
        Arm.objects.bulk_update(arms, ["share"])
        return Allocation.objects.create(
            experiment=experiment,
            shares=np.round(found.shares, 4).tolist(),
            best=np.round(found.best, 4).tolist(),
            regret=round(found.regret, 2),
            at=now or timezone.now(),
        )


def slot_report(slot: Exploration, *, now: datetime | None = None) -> dict[str, Any]:
    """Estimates for policies that did not serve, beside what those that did really earned."""
    now = now or timezone.now()
    lists = slot_lists(slot, now - timedelta(days=REPORT_DAYS))
    policies = {
        "model": (lists.shown == lists.model).astype(float),
        "chance": np.array([1 / len(pool) for pool in lists.pools]),
        "newest": _newest(slot, lists),
    }
    slot.report = {
        "lists": len(lists.clicked),
        "explored": int((lists.shown != lists.model).sum()),
        "items": len(set(lists.shown.tolist())),
        "online": _mean(lists.clicked, lists.persons),
        "online_model": _mean(lists.clicked[lists.shown == lists.model], lists.persons[lists.shown == lists.model]),
        "policies": {
            slug: _kept(off_policy(lists.clicked, lists.propensities, targets, lists.persons))
            for slug, targets in policies.items()
            if len(lists.clicked)
        },
    }
    slot.measured_at = now
    slot.save(update_fields=["report", "measured_at"])
    return slot.report


def _newest(slot: Exploration, lists: SlotLists) -> np.ndarray:
    """(n,) the chance that a policy which always takes the newest of the pool would have shown what was shown."""
    wanted = sorted({pk for pool in lists.pools for pk in pool})
    published: dict[int, datetime] = {}
    for start in range(0, len(wanted), 500):
        rows = Item.objects.filter(storefront_id=slot.storefront_id, pk__in=wanted[start : start + 500])
        published.update(rows.values_list("pk", "published_at"))
    oldest = datetime.min.replace(tzinfo=timezone.get_current_timezone())
    newest = [max(pool, key=lambda pk: (published.get(pk) or oldest, pk)) for pool in lists.pools]
    return np.array([float(a == b) for a, b in zip(newest, lists.shown.tolist(), strict=True)])


def _mean(rewards: np.ndarray, persons: np.ndarray) -> dict[str, Any]:
    """The mean that was really earned, with its interval over persons."""
    ones = np.ones(len(rewards))
    found = off_policy(rewards, ones, ones, persons) if len(rewards) else None
    if found is None:
        return {"n": 0}
    return {"n": found.n, "value": found.snips, "low": _finite(found.snips_low), "high": _finite(found.snips_high)}


def _kept(found: OffPolicy) -> dict[str, Any]:
    names = ("ips", "ips_low", "ips_high", "snips", "snips_low", "snips_high", "effective")
    return {"n": found.n, **{name: _finite(getattr(found, name)) for name in names}}


def _row_kept(row: Row) -> dict[str, Any]:
    said = row.contrast
    return {
        "metric": row.metric,
        "arm": row.arm,
        "baseline": row.baseline.value,
        "variant": row.variant.value,
        "numerators": list(row.numerators),
        "denominators": list(row.denominators),
        "persons": [row.baseline.n, row.variant.n],
        "difference": said.difference,
        "low": _finite(said.low),
        "high": _finite(said.high),
        "relative": said.relative,
        "relative_low": said.relative_low,
        "relative_high": said.relative_high,
        "p": said.p_value,
        "significant": said.significant,
        "chance": row.chance,
        "reduced": row.reduced,
    }


def _guardrails(experiment: Experiment, outcomes: Outcomes, arms: int) -> list[dict[str, Any]]:
    found = []
    for slug, worse_by in experiment.guardrails:
        measure = MEASURES[slug]
        moments = moments_of(outcomes, measure, arms)
        for row in analysed(moments, measure.metric, method=experiment.method, planned=experiment.planned_persons):
            said = guarded(row, worse_by, measure.metric.better)
            found.append({"metric": slug, "arm": row.arm, "worse_by": worse_by, "said": said})
    return found


def _by_segment(experiment: Experiment, outcomes: Outcomes, arms: int) -> dict[str, Any]:
    """Each metric among the members of each segment in use, as these were counted last.

    Whoever looks at many segments finds something in one of them by chance: the error of each metric is shared among
    the segments (Bonferroni), and within one among the variants.
    """
    counted = Segment.objects.filter(storefront=experiment.storefront, active=True, counted_at__isnull=False)
    segments = list(counted.order_by("slug").only("slug", "name", "members")[:SEGMENTS])
    planned, found = max(experiment.planned_persons, 1), []
    for segment in segments if arms > 1 else ():
        own = outcomes.among(item_sets.unpack(segment.members))
        for measure in MEASURES.values():
            moments = moments_of(own, measure, arms)
            if not any(arm.numerator for arm in moments):
                continue
            level = 1 - ERROR / len(segments)
            rows = analysed(moments, measure.metric, method=experiment.method, planned=planned, level=level)
            found += [{"segment": segment.name, **_row_kept(row)} for row in rows]
    return {"count": len(segments), "rows": found}


def _split(experiment: Experiment, arms: Sequence[Arm], persons: Sequence[int]) -> dict[str, Any]:
    """A bandit moves its shares, so that there is no split that its counts could be held against."""
    if experiment.is_bandit or len(arms) < 2:
        return {}
    found = sample_ratio(persons, [arm.share for arm in arms])
    return {"expected": list(found.expected), "p": found.p_value, "mismatch": found.mismatch}


def _by_arm(outcomes: Outcomes, name: str, arms: int) -> list[int]:
    return np.bincount(outcomes.arms, weights=outcomes.sums[name], minlength=arms).astype(int).tolist()


def _finite(value: float) -> float | None:
    """JSON knows no infinity."""
    return float(value) if np.isfinite(value) else None
