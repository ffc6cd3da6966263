"""An artifact's manifest, ready to be read: `recommender.jobs.training` says what stands in one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .names import algorithm_name, protocol_name

HEADLINE = "ndcg@10"
DASH = "–"

#: Shown in this order where the evaluation has them; the text says in which direction better lies.
METRICS = {
    "ndcg@10": gettext_lazy("the answer's place in the first 10; more is better"),
    "recall@10": gettext_lazy("share of answers among the first 10; more is better"),
    "recall@20": gettext_lazy("share of answers among the first 20; more is better"),
    "mrr@10": gettext_lazy("one over the answer's place; more is better"),
    "map@10": gettext_lazy("mean average precision; more is better"),
    "coverage@10": gettext_lazy("share of the catalogue that anybody is shown; more is broader"),
    "novelty@10": gettext_lazy("how unknown the shown items are, in bits"),
    "diversity@10": gettext_lazy("how unlike each other the shown items are"),
    "gini@10": gettext_lazy("how unevenly items are shown; 0 is even, 1 is one item only"),
}


@dataclass(frozen=True)
class MetricRow:
    name: str
    meaning: str
    value: str
    interval: str
    baseline: str
    baseline_interval: str


@dataclass(frozen=True)
class MetricsTable:
    """One evaluation beside popularity's on the same questions."""

    rows: list[MetricRow]
    algorithm: str
    baseline: str
    protocol: str
    split: str
    questions: str
    filter_seen: bool
    verdict: str


def metrics_table(manifest: Mapping[str, Any]) -> MetricsTable | None:
    """None where the artifact was never evaluated."""
    evaluation = manifest.get("evaluation")
    if not evaluation:
        return None
    report, baseline = evaluation["report"], evaluation["baseline"]
    return MetricsTable(
        rows=[
            MetricRow(
                name,
                str(meaning),
                _figure(report["metrics"][name]),
                _interval(report["intervals"].get(name)),
                _figure(baseline["metrics"].get(name)),
                _interval(baseline["intervals"].get(name)),
            )
            for name, meaning in METRICS.items()
            if name in report["metrics"]
        ],
        algorithm=algorithm_name(report["algorithm"]),
        baseline=algorithm_name(baseline["algorithm"]),
        protocol=protocol_name(evaluation["protocol"]),
        split=evaluation["split"][:8],
        questions=f"{report['questions']:,}",
        filter_seen=report["filter_seen"],
        verdict=_("It is itself what others are compared with.")
        if report["algorithm"] == baseline["algorithm"]
        else _verdict(evaluation.get("difference"), algorithm_name(baseline["algorithm"])),
    )


def headline(manifest: Mapping[str, Any]) -> str:
    """The figure of a list: NDCG@10 with its interval."""
    report = (manifest.get("evaluation") or {}).get("report")
    if not report or HEADLINE not in report["metrics"]:
        return DASH
    return f"{_figure(report['metrics'][HEADLINE])} {_interval(report['intervals'].get(HEADLINE))}".strip()


def data_sentence(manifest: Mapping[str, Any]) -> str:
    """What a ranking algorithm, or a language model, learned from."""
    if corpus := manifest.get("corpus"):
        said = {name: f"{corpus[name]:,}" for name in ("items", "persons", "events")}
        said |= {"first": str(corpus.get("from", ""))[:10], "last": str(corpus.get("until", ""))[:10]}
        return _("%(items)s texts, and %(events)s events of %(persons)s persons, %(first)s – %(last)s") % said
    data = manifest.get("data")
    if not data:
        return DASH
    said = {name: f"{data[name]:,}" for name in ("interactions", "persons", "items")}
    if not data.get("from"):
        return _("%(interactions)s interactions of %(persons)s persons with %(items)s items") % said
    said |= {"first": data["from"][:10], "last": data["until"][:10]}
    return _("%(interactions)s interactions of %(persons)s persons with %(items)s items, %(first)s – %(last)s") % said


def _verdict(difference: Mapping[str, float] | None, baseline: str) -> str:
    if not difference:
        return ""
    said = {
        "baseline": baseline,
        "difference": f"{difference[HEADLINE]:+.4f}",
        "low": f"{difference['low']:+.4f}",
        "high": f"{difference['high']:+.4f}",
    }
    if difference["low"] > 0:
        return _("Better than %(baseline)s: NDCG@10 %(difference)s, 95%% interval %(low)s to %(high)s.") % said
    if difference["high"] < 0:
        return _("Worse than %(baseline)s: NDCG@10 %(difference)s, 95%% interval %(low)s to %(high)s.") % said
    return _("No clear difference to %(baseline)s: NDCG@10 %(difference)s, 95%% interval %(low)s to %(high)s.") % said


def _figure(value: float | None) -> str:
    return DASH if value is None else f"{value:.4f}"


def _interval(bounds: list[float] | None) -> str:
    return f"[{bounds[0]:.4f}, {bounds[1]:.4f}]" if bounds else ""
