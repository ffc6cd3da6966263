"""Which interest model and which keyword writer is live on each storefront, what was, and the way back."""

from __future__ import annotations

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import BooleanRadioFilter, ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.admin.access import confirmation, object_or_404
from catalog.admin.filters import StorefrontFilter
from catalog.admin.named import Named

from ..models import Artifact, LanguageDeployment
from ..services import ServiceError, keywords_request, language_rollback
from .deployed import DeployedAdmin, RollbackForm
from .figures import headline_of
from .manifest import DASH
from .names import artifact_name, deployment_name


@admin.register(LanguageDeployment)
class LanguageDeploymentAdmin(DeployedAdmin):
    empty_words = gettext_lazy(
        "No language model is live beside the text encoder. A row appears when one that was taught is activated."
    )
    list_display = ("artifact_shown", "product", "storefront", "state", "quality", "activated_at", "by", "reason_shown")
    list_filter = (StorefrontFilter, ("product", ChoicesDropdownFilter), ("active", BooleanRadioFilter))
    search_fields = ("reason", "artifact__algorithm", "storefront__name", "activated_by__username")
    actions_detail = ("write_keywords", "rollback")
    fields = (
        "artifact_link",
        "product",
        "storefront",
        "state_words",
        "quality",
        "activated_at",
        "by",
        "reason_shown",
        "before",
    )

    def get_actions_detail(self, request: HttpRequest, object_id: str) -> list:
        """No button on a page where it could do nothing."""
        deployment = self.get_object(request, object_id)
        if deployment is None or not deployment.active:
            return []
        found = super().get_actions_detail(request, object_id)
        writes = deployment.product == Artifact.Product.KEYWORDS
        return [one for one in found if writes or not one.action_name.endswith("write_keywords")]

    def has_write_permission(self, request: HttpRequest, obj: LanguageDeployment | None = None) -> bool:
        return self.permits(request, "recommender.add_trainingrun", obj)

    @action(
        description=gettext_lazy("Write keywords"),
        url_path="write-keywords",
        permissions=["write"],
        icon="edit_note",
        variant=ActionVariant.PRIMARY,
    )
    def write_keywords(self, request: HttpRequest, object_id: str) -> HttpResponse:
        deployment = object_or_404(self, request, object_id)
        if request.method == "POST":
            try:
                run = keywords_request(
                    storefront=deployment.storefront, artifact=deployment.artifact, created_by=request.user
                )
            except ServiceError as error:
                messages.error(request, str(error))
            else:
                return redirect(reverse("admin:recommender_trainingrun_change", args=[run.pk]))
        return confirmation(
            self,
            request,
            Named(deployment, deployment_name(deployment)),
            title=_("Write the keywords of persons?"),
            explanation=_(
                "A worker reads everybody of %(storefront)s who did something since their keywords were written, and "
                "allows personalisation."
            )
            % {"storefront": deployment.storefront},
            button=_("Write keywords"),
        )

    @action(
        description=gettext_lazy("Roll back"),
        url_path="rollback",
        permissions=["rollback"],
        icon="undo",
        variant=ActionVariant.DANGER,
    )
    def rollback(self, request: HttpRequest, object_id: str) -> HttpResponse:
        deployment = object_or_404(self, request, object_id)
        page = reverse("admin:recommender_languagedeployment_changelist")
        if not deployment.active:
            messages.warning(request, _("Only what is live can be rolled back."))
            return redirect(page)
        form = RollbackForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                language_rollback(
                    storefront=deployment.storefront,
                    product=deployment.product,
                    by=request.user,
                    reason=form.cleaned_data["reason"],
                )
            except ServiceError as error:
                form.add_error(None, str(error))
            else:
                self.log_change(request, deployment, _("Rolled back: %(reason)s") % form.cleaned_data)
                messages.success(request, _("Rolled back."))
                return redirect(page)
        before = deployment.previous
        said = {"artifact": artifact_name(deployment.artifact), "storefront": deployment.storefront}
        return confirmation(
            self,
            request,
            Named(deployment, deployment_name(deployment)),
            title=_("Go back to %(artifact)s?") % {"artifact": artifact_name(before.artifact)}
            if before
            else _("Take %(artifact)s off?") % said,
            explanation=_("%(artifact)s stops serving %(storefront)s within a second.") % said
            if before
            else _("%(artifact)s stops serving %(storefront)s within a second; there was none before it.") % said,
            button=_("Roll back") if before else _("Take off"),
            form=form,
            danger=True,
        )

    @display(description=gettext_lazy("how good"))
    def quality(self, deployment: LanguageDeployment) -> str:
        return headline_of(deployment.artifact) or DASH
