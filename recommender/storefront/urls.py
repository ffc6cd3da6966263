"""The pages that visitors see."""

from django.urls import path

from . import accounts, acts, how, impressions, privacy, reasons, saving, searching, topics, views, welcome

app_name = "storefront"
urlpatterns = [
    path("", views.storefronts, name="storefronts"),
    path("look/", acts.look, name="look"),
    path("s/<slug:slug>/", views.home, name="home"),
    path("s/<slug:slug>/search/", searching.search, name="search"),
    path("s/<slug:slug>/shelves/", views.shelves, name="shelves"),
    path("s/<slug:slug>/feed/", views.feed, name="feed"),
    path("s/<slug:slug>/welcome/", welcome.welcome, name="welcome"),
    path("s/<slug:slug>/welcome/preview/", welcome.preview, name="welcome_preview"),
    path("s/<slug:slug>/sign-up/", accounts.sign_up, name="sign_up"),
    path("s/<slug:slug>/sign-in/", accounts.sign_in, name="sign_in"),
    path("s/<slug:slug>/sign-out/", accounts.sign_out, name="sign_out"),
    path("s/<slug:slug>/privacy/", privacy.privacy, name="privacy"),
    path("s/<slug:slug>/privacy/personalisation/", privacy.personalisation, name="personalisation"),
    path("s/<slug:slug>/privacy/consent/", privacy.consent, name="consent"),
    path("s/<slug:slug>/privacy/signal/", privacy.signal_delete, name="signal_delete"),
    path("s/<slug:slug>/privacy/export/", privacy.export, name="export"),
    path("s/<slug:slug>/privacy/erase/", privacy.erase, name="erase"),
    path("s/<slug:slug>/how-it-works/", how.how, name="how"),
    path("s/<slug:slug>/saved/", saving.saved, name="saved"),
    path("s/<slug:slug>/hide-topic/", topics.topic_hide, name="topic_hide"),
    path("s/<slug:slug>/show-topic/", topics.topic_show, name="topic_show"),
    path("s/<slug:slug>/forget/", reasons.signal_forget, name="signal_forget"),
    path("s/<slug:slug>/seen/", impressions.seen, name="seen"),
    path("s/<slug:slug>/browse-as/", views.browse_as, name="browse_as"),
    path("s/<slug:slug>/browse-as/choose/", acts.browse_as_choose, name="browse_as_choose"),
    # Ids and categories are whatever the operator's systems call them, slashes included.
    path("s/<slug:slug>/item/<path:external_id>/", views.item, name="item"),
    path("s/<slug:slug>/act/<path:external_id>/", acts.act, name="act"),
    path("s/<slug:slug>/undo/<path:external_id>/", acts.undo, name="undo"),
    path("s/<slug:slug>/unsave/<path:external_id>/", saving.unsave, name="unsave"),
    path("s/<slug:slug>/why/<path:external_id>/", reasons.why, name="why"),
    path("s/<slug:slug>/c/<path:category>/", views.topic, name="topic"),
]
