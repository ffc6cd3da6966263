"""The sidebar and the environment label. `UNFOLD` in the settings names these functions."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

#: (title of the group, [(title, icon, view name and perhaps a query, permission that shows it)])
GROUPS = (
    (
        _("Overview"),
        [
            (_("Home"), "home", "index", ""),
            (
                _("Attribution"),
                "query_stats",
                "recommender_recommendation_attribution",
                "recommender.view_listhour",
            ),
            (_("Schedules"), "event_repeat", "recommender_schedule_changelist", "recommender.view_schedule"),
            (_("Alerts"), "notifications", "recommender_alert_changelist", "recommender.view_alert"),
            (
                _("Alert rules"),
                "notification_settings",
                "recommender_alertrule_changelist",
                "recommender.view_alertrule",
            ),
            (
                _("Clock"),
                "schedule",
                "django_celery_beat_periodictask_changelist",
                "django_celery_beat.change_periodictask",
            ),
            (_("System health"), "monitor_heart", "recommender_recommendation_health", "recommender.view_trainingrun"),
        ],
    ),
    (
        _("Data"),
        [
            (_("Live stream"), "stream", "recommender_recommendation_live", "behaviour.view_behaviour"),
            (_("Linter"), "rule", "recommender_recommendation_linter", "behaviour.view_behaviour"),
            (_("Storefronts"), "storefront", "catalog_storefront_changelist", "catalog.view_storefront"),
            (_("Items"), "inventory_2", "catalog_item_changelist", "catalog.view_item"),
            (_("Persons"), "group", "behaviour_person_changelist", "behaviour.view_person"),
            (_("Neighbours"), "account_tree", "recommender_itemtie_neighbours", "recommender.view_itemtie"),
            (_("Behaviours"), "touch_app", "behaviour_behaviour_changelist", "behaviour.view_behaviour"),
            (_("Segments"), "group_work", "recommender_segment_changelist", "recommender.view_segment"),
            (_("Relationships"), "hub", "behaviour_relationship_changelist", "behaviour.view_relationship"),
        ],
    ),
    (
        _("Models"),
        [
            (_("Training"), "model_training", "recommender_trainingrun_changelist", "recommender.view_trainingrun"),
            (_("Leaderboard"), "leaderboard", "recommender_artifact_leaderboard", "recommender.view_artifact"),
            (_("Registry"), "assured_workload", "recommender_deployment_registry", "recommender.view_deployment"),
            (_("Artifacts"), "deployed_code", "recommender_artifact_changelist", "recommender.view_artifact"),
        ],
    ),
    (
        _("Language"),
        [
            (_("Teach"), "school", "recommender_trainingrun_teach_any", "recommender.add_trainingrun"),
            (
                _("Language models"),
                "neurology",
                "recommender_artifact_changelist?product=language",
                "recommender.view_artifact",
            ),
            (
                _("Live language models"),
                "bolt",
                "recommender_languagedeployment_changelist",
                "recommender.view_languagedeployment",
            ),
            (_("Text encoders"), "translate", "recommender_liveencoder_changelist", "recommender.view_liveencoder"),
            (
                _("Image and sound encoders"),
                "image",
                "recommender_livemediaencoder_changelist",
                "recommender.view_livemediaencoder",
            ),
            (_("What models read"), "visibility", "recommender_liveencoder_preview", "behaviour.view_behaviour"),
            (_("Item vectors"), "scatter_plot", "recommender_itemvector_changelist", "recommender.view_itemvector"),
            (
                _("Embedding failures"),
                "error",
                "recommender_embeddingfailure_changelist",
                "recommender.view_embeddingfailure",
            ),
            (
                _("Keywords of persons"),
                "sell",
                "recommender_personkeywords_changelist",
                "recommender.view_personkeywords",
            ),
            (_("Generated texts"), "notes", "recommender_generatedtext_changelist", "recommender.view_generatedtext"),
        ],
    ),
    (
        _("Serving"),
        [
            (_("Placements"), "dashboard", "recommender_deployment_placements", "recommender.view_deployment"),
            (
                _("Inspector"),
                "frame_inspect",
                "recommender_recommendation_inspector",
                "recommender.view_recommendation",
            ),
            (_("Rules"), "rule", "recommender_operatorrule_changelist", "recommender.view_operatorrule"),
            (_("Deployments"), "rocket_launch", "recommender_deployment_changelist", "recommender.view_deployment"),
            (_("Experiments"), "science", "recommender_experiment_changelist", "recommender.view_experiment"),
            (_("Exploration"), "explore", "recommender_exploration_changelist", "recommender.view_exploration"),
            (_("Served lists"), "list_alt", "recommender_recommendation_changelist", "recommender.view_recommendation"),
        ],
    ),
    (
        _("Access"),
        [
            (_("API keys"), "key", "catalog_apikey_changelist", "catalog.view_apikey"),
            (_("Accounts"), "badge", "behaviour_account_changelist", "behaviour.view_account"),
            (_("Privacy"), "shield_person", "behaviour_privacyrequest_changelist", "behaviour.view_privacyrequest"),
            (_("Audit log"), "history", "recommender_auditentry_changelist", "recommender.view_auditentry"),
            (_("Roles"), "assignment_ind", "behaviour_membership_changelist", "behaviour.view_membership"),
            (_("Groups"), "groups", "auth_group_changelist", "auth.view_group"),
        ],
    ),
)


def sidebar(request: HttpRequest) -> list[dict]:
    """The groups with those pages that the operator may see; a group with none is left out."""
    groups = []
    for title, pages in GROUPS:
        items = [
            {"title": name, "icon": icon, "link": _link(view)}
            for name, icon, view, permission in pages
            if not permission or request.user.has_perm(permission)
        ]
        if items:
            groups.append({"title": title, "separator": True, "items": items})
    links = [item["link"] for group in groups for item in group["items"]]
    here = max(filter(lambda link: _leads(link, request), links), key=len, default="")
    for group in groups:
        for item in group["items"]:
            item["active"] = item["link"] == here
    return groups


def _leads(link: str, request: HttpRequest) -> bool:
    """Whether the page shown lies under a link: of several that do, the longest says best where one is."""
    address, _mark, query = link.partition("?")
    if address == reverse("admin:index"):
        return request.path == address
    return request.path.startswith(address) and (not query or query in request.GET.urlencode().split("&"))


def _link(view: str) -> str:
    """The address of a view of the admin; `name?query` narrows a list."""
    name, mark, query = view.partition("?")
    return reverse(f"admin:{name}") + mark + query


def environment(request: HttpRequest) -> list | None:
    """A label beside the title, so that nobody takes a trial for the real thing."""
    return [_("Development"), "warning"] if settings.DEBUG else None


def favicon(request: HttpRequest) -> str:
    return static("admin_kindred/favicon.svg")


def stylesheet(request: HttpRequest) -> str:
    return static("admin_kindred/kindred.css")
