"""The registry: what is live on every placement, what waits, what the shadow found, and the way back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from unfold import widgets
from unfold.decorators import action
from unfold.views import UnfoldModelAdminViewMixin

from catalog.admin.access import confirmation, object_or_404, storefronts_of
from catalog.admin.filters import storefront_of_list
from catalog.admin.named import Named
from catalog.models import Storefront

from .. import registry
from ..models import Artifact, Deployment, Standby
from ..services import ServiceError
from ..services.promoting import gates_check, standby_start
from ..services.shadows import shadow_report
from .manifest import data_sentence, headline
from .names import artifact_name, placement_name
from .scope import called_by_title
from .stored_words import stored_words

PAST = 10  # deployments in the history


def placement_choices(storefront: Storefront) -> list[tuple[str, str]]:
    """Every placement a model can be live on; the first is all those without one of their own."""
    try:
        placements = registry.vertical(storefront.vertical).placements
    except LookupError:  # its plugin is gone; services say so
        placements = ()
    everywhere = ("", _("every placement without a model of its own"))
    return [everywhere, *((place.slug, placement_name(storefront, place.slug)) for place in placements)]


class StandbyForm(forms.Form):
    placement = forms.ChoiceField(
        label=gettext_lazy("Placement"), required=False, widget=widgets.UnfoldAdminSelectWidget()
    )
    percent = forms.IntegerField(
        label=gettext_lazy("Lists that it mirrors, %"),
        min_value=1,
        max_value=100,
        initial=10,
        widget=widgets.UnfoldAdminIntegerFieldWidget(),
        help_text=gettext_lazy("A worker answers them a second time; nobody waits for it and nobody sees it."),
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500, widget=widgets.UnfoldAdminTextInputWidget())

    def __init__(self, artifact: Artifact, role: str, data=None):
        super().__init__(data)
        self.fields["placement"].choices = placement_choices(artifact.storefront)
        if role != Standby.Role.SHADOW:
            del self.fields["percent"]


class StandbyActions:
    """The buttons on an artifact's page that let it wait beside the champion."""

    def has_stand_by_permission(self, request: HttpRequest, obj: Artifact | None = None) -> bool:
        return self.permits(request, "recommender.add_standby", obj)

    @action(
        description=gettext_lazy("Make it the challenger"),
        url_path="challenge",
        permissions=["stand_by"],
        icon="swords",
    )
    def challenge(self, request: HttpRequest, object_id: str) -> HttpResponse:
        explanation = _("It stands beside the champion in the registry, with the gates it would have to pass.")
        title, button = _("Name %(artifact)s the challenger?"), _("Name it the challenger")
        return self._stand_by(request, object_id, Standby.Role.CHALLENGER, title, button, explanation)

    @action(
        description=gettext_lazy("Start as a shadow"),
        url_path="shadow",
        permissions=["stand_by"],
        icon="contrast",
    )
    def shadow(self, request: HttpRequest, object_id: str) -> HttpResponse:
        explanation = _("A part of the lists is answered a second time by it. Visitors see and feel nothing of that.")
        title = _("Start %(artifact)s as a shadow?")
        return self._stand_by(request, object_id, Standby.Role.SHADOW, title, _("Start"), explanation)

    def _stand_by(
        self, request: HttpRequest, object_id: str, role: str, title: str, button: str, explanation: str
    ) -> HttpResponse:
        artifact = object_or_404(self, request, object_id)
        form = StandbyForm(artifact, role, request.POST if request.method == "POST" else None)
        if form.is_valid():
            wish = form.cleaned_data
            try:
                standby_start(
                    artifact=artifact,
                    role=role,
                    placement=wish["placement"],
                    share=wish.get("percent", 0) / 100,
                    by=request.user,
                    reason=wish["reason"],
                )
            except ServiceError as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, _("%(artifact)s stands by.") % {"artifact": artifact_name(artifact)})
                page = reverse("admin:recommender_deployment_registry")
                return redirect(f"{page}?storefront={artifact.storefront.slug}")
        return confirmation(
            self,
            request,
            Named(artifact, artifact_name(artifact)),
            title=title % {"artifact": artifact_name(artifact)},
            explanation=explanation,
            button=button,
            form=form,
        )


