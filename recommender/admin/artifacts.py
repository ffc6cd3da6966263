"""Artifacts: what a training made, how good it is, and the button that puts it live."""

from __future__ import annotations

from django import forms
from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold import widgets
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.admin.access import ReadOnlyAdmin, confirmation, in_words, object_or_404
from catalog.admin.filters import StorefrontFilter
from catalog.admin.named import Calling, Named, called

from ..models import Artifact, Deployment, LanguageDeployment, LiveEncoder
from ..services import ServiceError, encoder_change_request, language_activate
from ..services.leaderboard import baseline_pin
from ..services.promoting import artifact_promote, gates_check
from .figures import NOTES, figure_rows, headline_of
from .leaderboard import LeaderboardView
from .manifest import DASH, data_sentence, headline, metrics_table
from .names import algorithm_name, artifact_name
from .registry import StandbyActions, placement_choices
from .run_page import goes_live
from .runs import AlgorithmFilter
from .setting_names import settings_named


class ActivateForm(forms.Form):
    """A placement is asked for where the artifact ranks: a language model serves all of a storefront."""

    placement = forms.ChoiceField(
        label=gettext_lazy("Placement"), required=False, widget=widgets.UnfoldAdminSelectWidget()
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        widget=widgets.UnfoldAdminTextInputWidget(),
        help_text=gettext_lazy("For whoever reads the history in a year."),
    )

    force = forms.BooleanField(
        label=gettext_lazy("Although a gate fails"),
        required=False,
        widget=widgets.UnfoldBooleanSwitchWidget(),
        help_text=gettext_lazy("For emergencies. The audit log keeps which gates were overridden, by whom and why."),
    )

    def __init__(self, artifact: Artifact, data=None, placement: str = ""):
        super().__init__(data, initial={"placement": placement})
        if artifact.product != Artifact.Product.RANKING:
            del self.fields["placement"], self.fields["force"]
            return
        self.fields["placement"].choices = placement_choices(artifact.storefront)


#: What happens when an artifact of a kind goes live.
EXPLANATIONS = {
    Artifact.Product.RANKING: gettext_lazy(
        "Visitors of %(storefront)s get its recommendations within a second. "
        "What is live now stays, and one click brings it back."
    ),
    Artifact.Product.ENCODER: gettext_lazy(
        "A worker gives every item of %(storefront)s a new vector beside the old one, and then switches over at once. "
        "Until then the live encoder goes on; afterwards its vectors are kept, so that going back takes seconds."
    ),
    Artifact.Product.INTEREST: gettext_lazy(
        "It orders the best candidates for visitors of %(storefront)s from now on. "
        "What is live now stays, and one click brings it back."
    ),
    Artifact.Product.KEYWORDS: gettext_lazy(
        "The next keywords of persons of %(storefront)s are written by it. "
        "What is live now stays, and one click brings it back."
    ),
}


#: What another training can begin with.
BEGUN_WITH = (Artifact.Product.ENCODER, Artifact.Product.LANGUAGE_MODEL)


