"""What a language run measured, ready to be read: one line for a list, rows for a page, curves for the eye."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..models import Artifact

#: Task → (what it is called, the figure, the one to compare it with or nothing). The first that is there is shown.
HEADLINES: dict[str, tuple[str, str, str]] = {
    "pretrain": ("perplexity", "perplexity_after", "perplexity_before"),
    "contrastive": ("NDCG@10", "after.ndcg@10", "before.ndcg@10"),
    "interest": ("AUC", "auc", "before.auc"),
    "distil": ("cosine", "after.cosine", "before.cosine"),
    "keywords": ("recall@10", "recall@10", "popularity_recall@10"),
    "embed": ("NDCG@10", "next_item.ndcg@10", "next_item.ndcg@10_before"),
    "write-keywords": ("persons", "persons_with_keywords", ""),
}

#: Names of figures that say less than they could.
MEANINGS = {
    "ndcg": gettext_lazy("NDCG on validation of each setting as it is tried; more is better"),
    "loss": gettext_lazy("what is made smaller; only its fall matters"),
    "held_out": gettext_lazy("the same on texts that are not learned from"),
    "perplexity": gettext_lazy("between how many words it wavers; less is better"),
    "ndcg@10": gettext_lazy("the next item's place in the first 10; more is better"),
    "auc": gettext_lazy("how often a chosen item scores above another; more is better"),
    "log_loss": gettext_lazy("how wrong the stated chances are; less is better"),
    "cosine": gettext_lazy("how alike the teacher's vectors are; 1 is the same"),
    "least_cosine": gettext_lazy("the same for the worst text"),
}

#: What must be said beside the figures of a task.
NOTES = {
    "embed": gettext_lazy(
        "The persons asked may be those that the encoder learned from; held-out figures stand in its own artifact."
    ),
}

WIDTH, HEIGHT = 320, 120
ROWS = 12  # of the table beside the curves, evenly chosen
AXES = ("progress", "step", "epoch")


@dataclass(frozen=True)
class Curve:
    """One figure over the run, as a line in a box of WIDTH × HEIGHT."""

    name: str
    meaning: str
    line: str  # "x,y x,y …", y downwards
    x: str  # of its last point
    y: str
    high: str
    low: str
    summary: str


@dataclass(frozen=True)
class Drawn:
    """The curves of a run, and the same in numbers."""

    curves: list[Curve]
    names: list[str]
    rows: list[tuple[str, list[str]]]


def headline_of(artifact: Artifact) -> str:
    """Empty for a task that nobody said a headline for."""
    name, figure, other = HEADLINES.get(artifact.algorithm, ("", "", ""))
    figures = artifact.figures
    if figure not in figures:
        return ""
    said = {"name": name, "now": shown(figures[figure]), "before": shown(figures.get(other, ""))}
    if other not in figures:
        return f"{said['name']} {said['now']}"
    if other.startswith("popularity"):
        return _("%(name)s %(now)s, popularity %(before)s") % said
    return _("%(name)s %(before)s → %(now)s") % said


def figure_rows(artifact: Artifact) -> list[tuple[str, str]]:
    """(name, value) of every figure but those of the training loop, which the curves show."""
    return [(name, shown(value)) for name, value in artifact.figures.items() if not name.startswith("training.best.")]


def shown(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int):
        return f"{value:,}"
    if not isinstance(value, float):
        return str(value)
    return f"{value:,.1f}" if abs(value) >= 100 else f"{value:.4f}"


def drawn(points: Sequence[Mapping[str, float]]) -> Drawn:
    """The curves of figures over a run's progress; each entry of `points` may lack some."""
    names = list(dict.fromkeys(name for point in points for name in point if name not in AXES))
    curves = [_curve(name, [(p["progress"], p[name]) for p in points if name in p]) for name in names]
    step = max(1, len(points) // ROWS)
    chosen = [*points[:-1][::step], points[-1]] if points else []
    rows = [
        (f"{point['progress']:.0%}", [shown(point[name]) if name in point else "–" for name in names])
        for point in chosen
    ]
    return Drawn([curve for curve in curves if curve is not None], names, rows)


def curve_table(points: Sequence[Mapping[str, float]]) -> tuple[list[str], list[list[float | str]]]:
    """Every point of every curve, as columns and rows of a file; nothing where a point lacks a figure."""
    names = list(dict.fromkeys(name for point in points for name in point))
    return names, [[point.get(name, "") for name in names] for point in points]


def _curve(name: str, values: list[tuple[float, float]]) -> Curve | None:
    """None where there is nothing to draw a line between."""
    if len(values) < 2:
        return None
    low, high = min(y for _x, y in values), max(y for _x, y in values)
    span = (high - low) or 1.0
    places = [(round(x * WIDTH, 1), round((high - y) / span * HEIGHT, 1)) for x, y in values]
    said = {"name": name, "first": shown(values[0][1]), "last": shown(values[-1][1])}
    return Curve(
        name=name,
        meaning=str(MEANINGS.get(name, "")),
        line=" ".join(f"{x},{y}" for x, y in places),
        x=str(places[-1][0]),
        y=str(places[-1][1]),
        high=shown(high),
        low=shown(low),
        summary=_("%(name)s went from %(first)s to %(last)s.") % said,
    )