class RegistryView(UnfoldModelAdminViewMixin, TemplateView):
    title = gettext_lazy("Registry")
    template_name = "admin/recommender/registry.html"
    permission_required = ("recommender.view_deployment", "recommender.view_artifact")
    raise_exception = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        storefront = storefront_of_list(self.request, "recommender.view_deployment")
        storefronts = storefronts_of(self.request, "recommender.view_deployment").only("slug", "name")
        tabs = [{"slug": one.slug, "name": one.name, "current": one == storefront} for one in storefronts]
        found = registry_of(storefront) if storefront else {}
        context = super().get_context_data(
            **kwargs,
            tabs=tabs,
            storefront=storefront,
            may_promote=storefront in storefronts_of(self.request, "recommender.add_deployment"),
            may_stand_by=storefront in storefronts_of(self.request, "recommender.change_standby"),
            **found,
        )
        return {**context, **called_by_title(self)}


def registry_of(storefront: Storefront) -> dict[str, Any]:
    """A panel a placement that has anything, and the latest changes. A fixed number of queries."""
    live = {
        row.placement: row
        for row in Deployment.objects.filter(storefront=storefront, active=True).select_related(
            "artifact__run", "activated_by", "previous__artifact"
        )
    }
    waiting = Standby.objects.filter(storefront=storefront, active=True).select_related("artifact__run", "created_by")
    roles: dict[tuple[str, str], Standby] = {(row.placement, row.role): row for row in waiting}
    names = dict(placement_choices(storefront))
    places = [slug for slug in names if slug in live or any(place == slug for place, _role in roles)]
    history = Deployment.objects.filter(storefront=storefront).select_related("artifact", "activated_by")[:PAST]
    return {
        "panels": [
            {
                "name": names[slug],
                "slug": slug,
                "champion": _champion(live.get(slug)),
                "inherits": not live.get(slug) and bool(live.get("")),
                "challenger": _challenger(roles.get((slug, Standby.Role.CHALLENGER)), slug),
                "shadow": _shadow(roles.get((slug, Standby.Role.SHADOW))),
            }
            for slug in places
        ],
        "history": [
            {
                "row": row,
                "name": artifact_name(row.artifact),
                "place": names.get(row.placement, row.placement),
                "by": str(row.activated_by or _("the platform")),
                "reason": stored_words(row.reason),
            }
            for row in history
        ],
    }


def _champion(row: Deployment | None) -> dict[str, Any] | None:
    if row is None:
        return None
    return {
        "row": row,
        "since": row.activated_at,
        "by": str(row.activated_by or "–"),
        "reason": stored_words(row.reason),
        "before": artifact_name(row.previous.artifact) if row.previous else "",
        **_lineage(row.artifact),
    }


def _challenger(row: Standby | None, placement: str) -> dict[str, Any] | None:
    if row is None:
        return None
    results = gates_check(row.artifact, placement)
    return {
        "row": row,
        "gates": results,
        "passed": all(one.passed for one in results),
        **_lineage(row.artifact),
    }


def _shadow(row: Standby | None) -> dict[str, Any] | None:
    if row is None:
        return None
    return {"row": row, "percent": round(100 * row.share), "report": shadow_report(row), **_lineage(row.artifact)}


def _lineage(artifact: Artifact) -> dict[str, Any]:
    return {
        "artifact": artifact,
        "name": artifact_name(artifact),
        "quality": headline(artifact.manifest),
        "data": data_sentence(artifact.manifest),
        "split": ((artifact.manifest.get("evaluation") or {}).get("split") or "")[:8],
        "seed": artifact.manifest.get("seed", ""),
    }
