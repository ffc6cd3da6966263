"""The pages that visitors see."""

from django.urls import path

from . import acts, impressions, searching, views

app_name = "storefront"
urlpatterns = [
    path("", views.storefronts, name="storefronts"),
    path("look/", acts.look, name="look"),
    path("s/<slug:slug>/", views.home, name="home"),
    path("s/<slug:slug>/search/", searching.search, name="search"),
    path("s/<slug:slug>/seen/", impressions.seen, name="seen"),
    path("s/<slug:slug>/browse-as/", views.browse_as, name="browse_as"),
    path("s/<slug:slug>/browse-as/choose/", acts.browse_as_choose, name="browse_as_choose"),
    # Ids and categories are whatever the operator's systems call them, slashes included.
    path("s/<slug:slug>/item/<path:external_id>/", views.item, name="item"),
    path("s/<slug:slug>/act/<path:external_id>/", acts.act, name="act"),
    path("s/<slug:slug>/undo/<path:external_id>/", acts.undo, name="undo"),
    path("s/<slug:slug>/c/<path:category>/", views.topic, name="topic"),
]
