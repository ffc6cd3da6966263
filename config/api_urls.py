"""REST API v1: each app brings its own part."""

from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerView

from catalog.api.problems import address_unknown, problem_type

urlpatterns = [
    path("schema", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs", SpectacularSwaggerView.as_view(url_name="api-schema"), name="api-docs"),
    path("docs/reference", SpectacularRedocView.as_view(url_name="api-schema"), name="api-reference"),
    path("problems/<slug:code>", problem_type, name="api-problem"),
    # Before the catalogue's and behaviour's, whose ids may hold slashes: items/<id>/similar is no item's id.
    path("storefronts/<slug:storefront>/", include("recommender.api.urls")),
    path("storefronts/<slug:storefront>/", include("behaviour.api.urls")),
    path("storefronts/<slug:storefront>/", include("catalog.api.urls")),
    re_path("", address_unknown),
]
