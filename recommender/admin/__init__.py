"""The operators' pages of training and serving, one model family a file. Django imports this when it is ready."""

from django.contrib import admin

from behaviour.admin.served_lists import served_lists_from
from catalog.admin.verticals import vertical_names_from

from . import (
    alert_rules,
    alerts,
    artifacts,
    audit,
    clock,
    deployments,
    experiments,
    explorations,
    failures,
    language,
    language_deployments,
    media,
    panels,
    recommendations,
    rules,
    runs,
    schedules,
    segments,
    ties,
    written,
)
from .names import vertical_name

admin.site.empty_value_display = "–"
admin.site.index_template = "admin/recommender/home.html"
vertical_names_from(vertical_name)
served_lists_from(recommendations.list_found)

__all__ = [
    "alert_rules",
    "alerts",
    "artifacts",
    "audit",
    "clock",
    "deployments",
    "experiments",
    "explorations",
    "failures",
    "language",
    "language_deployments",
    "media",
    "panels",
    "recommendations",
    "rules",
    "runs",
    "schedules",
    "segments",
    "ties",
    "written",
]
