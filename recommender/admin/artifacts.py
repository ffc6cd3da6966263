"""Artifacts: what a training made, how good it is, and the button that puts it live."""

from __future__ import annotations

import json

from django import forms
from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from unfold import widgets
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.admin.access import ReadOnlyAdmin, confirmation, in_words, object_or_404
from catalog.admin.filters import StorefrontFilter
from catalog.schema import say

from .. import registry
from ..models import Artifact, Deployment
from ..services import ServiceError, artifact_activate
from .manifest import DASH, data_sentence, headline, metrics_table
from .names import algorithm_name, artifact_name
from .runs import AlgorithmFilter


class ActivateForm(forms.Form):
    placement = forms.ChoiceField(
        label=gettext_lazy("Placement"), required=False, widget=widgets.UnfoldAdminSelectWidget()
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        widget=widgets.UnfoldAdminTextInputWidget(),
        help_text=gettext_lazy("For whoever reads the history in a year."),
    )

    def __init__(self, artifact: Artifact, data=None):
        super().__init__(data)
        try:
            placements = registry.vertical(artifact.storefront.vertical).placements
        except LookupError:  # its plugin is gone; the service says so
            placements = ()
        language = get_language() or "en"
        everywhere = ("", _("every placement without a model of its own"))
        self.fields["placement"].choices = [everywhere, *((p.slug, say(p.name, language)) for p in placements)]


@admin.register(Artifact)
class ArtifactAdmin(ReadOnlyAdmin):
    list_display = ("name", "storefront", "state", "quality", "run_shown", "created_at")
    list_filter = (StorefrontFilter, AlgorithmFilter)
    list_select_related = ("storefront", "run")
    search_fields = ("=id", "algorithm", "folder")
    list_per_page = 50
    actions_detail = ("activate",)
    fieldsets = (
        (None, {"fields": ("storefront", "algorithm_shown", "state_words", "run_shown", "created_at")}),
        (gettext_lazy("How good it is"), {"fields": ("metrics",)}),
        (gettext_lazy("What it learned from"), {"fields": ("data_span", "settings")}),
        (gettext_lazy("Files"), {"fields": ("folder", "files")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Artifact]:
        active = Deployment.objects.filter(artifact=OuterRef("pk"), active=True)
        return super().get_queryset(request).annotate(is_live=Exists(active))

    def has_activate_permission(self, request: HttpRequest, obj: Artifact | None = None) -> bool:
        return request.user.has_perm("recommender.add_deployment")

    @action(
        description=gettext_lazy("Activate"),
        url_path="activate",
        permissions=["activate"],
        icon="rocket_launch",
        variant=ActionVariant.PRIMARY,
    )
    def activate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        artifact = object_or_404(self, request, object_id)
        form = ActivateForm(artifact, request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                deployment = artifact_activate(artifact=artifact, by=request.user, **form.cleaned_data)
            except ServiceError as error:
                form.add_error(None, str(error))
            else:
                self.log_change(request, artifact, _("Activated: %(reason)s") % form.cleaned_data)
                messages.success(request, _("%(artifact)s is live.") % {"artifact": artifact_name(artifact)})
                return redirect(reverse("admin:recommender_deployment_change", args=[deployment.pk]))
        return confirmation(
            self,
            request,
            artifact,
            title=_("Put %(artifact)s live?") % {"artifact": artifact_name(artifact)},
            explanation=_(
                "Visitors of %(storefront)s get its recommendations within a second. "
                "What is live now stays, and one click brings it back."
            )
            % {"storefront": artifact.storefront},
            button=_("Activate"),
            form=form,
        )

    @display(description=gettext_lazy("artifact"), ordering="id")
    def name(self, artifact: Artifact) -> str:
        return artifact_name(artifact)

    @display(description=gettext_lazy("algorithm"))
    def algorithm_shown(self, artifact: Artifact) -> str:
        return algorithm_name(artifact.algorithm)

    @display(description=gettext_lazy("training run"), ordering="run")
    def run_shown(self, artifact: Artifact) -> SafeString | str:
        if artifact.run_id is None:
            return DASH
        page = reverse("admin:recommender_trainingrun_change", args=[artifact.run_id])
        return format_html('<a class="rx-link" href="{}">#{}</a>', page, artifact.run_id)

    @display(description=gettext_lazy("state"), label={"live": "success", "idle": ""})
    def state(self, artifact: Artifact) -> tuple[str, str]:
        return ("live", _("live")) if artifact.is_live else ("idle", _("not live"))

    state_words = in_words(state)

    @display(description=gettext_lazy("NDCG@10"))
    def quality(self, artifact: Artifact) -> str:
        return headline(artifact.manifest)

    @display(description=gettext_lazy("metrics"))
    def metrics(self, artifact: Artifact) -> SafeString:
        context = {"metrics": metrics_table(artifact.manifest)}
        return render_to_string("admin/recommender/metrics.html", context)

    @display(description=gettext_lazy("data"))
    def data_span(self, artifact: Artifact) -> str:
        return data_sentence(artifact.manifest)

    @display(description=gettext_lazy("settings"))
    def settings(self, artifact: Artifact) -> SafeString:
        shown = json.dumps(artifact.manifest.get("config", {}), indent=2, ensure_ascii=False)
        return format_html('<pre class="rx-log">{}</pre>', shown)

    @display(description=gettext_lazy("sha256"))
    def files(self, artifact: Artifact) -> SafeString:
        context = {"files": artifact.manifest.get("files", {})}
        return render_to_string("admin/recommender/files.html", context)
