"""Deployments: what is live, what was, and the way back."""

from __future__ import annotations

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold import widgets
from unfold.contrib.filters.admin import BooleanRadioFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.admin.access import ReadOnlyAdmin, confirmation, in_words, object_or_404, scoped
from catalog.admin.filters import StorefrontFilter

from ..models import Deployment, Standby
from ..services import ServiceError, deployment_rollback
from ..services.promoting import standby_end
from .names import Calling, Named, artifact_name, called, deployment_name, placement_name
from .placements import PlacementsView
from .registry import RegistryView


class RollbackForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        widget=widgets.UnfoldAdminTextInputWidget(),
        help_text=gettext_lazy("For whoever reads the history in a year."),
    )


@admin.register(Deployment)
class DeploymentAdmin(Calling, ReadOnlyAdmin):
    empty_words = gettext_lazy(
        "Nothing is live yet: lists are made of what is popular or new. A row appears here when a trained model "
        "is activated, and stays as history when another takes its place."
    )
    list_display = ("artifact_shown", "storefront", "place", "state", "activated_at", "by", "reason")
    list_filter = (StorefrontFilter, ("active", BooleanRadioFilter))
    list_select_related = ("artifact", "storefront", "activated_by")
    search_fields = ("reason", "placement", "artifact__algorithm", "activated_by__username")
    list_per_page = 50
    actions_detail = ("rollback",)
    fields = ("artifact_link", "storefront", "place", "state_words", "activated_at", "by", "reason", "before")

    def get_urls(self) -> list:
        guarded = self.admin_site.admin_view
        end = guarded(require_POST(self.standby_end_view))
        return [
            path("placements/", guarded(self.placements_view), name="recommender_deployment_placements"),
            path("registry/", guarded(self.registry_view), name="recommender_deployment_registry"),
            path("standby/<int:standby_id>/end/", end, name="recommender_deployment_standby_end"),
            *super().get_urls(),
        ]

    def placements_view(self, request: HttpRequest) -> HttpResponse:
        return PlacementsView.as_view(model_admin=self)(request)

    def registry_view(self, request: HttpRequest) -> HttpResponse:
        return RegistryView.as_view(model_admin=self)(request)

    def standby_end_view(self, request: HttpRequest, standby_id: int) -> HttpResponse:
        if not request.user.has_perm("recommender.change_standby"):
            return HttpResponse(_("You may not end what stands by."), status=403)
        rows = scoped(request, Standby.objects.select_related("storefront", "artifact"), "recommender.change_standby")
        standby = get_object_or_404(rows, pk=standby_id)
        try:
            standby_end(standby=standby, by=request.user)
        except ServiceError as error:
            messages.warning(request, str(error))
        page = reverse("admin:recommender_deployment_registry")
        return redirect(f"{page}?storefront={standby.storefront.slug}")

    def name_of(self, row: Deployment) -> str:
        return deployment_name(row)

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context=None) -> HttpResponse:
        deployment = self.get_object(request, object_id)
        extra = called(deployment, deployment_name(deployment)) if deployment else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **extra})

    def has_rollback_permission(self, request: HttpRequest, obj: Deployment | None = None) -> bool:
        return self.permits(request, "recommender.add_deployment", obj)

    def get_actions_detail(self, request: HttpRequest, object_id: str) -> list:
        """No button on a page where it could do nothing."""
        deployment = self.get_object(request, object_id)
        useful = deployment is not None and deployment.active and deployment.previous_id is not None
        return super().get_actions_detail(request, object_id) if useful else []

    @action(
        description=gettext_lazy("Roll back"),
        url_path="rollback",
        permissions=["rollback"],
        icon="undo",
        variant=ActionVariant.DANGER,
    )
    def rollback(self, request: HttpRequest, object_id: str) -> HttpResponse:
        deployment = object_or_404(self, request, object_id)
        page = reverse("admin:recommender_deployment_change", args=[deployment.pk])
        if not deployment.active or deployment.previous is None:
            messages.warning(request, _("Only what is live, and has something before it, can be rolled back."))
            return redirect(page)
        form = RollbackForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                restored = deployment_rollback(
                    storefront=deployment.storefront,
                    placement=deployment.placement,
                    by=request.user,
                    reason=form.cleaned_data["reason"],
                )
            except ServiceError as error:
                form.add_error(None, str(error))
            else:
                self.log_change(request, deployment, _("Rolled back: %(reason)s") % form.cleaned_data)
                messages.success(
                    request, _("%(artifact)s is live again.") % {"artifact": artifact_name(restored.artifact)}
                )
                return redirect(reverse("admin:recommender_deployment_change", args=[restored.pk]))
        return confirmation(
            self,
            request,
            Named(deployment, deployment_name(deployment)),
            title=_("Go back to %(artifact)s?") % {"artifact": artifact_name(deployment.previous.artifact)},
            explanation=_("%(artifact)s stops serving %(storefront)s within a second.")
            % {"artifact": artifact_name(deployment.artifact), "storefront": deployment.storefront},
            button=_("Roll back"),
            form=form,
            danger=True,
        )

    @display(description=gettext_lazy("artifact"), ordering="artifact")
    def artifact_shown(self, deployment: Deployment) -> str:
        return artifact_name(deployment.artifact)

    @display(description=gettext_lazy("artifact"))
    def artifact_link(self, deployment: Deployment) -> SafeString:
        page = reverse("admin:recommender_artifact_change", args=[deployment.artifact_id])
        return format_html('<a class="rx-link" href="{}">{}</a>', page, artifact_name(deployment.artifact))

    @display(description=gettext_lazy("placement"), ordering="placement")
    def place(self, deployment: Deployment) -> str:
        return placement_name(deployment.storefront, deployment.placement) if deployment.placement else _("every other")

    @display(description=gettext_lazy("state"), label={"live": "success", "past": ""}, ordering="active")
    def state(self, deployment: Deployment) -> tuple[str, str]:
        return ("live", _("live")) if deployment.active else ("past", _("past"))

    state_words = in_words(state)

    @display(description=gettext_lazy("by"))
    def by(self, deployment: Deployment) -> str:
        return str(deployment.activated_by or "–")

    @display(description=gettext_lazy("before it"))
    def before(self, deployment: Deployment) -> str:
        return artifact_name(deployment.previous.artifact) if deployment.previous else _("nothing")