class ProductFilter(DropdownFilter):
    """`?product=encoder`, or `language` for every kind of language model."""

    title = gettext_lazy("kind")
    parameter_name = "product"
    LANGUAGE = "language"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [(self.LANGUAGE, _("language models")), *Artifact.Product.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == self.LANGUAGE:
            return queryset.exclude(product__in=(Artifact.Product.RANKING, Artifact.Product.REPORT))
        return queryset.filter(product=self.value()) if self.value() in Artifact.Product.values else queryset


@admin.register(Artifact)
class ArtifactAdmin(Calling, StandbyActions, ReadOnlyAdmin):
    empty_words = gettext_lazy("No model has been trained yet. Every training run that finishes leaves one here.")
    list_display = ("name", "storefront", "product_shown", "state", "quality", "run_shown", "created_at")
    list_filter = (StorefrontFilter, ProductFilter, AlgorithmFilter)
    list_select_related = ("storefront", "run")
    search_fields = ("=id", "algorithm", "folder")
    list_per_page = 50
    actions_detail = ("activate", "challenge", "shadow", "teach_from_it")
    fieldsets = (
        (None, {"fields": ("storefront", "algorithm_shown", "product", "state_words", "run_shown", "created_at")}),
        (gettext_lazy("How good it is"), {"fields": ("metrics",)}),
        (gettext_lazy("What it learned from"), {"fields": ("data_span", "settings")}),
        (gettext_lazy("Files"), {"fields": ("folder", "files")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Artifact]:
        own = {"artifact": OuterRef("pk")}
        ranks = Exists(Deployment.objects.filter(**own, active=True))
        serves = Exists(LanguageDeployment.objects.filter(**own, active=True))
        reads = Exists(LiveEncoder.objects.filter(**own))
        return super().get_queryset(request).annotate(is_live=ranks | serves | reads)

    def get_urls(self) -> list:
        guarded = self.admin_site.admin_view
        pin = guarded(require_POST(self.baseline_view))
        return [
            path("leaderboard/", guarded(self.leaderboard_view), name="recommender_artifact_leaderboard"),
            path("<int:artifact_id>/baseline/", pin, name="recommender_artifact_baseline"),
            *super().get_urls(),
        ]

    def leaderboard_view(self, request: HttpRequest) -> HttpResponse:
        return LeaderboardView.as_view(model_admin=self)(request)

    def baseline_view(self, request: HttpRequest, artifact_id: int) -> HttpResponse:
        artifact = object_or_404(self, request, artifact_id)
        if not self.has_activate_permission(request, artifact):
            return HttpResponse(_("You may not pin a baseline."), status=403)
        try:
            baseline_pin(storefront=artifact.storefront, artifact=artifact, by=request.user)
        except ServiceError as error:
            messages.warning(request, str(error))
        page = reverse("admin:recommender_artifact_leaderboard")
        split = (artifact.manifest.get("evaluation") or {}).get("split", "")
        return redirect(f"{page}?storefront={artifact.storefront.slug}&split={split}")

    def name_of(self, row: Artifact) -> str:
        return artifact_name(row)

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context=None) -> HttpResponse:
        artifact = self.get_object(request, object_id)
        extra = called(artifact, artifact_name(artifact)) if artifact else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **extra})

    def get_actions_detail(self, request: HttpRequest, object_id: str) -> list:
        """No button on a page where it could do nothing."""
        artifact = self.get_object(request, object_id)
        if artifact is None:
            return []
        # A ranking one can be live here and not there.
        idle = artifact.product == Artifact.Product.RANKING or not artifact.is_live
        ranks = artifact.product == Artifact.Product.RANKING
        useful = {
            "activate": goes_live(artifact) and idle,
            "challenge": ranks,
            "shadow": ranks,
            "teach_from_it": artifact.product in BEGUN_WITH,
        }
        found = super().get_actions_detail(request, object_id)
        return [one for one in found if any(one.action_name.endswith(name) for name in useful if useful[name])]

    def has_teach_permission(self, request: HttpRequest, obj: Artifact | None = None) -> bool:
        return self.permits(request, "recommender.add_trainingrun", obj)

    def has_activate_permission(self, request: HttpRequest, obj: Artifact | None = None) -> bool:
        return self.permits(request, "recommender.add_deployment", obj)

    @action(
        description=gettext_lazy("Activate"),
        url_path="activate",
        permissions=["activate"],
        icon="rocket_launch",
        variant=ActionVariant.PRIMARY,
    )
    def activate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        artifact = object_or_404(self, request, object_id)
        asked = request.GET.get("placement", "")
        form = ActivateForm(artifact, request.POST if request.method == "POST" else None, asked)
        if form.is_valid():
            try:
                page = self._activated(request, artifact, form.cleaned_data)
            except ServiceError as error:
                form.add_error(None, str(error))
            else:
                self.log_change(request, artifact, _("Activated: %(reason)s") % form.cleaned_data)
                return redirect(page)
        return confirmation(
            self,
            request,
            Named(artifact, artifact_name(artifact)),
            title=_("Put %(artifact)s live?") % {"artifact": artifact_name(artifact)},
            explanation=_explanation(artifact, asked),
            button=_("Activate"),
            form=form,
        )

    @action(description=gettext_lazy("Teach it more"), url_path="teach-from-it", permissions=["teach"], icon="school")
    def teach_from_it(self, request: HttpRequest, object_id: str) -> HttpResponse:
        artifact = object_or_404(self, request, object_id)
        # Where the command that pretrained it sends its operator too.
        causal = artifact.manifest.get("config", {}).get("objective") == "causal"
        page = reverse("admin:recommender_trainingrun_teach", args=["interest" if causal else "contrastive"])
        return redirect(f"{page}?storefront={artifact.storefront.slug}&base={artifact.pk}")

    def _activated(self, request: HttpRequest, artifact: Artifact, wish: dict[str, str]) -> str:
        """Put it live; where to look then. Raises ServiceError."""
        name = {"artifact": artifact_name(artifact)}
        if artifact.product == Artifact.Product.ENCODER:
            run = encoder_change_request(
                storefront=artifact.storefront, artifact=artifact, reason=wish["reason"], created_by=request.user
            )
            messages.info(request, _("%(artifact)s goes live when every item has its new vector.") % name)
            return reverse("admin:recommender_trainingrun_change", args=[run.pk])
        if artifact.product == Artifact.Product.RANKING:
            deployment = artifact_promote(artifact=artifact, by=request.user, **wish)
            page = reverse("admin:recommender_deployment_change", args=[deployment.pk])
        else:
            language_activate(artifact=artifact, by=request.user, reason=wish["reason"])
            page = reverse("admin:recommender_languagedeployment_changelist")
        messages.success(request, _("%(artifact)s is live.") % name)
        return page

    @display(description=gettext_lazy("artifact"), ordering="id")
    def name(self, artifact: Artifact) -> str:
        return artifact_name(artifact)

    @display(description=gettext_lazy("kind"), ordering="product")
    def product_shown(self, artifact: Artifact) -> str:
        return artifact.get_product_display()

    @display(description=gettext_lazy("made by"))
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

    @display(description=gettext_lazy("how good"))
    def quality(self, artifact: Artifact) -> str:
        if artifact.product != Artifact.Product.RANKING:
            return headline_of(artifact) or DASH
        found = headline(artifact.manifest)
        return found if found == DASH else f"NDCG@10 {found}"

    @display(description=gettext_lazy("metrics"))
    def metrics(self, artifact: Artifact) -> SafeString:
        if artifact.product != Artifact.Product.RANKING:
            note = NOTES.get(artifact.algorithm, "")
            said = {"headline": headline_of(artifact), "rows": figure_rows(artifact), "note": note}
            return render_to_string("admin/recommender/figures.html", said)
        context = {"metrics": metrics_table(artifact.manifest)}
        return render_to_string("admin/recommender/metrics.html", context)

    @display(description=gettext_lazy("data"))
    def data_span(self, artifact: Artifact) -> str:
        return data_sentence(artifact.manifest)

    @display(description=gettext_lazy("settings"))
    def settings(self, artifact: Artifact) -> SafeString:
        named = settings_named(artifact.manifest.get("config", {}))
        return render_to_string("admin/recommender/settings.html", {"settings": named})

    @display(description=gettext_lazy("sha256"))
    def files(self, artifact: Artifact) -> SafeString:
        context = {"files": artifact.manifest.get("files", {})}
        return render_to_string("admin/recommender/files.html", context)


def _explanation(artifact: Artifact, placement: str) -> str:
    """What happens, and for what ranks what its gates say of the placement that was asked for."""
    said = str(EXPLANATIONS.get(artifact.product, EXPLANATIONS[Artifact.Product.RANKING]))
    said %= {"storefront": artifact.storefront}
    if artifact.product != Artifact.Product.RANKING:
        return said
    gates = gates_check(artifact, placement)
    verdicts = [f"{one.sentence} ({_('passed') if one.passed else _('failed')})" for one in gates]
    return " ".join([said, _("Gates: %s.") % "; ".join(verdicts)]) if verdicts else said
