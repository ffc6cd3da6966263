"""What a language run measured, ready to be read: one line for a list, rows for a page."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..models import Artifact
from .figure_words import figure_name, figure_value, taken_over

#: Task → (what it is called, the figure, the one to compare it with or nothing). The first that is there is shown.
HEADLINES: dict[str, tuple[Any, str, str]] = {
    "pretrain": (gettext_lazy("Perplexity"), "perplexity_after", "perplexity_before"),
    "contrastive": ("NDCG@10", "after.ndcg@10", "before.ndcg@10"),
    "interest": ("AUC", "auc", "before.auc"),
    "distil": (gettext_lazy("Cosine"), "after.cosine", "before.cosine"),
    "keywords": (gettext_lazy("Recall@10"), "recall@10", "popularity_recall@10"),
    "embed": ("NDCG@10", "next_item.ndcg@10", "next_item.ndcg@10_before"),
    "write-keywords": (gettext_lazy("Persons with keywords"), "persons_with_keywords", ""),
}

#: What must be said beside the figures of a task.
NOTES = {
    "embed": gettext_lazy(
        "The persons asked may be those that the encoder learned from; held-out figures stand in its own artifact."
    ),
}


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


def figure_rows(artifact: Artifact) -> list[tuple[str, str, str]]:
    """(name, value, over how many) of every figure but those of the training loop, which the curves show."""
    task, figures = artifact.algorithm, artifact.figures
    return [
        (figure_name(task, figure), shown(figure_value(figure, value)), taken_over(task, figure, figures))
        for figure, value in figures.items()
        if not figure.startswith("training.best.")
    ]


def shown(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int):
        return f"{value:,}"
    if not isinstance(value, float):
        return str(value)
    return f"{value:,.1f}" if abs(value) >= 100 else f"{value:.4f}"
