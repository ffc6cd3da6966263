"""What experiments are called and how their figures are read: metrics, guardrails, shares, intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.money import money

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


def row_words(row: Mapping[str, Any], arms: list[Arm], experiment: Experiment, currency: str = "") -> dict[str, Any]:
    """A kept row of the table, ready to be read. `currency`: of what is sold here, where it is one."""
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
        "baseline": value_words(row["baseline"], measure, currency),
        "baseline_counts": counts_words(row, 0, measure, currency),
        "variant": value_words(row["variant"], measure, currency),
        "variant_counts": counts_words(row, 1, measure, currency),
        "difference": difference_words(row, measure, currency),
        "interval": interval_words(row, measure, currency),
        "chance": f"{row['chance']:.1%}",
        "verdict": verdict,
        "good": verdict == _("better"),
        "reduced": f"{row['reduced']:.0%}" if row["reduced"] >= 0.005 else "",
    }


def value_words(value: float, measure: Measure, currency: str = "") -> str:
    if measure.metric.rate:
        return f"{value:.2%}"
    slug = measure.metric.slug
    if slug == "revenue" and currency:
        return money(round(value), currency)
    if slug == "dwell":
        return _("%(n)s s") % {"n": f"{value * measure.scale:,.1f}"}
    return f"{value * measure.scale:,.2f}"


def difference_words(row: Mapping[str, Any], measure: Measure, currency: str = "") -> str:
    """Relative, as its interval is; where that cannot be told, the difference itself, as its interval then is."""
    if row["relative_low"] is not None:
        return signed(row["relative"])
    return amount_words(row["difference"], measure, currency)


def amount_words(difference: float, measure: Measure, currency: str = "") -> str:
    """A difference in the metric's own unit; of shares it is points: a per cent of one is another thing."""
    sign = "−" if difference < 0 else "+"
    if measure.metric.rate:
        sign = sign if round(abs(difference) * 100, 2) else ""
        return _("%(n)s points") % {"n": f"{sign}{abs(difference) * 100:.2f}"}
    return f"{sign}{value_words(abs(difference), measure, currency)}"


def counts_words(row: Mapping[str, Any], place: int, measure: Measure, currency: str = "") -> str:
    """Money is kept in minor units and read in major ones; what is told per 1,000 is counted one by one."""
    sum_, denominator = row["numerators"][place], f"{row['denominators'][place]:,.0f}"
    if measure.metric.slug == "revenue" and currency:
        return f"{money(round(sum_), currency)} / {denominator}"
    return f"{sum_ * min(measure.scale, 1.0):,.0f} / {denominator}"


def interval_words(row: Mapping[str, Any], measure: Measure, currency: str = "") -> str:
    low, high = row["relative_low"], row["relative_high"]
    if low is not None:
        # Nothing that is measured here lies below 0, so it cannot fall by more than all of it.
        return _("%(low)s to %(high)s") % {"low": signed(max(-1.0, low)), "high": signed(high)}
    if row["low"] is None:
        return _("too little to say")
    most = 1.0 if measure.metric.rate else math.inf  # no share moves by more than a hundred points
    ends = {end: amount_words(min(most, max(-most, row[end])), measure, currency) for end in ("low", "high")}
    return _("%(low)s to %(high)s") % ends


def signed(share: float | None) -> str:
    return "–" if share is None else f"{share:+.1%}"
