"""Every URL of the platform."""

from django.contrib import admin
from django.urls import include, path

from recommender.api.widgets import shelf

handler404 = "recommender.storefront.missing.not_found"
urlpatterns = [
    path("admin/two-factor/", include("behaviour.admin.two_factor")),
    path("admin/", admin.site.urls),
    path("api/v1/", include("config.api_urls")),
    path("gorse/<slug:storefront>/api/", include("recommender.gorse.urls")),
    path("widgets/shelf.js", shelf, name="widget-shelf"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("recommender.storefront.urls")),
]
