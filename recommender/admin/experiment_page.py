"""What the page of one experiment shows: all of it was counted by a worker; the page reads a handful of rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from ..jobs.experiments import ERROR
from ..models import Allocation, Arm, Experiment, RevenueHour
from .experiment_words import GUARDRAILS, STATUS_LABELS, metric_name, row_words, serves
from .names import placement_name

WIDTH, HEIGHT = 320, 120
ALLOCATIONS = 200  # the newest are drawn
ROWS = 12
#: How lines of a chart are told apart without colour.
DASHES = ("", "6 3", "2 3", "10 3 2 3", "1 4", "12 2")

ENOUGH = 0.9  # of the planned persons, under which the page warns
A_DAY = timedelta(days=1)


def experiment_context(experiment: Experiment, *, may_change: bool) -> dict[str, Any]:
    arms = list(experiment.arms.select_related("artifact").order_by("number"))
    results = experiment.results or {}
    running = experiment.status == Experiment.Status.RUNNING
    mismatch = bool(results.get("split", {}).get("mismatch"))
    currency = _currency(experiment)
    return {
        "experiment": experiment,
        "status_type": STATUS_LABELS[experiment.status],
        "place": placement_name(experiment.storefront, experiment.placement),
        "primary": metric_name(experiment.primary_metric),
        "ramp": f"{experiment.ramp:.0%}",
        "effect": f"{experiment.minimum_effect:.0%}",
        "arms": _arms(arms, results),
        "rows": [row_words(row, arms, experiment, currency) for row in results.get("rows", [])],
        "guardrails": _guardrails(results, arms),
        "by_segment": _by_segment(results, arms, experiment, currency),
        "mismatch": mismatch,
        "split": _split(results, arms),
        "progress": _progress(experiment, results),
        "is_early": running and experiment.method == "fixed" and _is_early(experiment),
        "may_start": may_change and experiment.status == Experiment.Status.DRAFT,
        "may_count": may_change and running,
        "may_widen": may_change and running and experiment.ramp < 1,
        "may_decide": may_change and running and not mismatch,
        "may_stop": may_change and running and mismatch,
        "bandit": _bandit(experiment, arms) if experiment.is_bandit else None,
        "cuped": results.get("with_past", 0),
    }


def _currency(experiment: Experiment) -> str:
    """Of all that was ever sold here; empty where there are several, whose sum is no amount of any."""
    found = RevenueHour.objects.filter(storefront=experiment.storefront_id).order_by()
    currencies = list(found.values_list("currency", flat=True).distinct()[:2])
    return currencies[0] if len(currencies) == 1 else ""


def share_table(experiment: Experiment) -> tuple[list[str], Iterator[list[Any]]]:
    """Every allocation of a bandit, oldest first, as columns and rows of a file."""
    names = list(experiment.arms.order_by("number").values_list("name", flat=True))
    heads = [_("When")]
    for name in names:
        heads += [_("%(arm)s, share") % {"arm": name}, _("%(arm)s, best") % {"arm": name}]
    found = Allocation.objects.filter(experiment=experiment).order_by("at", "id").iterator(chunk_size=1000)
    rows = (
        [row.at.isoformat(), *(part for pair in zip(row.shares, row.best, strict=True) for part in pair), row.regret]
        for row in found
    )
    return [*heads, _("Regret")], rows


def _arms(arms: Sequence[Arm], results: dict[str, Any]) -> list[dict[str, Any]]:
    best = results.get("best", [])
    return [
        {
            "name": arm.name,
            "baseline": arm.number == 0,
            "serves": serves(arm),
            "share": f"{arm.share:.1%}",
            "persons": _at(results, "persons", arm.number),
            "lists": _at(results, "lists", arm.number),
            "seen": _at(results, "seen", arm.number),
            "best": f"{best[arm.number]:.1%}" if arm.number < len(best) else "–",
        }
        for arm in arms
    ]


def _at(results: dict[str, Any], name: str, number: int) -> str:
    values = results.get(name, [])
    return f"{values[number]:,}" if number < len(values) else "–"


def _guardrails(results: dict[str, Any], arms: Sequence[Arm]) -> list[dict[str, Any]]:
    return [
        {
            "metric": metric_name(one["metric"]),
            "arm": arms[one["arm"]].name,
            "worse_by": f"{one['worse_by']:.0%}",
            "label": GUARDRAILS[one["said"]][0],
            "said": GUARDRAILS[one["said"]][1],
        }
        for one in results.get("guardrails", [])
    ]


def _by_segment(results: dict[str, Any], arms: Sequence[Arm], experiment: Experiment, currency: str) -> dict[str, Any]:
    """The primary metric first, then the others, each with a row a segment and variant."""
    kept = results.get("segments", {})
    metrics: dict[str, list[dict[str, Any]]] = {}
    for row in kept.get("rows", []):
        words = {"segment": row["segment"], "persons": [f"{n:,}" for n in row["persons"]]}
        metrics.setdefault(row["metric"], []).append(words | row_words(row, list(arms), experiment, currency))
    ordered = sorted(metrics, key=lambda slug: slug != experiment.primary_metric)
    count = kept.get("count", 0)
    return {
        "count": count,
        "level": f"{1 - ERROR / count:.2%}" if count else "",
        "metrics": [
            {"name": metric_name(slug), "rows": metrics[slug], "open": not at} for at, slug in enumerate(ordered)
        ],
    }


def _split(results: dict[str, Any], arms: Sequence[Arm]) -> dict[str, Any]:
    found = results.get("split", {})
    if not found:
        return {}
    return {
        "p": "< 0.0001" if found["p"] < 0.0001 else f"{found['p']:.4f}",
        "arms": [
            {"name": arm.name, "persons": _at(results, "persons", arm.number), "expected": f"{expected:,.0f}"}
            for arm, expected in zip(arms, found["expected"], strict=True)
        ],
    }


def _progress(experiment: Experiment, results: dict[str, Any]) -> dict[str, Any]:
    persons = sum(results.get("persons", []))
    planned = experiment.planned_persons
    share = min(1.0, persons / planned) if planned else 0.0
    expected = _expected(experiment, persons)
    return {
        "persons": f"{persons:,}",
        "planned": f"{planned:,}",
        "percent": round(100 * share),
        "expected": f"{expected:,}" if expected is not None and expected < ENOUGH * planned else "",
    }


def _expected(experiment: Experiment, persons: int) -> int | None:
    """How many persons there will be at the planned end, if they come as until now; None while nobody can tell."""
    start, end = experiment.started_at, experiment.planned_end
    if experiment.status != Experiment.Status.RUNNING or start is None or end is None:
        return None
    gone = timezone.now() - start
    if gone < A_DAY or timezone.now() >= end:
        return None
    return round(persons * ((end - start) / gone))


def _is_early(experiment: Experiment) -> bool:
    return experiment.planned_end is not None and timezone.now() < experiment.planned_end


def _bandit(experiment: Experiment, arms: Sequence[Arm]) -> dict[str, Any]:
    """Shares over time as a line an arm, and the same as rows."""
    newest = list(Allocation.objects.filter(experiment=experiment).order_by("-at", "-id")[:ALLOCATIONS])[::-1]
    if not newest:
        return {"lines": [], "rows": [], "regret": ""}
    last = max(1, len(newest) - 1)
    lines = [
        {
            "name": arm.name,
            "dash": DASHES[arm.number % len(DASHES)],
            "points": " ".join(
                f"{round(place / last * WIDTH, 1)},{round((1 - row.shares[arm.number]) * HEIGHT, 1)}"
                for place, row in enumerate(newest)
            ),
            "share": f"{newest[-1].shares[arm.number]:.0%}",
            "best": f"{newest[-1].best[arm.number]:.1%}",
        }
        for arm in arms
    ]
    step = max(1, len(newest) // ROWS)
    chosen = [*newest[:-1][::step], newest[-1]]
    said = "; ".join(f"{line['name']} {line['share']}" for line in lines)
    return {
        "lines": lines,
        "from": newest[0].at,
        "until": newest[-1].at,
        "summary": _("Share of persons over time. Now: %(said)s.") % {"said": said},
        "regret": f"{newest[-1].regret:,.1f}",
        "names": [arm.name for arm in arms],
        "rows": [
            {
                "at": row.at,
                "cells": [
                    {"share": f"{share:.1%}", "best": f"{best:.1%}"}
                    for share, best in zip(row.shares, row.best, strict=True)
                ],
                "regret": f"{row.regret:,.1f}",
            }
            for row in chosen
        ],
    }
