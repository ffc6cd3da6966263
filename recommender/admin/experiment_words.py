"""What experiments are called and how their figures are read: metrics, guardrails, shares, intervals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..evaluation.experiments import BETTER_UP
from ..models import Arm, Experiment
from ..services.metrics import MEASURES, Measure
from .names import artifact_name

#: Slug → (name, what is divided by what).
METRICS = {
    "ctr": (gettext_lazy("Click-through rate"), gettext_lazy("lists with a click within 30 min ÷ lists seen")),
    "conversion": (gettext_lazy("Conversion"), gettext_lazy("lists with a goal within 24 h ÷ lists seen")),
    "clicks": (gettext_lazy("Clicks per person"), gettext_lazy("items opened ÷ persons")),
    "revenue": (gettext_lazy("Revenue per person"), gettext_lazy("goal events × price ÷ persons")),
    "dwell": (gettext_lazy("Dwell per click"), gettext_lazy("seconds on opened items ÷ items opened")),
    "dismissals": (gettext_lazy("Dismissals per 1,000"), gettext_lazy("items turned away ÷ items seen")),
    "fallbacks": (gettext_lazy("Fallbacks"), gettext_lazy("lists made without the model ÷ lists served")),
}
STATUS_LABELS = {"draft": "", "running": "success", "stopped": "info"}
GUARDRAILS = {
    "kept": ("success", gettext_lazy("kept")),
    "at risk": ("warning", gettext_lazy("not sure yet")),
    "broken": ("danger", gettext_lazy("broken")),
    "unknown": ("", gettext_lazy("too little to say")),
}
OPTION_WORDS = {
    "popular": gettext_lazy("what is popular, without a model"),
    "alike": gettext_lazy("at most %(value)s of a list alike"),
    "fresh": gettext_lazy("%(value)s places for new items"),
}


def metric_name(slug: str) -> str:
    return str(METRICS[slug][0]) if slug in METRICS else slug


def serves(arm: Arm) -> str:
    """What an arm serves, in words."""
    words = [artifact_name(arm.artifact)] if arm.artifact is not None else []
    for name, value in arm.options.items():
        if name == "popular" and not value:
            continue
        shown = f"{value:.0%}" if name == "alike" else value
        words.append(str(OPTION_WORDS[name]) % {"value": shown} if name in OPTION_WORDS else f"{name} {value}")
    return ", ".join(words) or _("what is live")


def row_words(row: Mapping[str, Any], arms: list[Arm], experiment: Experiment) -> dict[str, Any]:
    """A kept row of the table, ready to be read."""
    measure = MEASURES[row["metric"]]
    better = measure.metric.better == BETTER_UP
    verdict = ""
    if row["significant"]:
        verdict = _("better") if (row["difference"] > 0) is better else _("worse")
    name, meaning = METRICS[row["metric"]]
    return {
        "metric": name,
        "meaning": meaning,
        "primary": row["metric"] == experiment.primary_metric,
        "variant_name": arms[row["arm"]].name,
        "baseline": value_words(row["baseline"], measure),
        "baseline_counts": counts_words(row, 0, measure),
        "variant": value_words(row["variant"], measure),
        "variant_counts": counts_words(row, 1, measure),
        "difference": signed(row["relative"]),
        "interval": interval_words(row, measure),
        "chance": f"{row['chance']:.1%}",
        "verdict": verdict,
        "good": verdict == _("better"),
        "reduced": f"{row['reduced']:.0%}" if row["reduced"] >= 0.005 else "",
    }


def value_words(value: float, measure: Measure) -> str:
    if measure.metric.rate:
        return f"{value:.2%}"
    return f"{value * measure.scale:,.2f}"


def counts_words(row: Mapping[str, Any], place: int, measure: Measure) -> str:
    """Money is kept in minor units and read in major ones; what is told per 1,000 is counted one by one."""
    numerator = row["numerators"][place] * min(measure.scale, 1.0)
    return f"{numerator:,.0f} / {row['denominators'][place]:,.0f}"


def interval_words(row: Mapping[str, Any], measure: Measure) -> str:
    if row["relative_low"] is not None:
        return _("%(low)s to %(high)s") % {"low": signed(row["relative_low"]), "high": signed(row["relative_high"])}
    if row["low"] is None:
        return _("too little to say")
    low, high = (value_words(row[end], measure) for end in ("low", "high"))
    return _("%(low)s to %(high)s, absolute") % {"low": low, "high": high}


def signed(share: float | None) -> str:
    return "–" if share is None else f"{share:+.1%}"
