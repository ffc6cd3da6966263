"""The pages that visitors see."""

from django.urls import path

from . import acts, asking, cart, circle, consent, groups, searching, views, watching, writing

app_name = "storefront"
urlpatterns = [
    path("", views.storefronts, name="storefronts"),
    path("look/", acts.look, name="look"),
    path("s/<slug:slug>/", views.home, name="home"),
    path("s/<slug:slug>/search/", searching.search, name="search"),
    path("s/<slug:slug>/browse-as/", views.browse_as, name="browse_as"),
    path("s/<slug:slug>/browse-as/choose/", acts.browse_as_choose, name="browse_as_choose"),
    # Where the vertical declares what they need; not found elsewhere.
    path("s/<slug:slug>/profile/", consent.profile, name="profile"),
    path("s/<slug:slug>/ask/", asking.ask, name="ask"),
    path("s/<slug:slug>/cart/", cart.show, name="cart"),
    path("s/<slug:slug>/cart/change/", cart.change, name="cart_change"),
    path("s/<slug:slug>/following/", circle.following, name="following"),
    path("s/<slug:slug>/groups/", groups.groups, name="groups"),
    path("s/<slug:slug>/groups/change/", groups.change, name="groups_change"),
    path("s/<slug:slug>/people/<path:external_id>/tie/", circle.tie, name="tie"),
    path("s/<slug:slug>/people/<path:external_id>/", circle.person, name="person"),
    path("s/<slug:slug>/watched/<path:external_id>/", watching.watched, name="watched"),
    path("s/<slug:slug>/write/<path:external_id>/", writing.write, name="write"),
    # Ids and categories are whatever the operator's systems call them, slashes included.
    path("s/<slug:slug>/item/<path:external_id>/", views.item, name="item"),
    path("s/<slug:slug>/act/<path:external_id>/", acts.act, name="act"),
    path("s/<slug:slug>/undo/<path:external_id>/", acts.undo, name="undo"),
    path("s/<slug:slug>/c/<path:category>/", views.topic, name="topic"),
]
