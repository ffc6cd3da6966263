"""Where the pages of figures hang: under the served lists, which they are about."""

from __future__ import annotations

from django.contrib.admin import ModelAdmin
from django.urls import URLPattern, path

from .attribution import AttributionView
from .health import HealthView
from .home import home_file
from .linter import LinterView
from .live import LiveView

PAGES = {"attribution": AttributionView, "live": LiveView, "linter": LinterView, "health": HealthView}


def figure_urls(model_admin: ModelAdmin) -> list[URLPattern]:
    site = model_admin.admin_site
    pages = [
        path(
            f"{slug}/",
            site.admin_view(view.as_view(model_admin=model_admin)),
            name=f"recommender_recommendation_{slug}",
        )
        for slug, view in PAGES.items()
    ]
    return [path("home.csv", site.admin_view(home_file), name="recommender_recommendation_home_file"), *pages]
