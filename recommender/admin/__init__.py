"""The operators' pages of training and serving, one model family a file. Django imports this when it is ready."""

from django.contrib import admin

from . import artifacts, deployments, language, recommendations, runs

admin.site.empty_value_display = "–"
admin.site.index_template = "admin/recommender/home.html"

__all__ = ["artifacts", "deployments", "language", "recommendations", "runs"]
