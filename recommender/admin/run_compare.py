"""Up to four runs side by side, whole or only where they differ, with their curves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from unfold.views import UnfoldModelAdminViewMixin

from catalog.admin.access import scoped

from ..models import Artifact, TrainingRun
from .figure_words import figure_name, figure_value, taken_over, with_count
from .figures import shown
from .manifest import DASH, METRICS, data_sentence
from .names import protocol_name, run_name
from .run_curves import DASHES, curves_of
from .run_page import duration
from .scope import csv_of
from .setting_names import setting_name, settings_flat

MOST = 4


class CompareView(UnfoldModelAdminViewMixin, TemplateView):
    """`?runs=1,2,3`, and `only=1` for the rows and curves in which they differ; `csv=` is a curve as a file."""

    title = gettext_lazy("Runs side by side")
    template_name = "admin/recommender/run_compare.html"
    permission_required = "recommender.view_trainingrun"
    raise_exception = True

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        context = self.get_context_data(**kwargs)
        if wanted := request.GET.get("csv"):
            return csv_of(wanted, context["curves"])
        return self.render_to_response(context)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        asked = [one for one in self.request.GET.get("runs", "").split(",") if one.isdecimal() and len(one) < 19]
        rows = scoped(self.request, TrainingRun.objects.filter(pk__in=asked[:MOST]))
        rows = rows.select_related("storefront", "artifact", "created_by")
        found = {str(run.pk): run for run in rows.defer("log")}
        runs = [found[one] for one in dict.fromkeys(asked[:MOST]) if one in found]
        only = self.request.GET.get("only") == "1"
        groups = compared(runs, only) if len(runs) > 1 else []
        curves = curves_of(runs, [f"#{run.pk} {run_name(run)}" for run in runs]) if len(runs) > 1 else []
        return super().get_context_data(
            **kwargs,
            opts=self.model_admin.opts,
            runs=[{"run": run, "name": run_name(run), "dash": dash} for run, dash in zip(runs, DASHES, strict=False)],
            curves=[curve for curve in curves if curve.differs or not only],
            groups=groups,
            only=only,
            apart=_apart(runs),
            columns=len(runs) + 1,
            query=",".join(str(run.pk) for run in runs),
        )


def _apart(runs: list[TrainingRun]) -> bool:
    """Whether figures of ranking stand side by side that were taken on other questions."""
    measured = [run.artifact.manifest.get("evaluation") or {} for run in runs if hasattr(run, "artifact")]
    return len({(one.get("protocol"), one.get("split")) for one in measured if one}) > 1


def compared(runs: list[TrainingRun], only: bool = False) -> list[dict[str, Any]]:
    """Groups of rows (name, a text for each run with what the run is called, whether they differ)."""
    heads = [f"#{run.pk} {run_name(run)}" for run in runs]
    manifests = [run.artifact.manifest if hasattr(run, "artifact") else {} for run in runs]
    facts = [
        (_("Status"), [str(run.get_status_display()) for run in runs]),
        (_("Storefront"), [run.storefront.name for run in runs]),
        (_("What is trained"), [run_name(run) for run in runs]),
        (_("Protocol"), [protocol_name(run.protocol) for run in runs]),
        (_("Split"), [((one.get("evaluation") or {}).get("split") or DASH)[:8] for one in manifests]),
        (_("Seed"), [str(run.seed) for run in runs]),
        (_("Data"), [data_sentence(one) for one in manifests]),
        (_("Took"), [duration(run) for run in runs]),
        (_("Started by"), [str(run.created_by or DASH) for run in runs]),
    ]
    configs = [settings_flat(one.get("config") or run.config) for one, run in zip(manifests, runs, strict=True)]
    settings = [(setting_name(name), values) for name, values in _rows(configs)]
    figures = _rows([_figures(run, one) for run, one in zip(runs, manifests, strict=True)])
    groups = [(_("Run"), facts), (_("Settings"), settings), (_("Figures"), figures)]
    found = []
    for title, rows in groups:
        entries = [
            # What a run that did not end has no value for is no difference.
            {"name": name, "cells": list(zip(heads, values, strict=True)), "differs": len({*values} - {DASH}) > 1}
            for name, values in rows
        ]
        kept = [entry for entry in entries if entry["differs"] or not only]
        if kept:
            found.append({"title": title, "rows": kept})
    return found


def _figures(run: TrainingRun, manifest: Mapping[str, Any]) -> dict[str, str]:
    if run.task != TrainingRun.RANKING:
        return _language_figures(run.artifact) if manifest else {}
    metrics = ((manifest.get("evaluation") or {}).get("report") or {}).get("metrics") or {}
    figures = {name: shown(metrics[name]) for name in METRICS if name in metrics}
    if p95 := (manifest.get("serving") or {}).get("p95_ms"):
        figures["p95, ms"] = f"{p95:.1f}"
    return figures


def _language_figures(artifact: Artifact) -> dict[str, str]:
    """By what each is called: tasks that measure the same have one row, whatever they write it down as."""
    task, figures = artifact.algorithm, artifact.figures
    return {
        figure_name(task, figure): with_count(shown(figure_value(figure, value)), taken_over(task, figure, figures))
        for figure, value in figures.items()
    }


def _rows(columns: list[dict[str, str]]) -> list[tuple[str, list[str]]]:
    names = list(dict.fromkeys(name for column in columns for name in column))
    return [(name, [column.get(name, DASH) for column in columns]) for name in names]
