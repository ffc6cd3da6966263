"""The sidebar and the environment label. `UNFOLD` in the settings names these functions."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

#: (title of the group, [(title, icon, view name, permission that shows it)])
GROUPS = (
    (_("Overview"), [(_("Home"), "home", "index", "")]),
    (
        _("Data"),
        [
            (_("Storefronts"), "storefront", "catalog_storefront_changelist", "catalog.view_storefront"),
            (_("Items"), "inventory_2", "catalog_item_changelist", "catalog.view_item"),
            (_("Persons"), "group", "behaviour_person_changelist", "behaviour.view_person"),
            (_("Behaviours"), "touch_app", "behaviour_behaviour_changelist", "behaviour.view_behaviour"),
            (_("Relationships"), "hub", "behaviour_relationship_changelist", "behaviour.view_relationship"),
        ],
    ),
    (
        _("Models"),
        [
            (_("Training"), "model_training", "recommender_trainingrun_changelist", "recommender.view_trainingrun"),
            (_("Artifacts"), "deployed_code", "recommender_artifact_changelist", "recommender.view_artifact"),
            (_("Text encoders"), "translate", "recommender_liveencoder_changelist", "recommender.view_liveencoder"),
            (_("Item vectors"), "scatter_plot", "recommender_itemvector_changelist", "recommender.view_itemvector"),
        ],
    ),
    (
        _("Serving"),
        [
            (_("Deployments"), "rocket_launch", "recommender_deployment_changelist", "recommender.view_deployment"),
            (_("Served lists"), "list_alt", "recommender_recommendation_changelist", "recommender.view_recommendation"),
        ],
    ),
    (
        _("Access"),
        [
            (_("API keys"), "key", "catalog_apikey_changelist", "catalog.view_apikey"),
            (_("Accounts"), "badge", "behaviour_account_changelist", "behaviour.view_account"),
            (_("Groups"), "groups", "auth_group_changelist", "auth.view_group"),
        ],
    ),
)


def sidebar(request: HttpRequest) -> list[dict]:
    """The groups with those pages that the operator may see; a group with none is left out."""
    groups = []
    for title, pages in GROUPS:
        items = [
            {"title": name, "icon": icon, "link": reverse(f"admin:{view}")}
            for name, icon, view, permission in pages
            if not permission or request.user.has_perm(permission)
        ]
        if items:
            groups.append({"title": title, "separator": True, "items": items})
    return groups


def environment(request: HttpRequest) -> list | None:
    """A label beside the title, so that nobody takes a trial for the real thing."""
    return [_("Development"), "warning"] if settings.DEBUG else None


def favicon(request: HttpRequest) -> str:
    return static("admin_kindred/favicon.svg")


def stylesheet(request: HttpRequest) -> str:
    return static("admin_kindred/kindred.css")
