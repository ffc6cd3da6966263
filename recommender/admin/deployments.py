"""Deployments: what is live, what was, and the way back."""

from __future__ import annotations

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold.contrib.filters.admin import BooleanRadioFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.admin.access import confirmation, object_or_404, scoped
from catalog.admin.filters import StorefrontFilter
from catalog.admin.named import Named

from ..models import Deployment, Standby
from ..services import ServiceError, deployment_rollback
from ..services.promoting import standby_end
from .deployed import DeployedAdmin, RollbackForm
from .names import artifact_name, deployment_name, placement_name
from .placements import PlacementsView
from .registry import RegistryView


@admin.register(Deployment)
class DeploymentAdmin(DeployedAdmin):
    empty_words = gettext_lazy(
        "Nothing is live yet: lists are made of what is popular or new. A row appears here when a trained model "
        "is activated, and stays as history when another takes its place."
    )
    list_display = ("artifact_shown", "storefront", "place", "state", "activated_at", "by", "reason_shown")
    list_filter = (StorefrontFilter, ("active", BooleanRadioFilter))
    search_fields = ("reason", "placement", "artifact__algorithm", "activated_by__username")
    actions_detail = ("rollback",)
    fields = ("artifact_link", "storefront", "place", "state_words", "activated_at", "by", "reason_shown", "before")

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

    @display(description=gettext_lazy("placement"), ordering="placement")
    def place(self, deployment: Deployment) -> str:
        if not deployment.placement:
            return _("every placement without a model of its own")
        return placement_name(deployment.storefront, deployment.placement)
